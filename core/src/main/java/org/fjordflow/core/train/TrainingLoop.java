package org.fjordflow.core.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.BestValues;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/** One call of {@link Trainer#train} or {@link Trainer#resume}. */
final class TrainingLoop {

  /** How fast the average's memory grows; after as many steps it keeps half of itself. */
  private static final double AVERAGE_START = 9;

  private final TrainerConfig config;
  private final Parameters parameters;
  private final StepLosses losses;
  private final @Nullable Validation validation;
  private final List<TrainingListener> listeners;
  private final RandomStreams streams;
  private final Tape tape;
  private final long startNanos = System.nanoTime();
  private final List<StepMetrics> history = new ArrayList<>();
  private final List<ValidationMetrics> validationHistory = new ArrayList<>();

  private long step;
  private double[] theta;
  private double[] buffers;
  private final double[] gradient;
  private OptimizerState optimizer;
  private double rateFactor;
  private int rollbacks;
  private EarlyStopping validations;
  private @Nullable BestValues best;

  /** Moving average of theta, or null for none. */
  private double @Nullable [] average;

  private ModelValues good;
  private double @Nullable [] goodAverage;
  private OptimizerState goodOptimizer;
  private long goodStep;
  private int rollbacksInARow;
  private TrainingState.Totals totals;

  TrainingLoop(
      TrainerConfig config,
      Parameters parameters,
      StepLosses losses,
      @Nullable Validation validation,
      List<TrainingListener> listeners,
      TrainingState from) {
    this.config = config;
    this.parameters = parameters;
    this.losses = losses;
    this.validation = validation;
    this.listeners = listeners;
    this.streams = new RandomStreams(config.seed());
    this.tape = Tape.recording(parameters.backend());
    step = from.step();
    theta = from.values().parameters().clone();
    buffers = from.values().buffers();
    gradient = new double[theta.length];
    optimizer = from.optimizer().copy();
    rateFactor = from.learningRateFactor();
    rollbacks = from.rollbacks();
    validations = from.validations();
    best = from.best();
    average = averageOf(config, from);
    totals = from.totals();
    values().to(parameters);
    TrainingState.Good saved = from.good();
    good = saved == null ? values() : saved.values();
    goodAverage = copy(saved == null ? average : saved.average());
    goodOptimizer = saved == null ? optimizer.copy() : saved.optimizer().copy();
    goodStep = saved == null ? step : saved.step();
    rollbacksInARow = saved == null ? 0 : saved.rollbacks();
  }

  private static double @Nullable [] averageOf(TrainerConfig config, TrainingState from) {
    if (config.averageDecay() == 0) {
      return null;
    }
    double[] saved = from.average();
    return (saved == null ? from.values().parameters() : saved).clone();
  }

  private static double @Nullable [] copy(double @Nullable [] values) {
    return values == null ? null : values.clone();
  }

  TrainingResult untilStopped(BooleanSupplier stopRequested) {
    EndReason reason = EndReason.COMPLETED;
    if (step == 0 && best == null) {
      validate(false);
    }
    while (step < config.steps()) {
      if (stopRequested.getAsBoolean() || listeners.stream().anyMatch(TrainingListener::stops)) {
        reason = EndReason.STOPPED;
        break;
      }
      if (validations.exhausts(config.patience())) {
        reason = EndReason.EARLY_STOPPED;
        break;
      }
      requireOpen();
      step++;
      makeStep();
      boolean over = timeGone() >= 1;
      if (isRegular(step)) {
        validate(true);
      } else if (isEarly(step) || over) {
        validate(false);
      }
      listeners.forEach(listener -> listener.stepEnded(step, this::state));
      if (over && step < config.steps()) {
        reason = EndReason.TIME_OVER;
        break;
      }
    }
    keepBest();
    return result(reason);
  }

  /** Returns the part of the time limit that is over, 0 without one. */
  private double timeGone() {
    return config.timeLimit() == 0 ? 0 : seconds() / config.timeLimit();
  }

  private boolean isRegular(long made) {
    long interval = config.validationInterval();
    return interval > 0 && (made % interval == 0 || made == config.steps());
  }

  /** Whether a step is a power of two before the first regular validation. */
  private boolean isEarly(long made) {
    return made < config.validationInterval() && Long.bitCount(made) == 1;
  }

  /** Somebody may close the model meanwhile; the trainer's lease keeps its memory up to here. */
  private void requireOpen() {
    if (parameters.backend().isClosed()) {
      throw new FjordException(
          ErrorKey.CLOSED,
          "the model was closed while it was being trained, after step %d; stop() the trainer and wait for it before"
              .formatted(step));
    }
  }

