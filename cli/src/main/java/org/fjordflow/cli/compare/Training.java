package org.fjordflow.cli.compare;

import java.util.List;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowTraining;
import org.fjordflow.model.Recipe;
import org.jspecify.annotations.Nullable;

/**
 * Trains one model within a budget, with some fifty validations and a learning rate that falls
 * along half a cosine over the budget. The best parameters by validation are kept.
 *
 * <p>Where the budget is a time, how many steps fit in is not known before. Training then goes in
 * segments, each of a fiftieth of the time as the last one's speed promises, each with the learning
 * rate of its place in the time, and with a validation at its end.
 */
final class Training {

  private static final int SEGMENTS = 50;
  private static final double FLOOR = 0.01;

  /** The time, in millionths of the budget. */
  private static final long TICKS = 1_000_000;

  private static final Schedule FALL = new Schedule.Cosine(TICKS, FLOOR);

  /** Validations take at most a fifth of the time. */
  private static final double STEPS_TO_VALIDATION = 4;

  /** Segments grow by this factor at most, while the first steps are slow. */
  private static final long GROWTH = 8;

  private final FlowModel model;
  private final ComparisonData data;
  private final Recipe recipe;
  private final Budget budget;
  private final Validation validation;
  private final long seed;
  private final TrainingListener listener;
  private final Outcome outcome = new Outcome();
  private volatile boolean stopRequested;
  private volatile @Nullable FlowTraining training;

  /** What a training came to. */
  static final class Outcome {
    long steps;
    long evaluations;
    double seconds;
    long bestStep;
    double bestLoss = Double.NaN;

    private void add(TrainingResult result) {
      steps = result.steps();
      evaluations += result.forwardEvaluations() + result.backwardEvaluations();
      bestStep = result.bestStep();
      bestLoss = result.bestValidationLoss();
    }
  }

  Training(
      FlowModel model,
      ComparisonData data,
      Recipe recipe,
      Budget budget,
      Validation validation,
      long seed,
      TrainingListener listener) {
    this.model = model;
    this.data = data;
    this.recipe = recipe;
    this.budget = budget;
    this.validation = validation;
    this.seed = seed;
    this.listener = listener;
  }

  /** Asks training to end after the step it is in; from any thread. */
  void stop() {
    stopRequested = true;
    FlowTraining running = training;
    if (running != null) {
      running.stop();
    }
  }

  /** Returns what training has come to so far. */
  Outcome outcome() {
    return outcome;
  }

  /**
   * Trains; the model has the best parameters then.
   *
   * @return whether it was not stopped before its end
   * @throws org.fjordflow.base.FjordException TRAINING_DIVERGED
   */
  boolean run() {
    long start = System.nanoTime();
    try {
      return budget.isTime() ? runForATime(start) : runSteps();
    } finally {
      outcome.seconds = seconds(start);
    }
  }

  private boolean runSteps() {
    TrainerConfig config =
        config(budget.steps(), recipe.learningRate(data.origin().columns()))
            .withSchedule(new Schedule.Cosine(budget.steps(), FLOOR))
            .withValidation(Math.max(1, budget.steps() / SEGMENTS), 0);
    return train(config, TrainingState.start(model.parameters())).reason() == EndReason.COMPLETED;
  }

  private boolean runForATime(long start) {
    TrainingState state = TrainingState.start(model.parameters());
    double segment = budget.seconds() / SEGMENTS;
    long count = 1;
    for (double gone = 0; gone < budget.seconds(); gone = seconds(start)) {
      double rate =
          recipe.learningRate(data.origin().columns())
              * FALL.factor(1 + (long) (TICKS * gone / budget.seconds()), 0);
      long begun = System.nanoTime();
      TrainingResult result =
          train(config(state.step() + count, rate).withValidation(Long.MAX_VALUE, 0), state);
      if (result.reason() == EndReason.STOPPED) {
        return false;
      }
      double all = seconds(begun);
      List<StepMetrics> history = result.history();
      double steps = history.isEmpty() ? all : history.get(history.size() - 1).seconds();
      double left = budget.seconds() - seconds(start);
      double wanted = Math.min(left, Math.max(segment, STEPS_TO_VALIDATION * (all - steps)));
      long fitting = (long) (wanted * count / Math.max(steps, 1e-6));
      count = Math.max(1, Math.min(GROWTH * count, fitting));
      state = result.state();
    }
    return true;
  }

  private TrainerConfig config(long steps, double rate) {
    return TrainerConfig.of(steps, recipe.batchSize(), seed)
        .withOptimizer(Adam.of(rate))
        .withClipNorm(FlowRecipe.CLIP_NORM);
  }

  private TrainingResult train(TrainerConfig config, TrainingState state) {
    FlowTraining next = model.training(config, data.batches(), validation, List.of(listener));
    training = next;
    if (stopRequested) {
      next.stop();
    }
    TrainingResult result = next.resume(state);
    outcome.add(result);
    return result;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) * 1e-9;
  }
}
