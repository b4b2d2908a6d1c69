package org.fjordflow.cli.compare;

import java.util.List;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowTraining;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingPhase;
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
  private final TrainingObjective objective;
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

    private long before;

    private void add(TrainingResult result, boolean begins) {
      before = begins ? steps : before;
      steps = before + result.steps();
      evaluations += result.forwardEvaluations() + result.backwardEvaluations();
      bestStep = before + result.bestStep();
      bestLoss = result.bestValidationLoss();
    }
  }

  Training(
      FlowModel model,
      ComparisonData data,
      ComparedModel compared,
      Budget budget,
      Validation validation,
      long seed,
      TrainingListener listener) {
    this.model = model;
    this.data = data;
    this.recipe = compared.recipe();
    this.objective = TrainingObjective.of(compared.objective());
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
      for (TrainingPhase phase : TrainingPhase.of(objective, whole())) {
        if (!run(phase, start)) {
          return false;
        }
      }
      return true;
    } finally {
      outcome.seconds = seconds(start);
      if (!Double.isNaN(outcome.bestLoss) && objective.kind() == TrainingObjective.Kind.MATCHING) {
        // Losses of matching are no log-densities.
        outcome.bestLoss =
            validation.loss(new RandomStreams(seed).generator(RandomStreams.Purpose.VALIDATION));
      }
    }
  }

  /** The training in all, whose parts have their shares of it. */
  private TrainerConfig whole() {
    long steps = budget.isTime() ? TICKS : budget.steps();
    return objective
        .adjusted(config(steps, recipe.learningRate(data.origin().columns())))
        .withSchedule(new Schedule.Cosine(steps, FLOOR))
        .withTimeLimit(budget.isTime() ? budget.seconds() : 0);
  }

  private boolean run(TrainingPhase phase, long start) {
    TrainingState begun = TrainingState.start(model.parameters());
    if (budget.isTime()) {
      return runForATime(phase, begun, start);
    }
    TrainerConfig config = phase.training();
    long interval = Math.max(1, config.steps() / SEGMENTS);
    return train(phase, config.withValidation(interval, 0), begun).reason() == EndReason.COMPLETED;
  }

  /**
   * Trains until the end of the phase's part of the time.
   *
   * @param start of the training in all: the last phase has what the others left
   */
  private boolean runForATime(TrainingPhase phase, TrainingState begun, long start) {
    TrainingState state = begun;
    double before = seconds(start);
    double end = phase.last() ? budget.seconds() : before + phase.training().timeLimit();
    double length = end - before;
    double segment = length / SEGMENTS;
    Optimizer optimizer = phase.training().optimizer();
    long count = 1;
    for (double gone = before; gone < end; gone = seconds(start)) {
      double fall = FALL.factor(1 + (long) (TICKS * (gone - before) / length), 0);
      TrainerConfig config =
          phase
              .training()
              .withTimeLimit(0)
              .withSchedule(new Schedule.Constant())
              .withOptimizer(optimizer.withLearningRate(fall * optimizer.learningRate()))
              .withSteps(state.step() + count)
              .withValidation(Long.MAX_VALUE, 0);
      long now = System.nanoTime();
      TrainingResult result = train(phase, config, state);
      if (result.reason() == EndReason.STOPPED) {
        return false;
      }
      double all = seconds(now);
      List<StepMetrics> history = result.history();
      double steps = history.isEmpty() ? all : history.get(history.size() - 1).seconds();
      double left = end - seconds(start);
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

  private TrainingResult train(TrainingPhase phase, TrainerConfig config, TrainingState state) {
    FlowTraining next =
        phase.matching()
            ? model.matching(
                objective.matching(), config, data.batches(), data.validation(), List.of(listener))
            : model.training(config, data.batches(), validation, List.of(listener));
    training = next;
    if (stopRequested) {
      next.stop();
    }
    TrainingResult result = next.resume(state);
    outcome.add(result, state.step() == 0);
    return result;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) * 1e-9;
  }
}