  private void makeStep() {
    parameters.zeroGradient();
    tape.reset();
    Pass pass = Pass.training(tape, streams.generator(Purpose.PROBES, step));
    Function<Pass, Var> ofStep = losses.of(step);
    double value = Double.NaN;
    try {
      Var loss = ofStep.apply(pass);
      value = scalar(loss);
      if (!Double.isFinite(value)) {
        rollBack(value, "the loss is " + value, null);
        return;
      }
      tape.backward(loss);
      parameters.copyGradient(gradient);
    } catch (FjordException e) {
      if (e.key() != ErrorKey.NON_FINITE && e.key() != ErrorKey.SOLVE_FAILED) {
        throw e;
      }
      rollBack(value, String.valueOf(e.getMessage()), e);
      return;
    }
    double norm = GradientNorm.norm(gradient);
    if (!Double.isFinite(norm)) {
      rollBack(value, "the norm of the gradient is " + norm, null);
      return;
    }
    if ((step - 1) % config.rollback().snapshotInterval() == 0) {
      keepGood();
    }
    double rate =
        config.optimizer().learningRate()
            * config.schedule().factor(step, validations.longestWithoutGain(), timeGone())
            * rateFactor;
    GradientNorm.clip(gradient, norm, config.clipNorm());
    config.optimizer().update(theta, gradient, rate, optimizer);
    moveAverage();
    parameters.set(theta);
    if (!pass.observations().isEmpty()) {
      pass.observations().deliver();
      buffers = parameters.bufferValues();
    }
    StepMetrics metrics =
        new StepMetrics(
            step,
            value,
            norm,
            rate,
            pass.work().forwardEvaluations(),
            pass.work().backwardEvaluations(),
            seconds());
    history.add(metrics);
    totals = totals.plus(value, metrics.forwardEvaluations(), metrics.backwardEvaluations());
    listeners.forEach(listener -> listener.step(metrics));
  }

  private void moveAverage() {
    if (average != null) {
      double updates = (double) optimizer.updates();
      double keep = Math.min(config.averageDecay(), updates / (updates + AVERAGE_START));
      for (int i = 0; i < average.length; i++) {
        average[i] = theta[i] + keep * (average[i] - theta[i]);
      }
    }
  }

  private double scalar(Var loss) {
    requireScalar(loss);
    double[] value = new double[1];
    parameters.backend().download(loss.value(), value, 0);
    return value[0];
  }

  static void requireScalar(Var loss) {
    if (loss.rows() != 1 || loss.cols() != 1) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the objective gave %d x %d values; expected one, such as Tape.mean(...)"
              .formatted(loss.rows(), loss.cols()));
    }
  }

  /** Takes a snapshot; the present parameters have just given a finite loss and gradient. */
  private void keepGood() {
    good = values();
    goodAverage = copy(average);
    goodOptimizer = optimizer.copy();
    goodStep = step - 1;
    rollbacksInARow = 0;
  }

  private void rollBack(double loss, String reason, @Nullable FjordException cause) {
    double norm = GradientNorm.norm(theta);
    theta = good.parameters().clone();
    buffers = good.buffers();
    average = copy(goodAverage);
    optimizer = goodOptimizer.copy();
    good.to(parameters);
    if (rollbacksInARow >= config.rollback().limit()) {
      throw new FjordException(
          ErrorKey.TRAINING_DIVERGED,
          "training diverged at step %d (%s): loss %s, norm of the parameters %s, after %d rollbacks in a row; try a smaller learning rate or clip the gradient"
              .formatted(step, reason, loss, norm, rollbacksInARow),
          cause);
    }
    rollbacksInARow++;
    rollbacks++;
    rateFactor *= config.rollback().learningRateFactor();
    Rollback rollback = new Rollback(step, reason, goodStep, rateFactor);
    listeners.forEach(listener -> listener.rolledBack(rollback));
  }

  /**
   * Judges the present values, where there is a validation.
   *
   * @param counts whether patience and plateaus count it: so that they do not depend on the others
   */
  private void validate(boolean counts) {
    if (validation == null) {
      return;
    }
    double loss;
    if (average != null) {
      parameters.set(average);
    }
    try {
      loss = validation.loss(streams.generator(Purpose.VALIDATION));
    } catch (FjordException e) {
      if (e.key() != ErrorKey.NON_FINITE && e.key() != ErrorKey.SOLVE_FAILED) {
        throw e;
      }
      loss = Double.POSITIVE_INFINITY;
    } finally {
      if (average != null) {
        parameters.set(theta);
      }
    }
    if (Double.isNaN(loss)) {
      loss = Double.POSITIVE_INFINITY;
    }
    if (counts) {
      validations = validations.after(step, loss);
    }
    boolean isBest = loss < (best == null ? Double.POSITIVE_INFINITY : best.loss());
    if (isBest) {
      best = new BestValues(step, loss, result());
    }
    ValidationMetrics metrics = new ValidationMetrics(step, loss, isBest, seconds());
    validationHistory.add(metrics);
    listeners.forEach(listener -> listener.validated(metrics));
  }

  /** Gives the model its best values; the last ones where nothing was validated. */
  void keepBest() {
    (best == null ? result() : best.values()).to(parameters);
  }

  /** A copy of the values reached; buffers are replaced as a whole, never written to. */
  private ModelValues values() {
    return new ModelValues(theta.clone(), buffers);
  }

  /** A copy of the values that the model would end with: the average where there is one. */
  private ModelValues result() {
    return new ModelValues((average == null ? theta : average).clone(), buffers);
  }

  private TrainingState state() {
    return new TrainingState(
        step,
        values(),
        optimizer.copy(),
        rateFactor,
        rollbacks,
        validations,
        best,
        copy(average),
        new TrainingState.Good(goodStep, good, goodOptimizer, goodAverage, rollbacksInARow),
        totals);
  }

  private TrainingResult result(EndReason reason) {
    return new TrainingResult(
        reason,
        best == null ? step : best.step(),
        best == null ? Double.NaN : best.loss(),
        totals.lastLoss(),
        seconds(),
        history,
        validationHistory,
        state());
  }

  private double seconds() {
    return (System.nanoTime() - startNanos) * 1e-9;
  }
}
