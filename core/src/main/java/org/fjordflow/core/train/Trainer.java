package org.fjordflow.core.train;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * Trains the parameters of a model: gradient, clipping, update; validation and the best parameters
 * kept, which may be the untrained ones; steps that fail undone. The same configuration, initial
 * parameters and machine give the same bits, also when training was interrupted and resumed.
 *
 * <p>Everything runs on the calling thread; only {@link #stop} may be called from another one. A
 * call while another one is running throws CONCURRENT_USE. Nobody may use the model meanwhile,
 * since its parameters change; where it is closed, training ends with CLOSED before its next step.
 */
public final class Trainer {

  /**
   * Losses and gradients that are computed elsewhere, such as on several machines. The parameters
   * at the time of the call are those that they are wanted at.
   */
  @FunctionalInterface
  public interface StepGradient {

    /**
     * Computes the loss of a step and its gradient.
     *
     * @param step from 1
     * @param gradient as many values as parameters. Modified: replaced by the loss's gradient
     * @return the loss, a mean over rows; one that is not finite makes training roll back
     * @throws FjordException NON_FINITE or SOLVE_FAILED: training then rolls back
     */
    double of(long step, double[] gradient);
  }

  private final TrainerConfig config;
  private final Parameters parameters;
  private final StepLosses losses;
  private final @Nullable Validation validation;
  private final List<TrainingListener> listeners;
  private final AtomicReference<@Nullable Thread> running = new AtomicReference<>();
  private volatile boolean stopRequested;

  /**
   * Creates a trainer without validation.
   *
   * @param config how to train
   * @param parameters what to train. Modified by training.
   * @param objective the loss to minimise
   * @param batches rows of each step
   * @param listeners told of everything, in this order
   * @throws FjordException INVALID_CONFIGURATION if the configuration has a validation interval
   */
  public Trainer(
      TrainerConfig config,
      Parameters parameters,
      Objective objective,
      BatchSource batches,
      List<? extends TrainingListener> listeners) {
    this(config, parameters, objective, batches, null, listeners);
  }

  /**
   * Creates a trainer.
   *
   * @param config how to train
   * @param parameters what to train. Modified by training.
   * @param objective the loss to minimise
   * @param batches rows of each step
   * @param validation what the best parameters are chosen by, or null for none
   * @param listeners told of everything, in this order
   * @throws FjordException INVALID_CONFIGURATION if there is a validation interval but no
   *     validation, or the other way round
   */
  public Trainer(
      TrainerConfig config,
      Parameters parameters,
      Objective objective,
      BatchSource batches,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    this(config, parameters, StepLosses.ofData(config, objective, batches), validation, listeners);
  }

  /**
   * Creates a trainer without data and without validation.
   *
   * @param config how to train; its batch size is the number of samples a step
   * @param parameters what to train. Modified by training.
   * @param objective the loss to minimise, of samples that it draws
   * @param listeners told of everything, in this order
   * @throws FjordException INVALID_CONFIGURATION if the configuration has a validation interval
   */
  public Trainer(
      TrainerConfig config,
      Parameters parameters,
      VariationalObjective objective,
      List<? extends TrainingListener> listeners) {
    this(config, parameters, objective, null, listeners);
  }

  /**
   * Creates a trainer without data.
   *
   * @param config how to train; its batch size is the number of samples a step
   * @param parameters what to train. Modified by training.
   * @param objective the loss to minimise, of samples that it draws
   * @param validation what the best parameters are chosen by, or null for none
   * @param listeners told of everything, in this order
   * @throws FjordException INVALID_CONFIGURATION if there is a validation interval but no
   *     validation, or the other way round
   */
  public Trainer(
      TrainerConfig config,
      Parameters parameters,
      VariationalObjective objective,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    this(config, parameters, StepLosses.ofSamples(config, objective), validation, listeners);
  }

  /**
   * Returns a trainer that is given its gradients, which it rounds to the parameters' type.
   *
   * @param config how to train; its batch size is for whoever computes them
   * @param parameters what to train. Modified by training.
   * @param gradients of every step
   * @param validation what the best parameters are chosen by, or null for none
   * @param listeners told of everything, in this order
   * @throws FjordException INVALID_CONFIGURATION if there is a validation interval but no
   *     validation, or the other way round
   */
  public static Trainer ofGradients(
      TrainerConfig config,
      Parameters parameters,
      StepGradient gradients,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    return new Trainer(
        config, parameters, StepLosses.ofGradients(parameters, gradients), validation, listeners);
  }

  private Trainer(
      TrainerConfig config,
      Parameters parameters,
      StepLosses losses,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    if ((validation == null) != (config.validationInterval() == 0)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a validation interval of %d steps with %s validation; give both or none of them"
              .formatted(config.validationInterval(), validation == null ? "no" : "a"));
    }
    this.config = config;
    this.parameters = parameters;
    this.losses = losses;
    this.validation = validation;
    this.listeners = List.copyOf(listeners);
  }

  /**
   * Asks training to end after the step it is in; {@link #train} then returns what it has reached.
   * May be called from any thread, and before training begins.
   */
  public void stop() {
    stopRequested = true;
  }

  /**
   * Trains from the model's present parameters. Where data have yet to choose initial values
   * ({@link Parameters#awaitingData}), the first batch does: the objective is evaluated for it
   * once, in an {@linkplain Pass#initializing initialising} pass.
   *
   * @return what it came to; the parameters are the best ones
   * @throws FjordException CONCURRENT_USE, naming both threads; CLOSED if the model is or has been
   *     closed; INVALID_CONFIGURATION as {@link TrainingState#start}; TRAINING_DIVERGED, naming
   *     step, loss and the norm of the parameters, if rolling back did not help (the parameters are
   *     then the best or else the last good ones); whatever objective, batches, validation and
   *     listeners throw for other reasons
   */
  public TrainingResult train() {
    return run(
        () -> {
          initialize();
          return TrainingState.start(parameters);
        });
  }

  private void initialize() {
    if (!parameters.awaitingData().isEmpty()) {
      RandomStreams streams = new RandomStreams(config.seed());
      Tape tape = Tape.evaluating(parameters.backend());
      Var loss =
          losses
              .of(1)
              .apply(Pass.initialization(tape, streams.generator(Purpose.INITIALIZATION, 1)));
      TrainingLoop.requireScalar(loss);
    }
  }

  /**
   * Goes on from a state, such as a checkpoint's, until the configured number of steps is reached
   * in all.
   *
   * @param state where to begin. Not modified.
   * @return as {@link #train}, for the steps made by this call
   * @throws FjordException as {@link #train}; SHAPE_MISMATCH if the state has another number of
   *     parameters
   */
  public TrainingResult resume(TrainingState state) {
    return run(() -> state);
  }

  /** One thread at a time, on a backend that stays open meanwhile. */
  private TrainingResult run(Supplier<TrainingState> from) {
    Thread current = Thread.currentThread();
    Thread other = running.compareAndExchange(null, current);
    if (other != null) {
      throw new FjordException(
          ErrorKey.CONCURRENT_USE,
          "thread '%s' asks a trainer to train that thread '%s' is training with; wait for it, or stop() it, and give each thread a trainer and a model of its own"
              .formatted(current.getName(), other.getName()));
    }
    try {
      Backend.Lease lease = parameters.backend().lease();
      try {
        return trainFrom(from.get());
      } finally {
        lease.close();
      }
    } finally {
      running.set(null);
    }
  }

  private TrainingResult trainFrom(TrainingState state) {
    ModelValues values = state.values();
    if (values.parameters().length != parameters.size()
        || values.buffers().length != parameters.bufferSize()
        || state.optimizer().first().length != parameters.size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a state of %d parameters and %d values in buffers for a model of %d and %d"
              .formatted(
                  values.parameters().length,
                  values.buffers().length,
                  parameters.size(),
                  parameters.bufferSize()));
    }
    List<TrainingListener> begun = new ArrayList<>();
    TrainingLoop run = new TrainingLoop(config, parameters, losses, validation, begun, state);
    try {
      for (TrainingListener listener : listeners) {
        begun.add(listener);
        listener.started(config, state.step());
      }
      TrainingResult result = run.untilStopped(() -> stopRequested);
      begun.forEach(listener -> listener.finished(result));
      return result;
    } catch (RuntimeException e) {
      run.keepBest();
      begun.forEach(listener -> tell(listener, e));
      throw e;
    }
  }

  /** A listener that cannot even take the failure must not hide it from the others. */
  private static void tell(TrainingListener listener, RuntimeException failure) {
    try {
      listener.failed(failure);
    } catch (RuntimeException another) {
      if (another != failure) {
        failure.addSuppressed(another);
      }
    }
  }
}
