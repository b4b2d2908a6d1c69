package org.fjordflow.core.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.core.train.optim.Optimizer.Adam;

/**
 * How to train.
 *
 * @param steps steps in all, those of a resumed run included, at least 0
 * @param batchSize rows a step, at least 1; samples a step where the objective draws its own
 * @param optimizer with its learning rate
 * @param schedule of the learning rate
 * @param clipNorm greatest Euclidean norm of the whole gradient, 0 for no limit. A longer gradient
 *     is multiplied by {@code clipNorm / (norm + 1e-6)}, as in PyTorch.
 * @param validationInterval steps between validations, 0 for none. Before the first of them the
 *     parameters are also judged untrained and after 1, 2, 4, 8 and so on steps: those count for
 *     the best parameters alone, not for the patience or a plateau
 * @param patience validations in a row without gain after which training stops, 0 for never
 * @param seed of everything random
 * @param rollback what to do about non-finite losses
 * @param timeLimit seconds after which a call ends with the step it is in, 0 for never. A resumed
 *     run has as long again
 * @param averageDecay of an exponential moving average of the parameters, at least 0 and below 1; 0
 *     for none. After step t the average keeps {@code min(averageDecay, t / (t + 9))} of itself, so
 *     that it soon forgets the initial parameters. What is validated, and what the model has in the
 *     end, is then the average
 */
public record TrainerConfig(
    long steps,
    int batchSize,
    Optimizer optimizer,
    Schedule schedule,
    double clipNorm,
    long validationInterval,
    int patience,
    long seed,
    RollbackPolicy rollback,
    @JsonProperty(defaultValue = "0") double timeLimit,
    @JsonProperty(defaultValue = "0") double averageDecay) {

  /**
   * Checks the ranges, and that what needs validations has them.
   *
   * @throws FjordException INVALID_CONFIGURATION for a value outside its range, and for a patience
   *     or a plateau without validations
   */
  public TrainerConfig {
    require(steps >= 0, "steps", steps, "at least 0");
    require(batchSize >= 1, "batch size", batchSize, "at least 1");
    require(
        clipNorm >= 0 && clipNorm < Double.POSITIVE_INFINITY,
        "norm to clip at",
        clipNorm,
        "at least 0");
    require(validationInterval >= 0, "validation interval", validationInterval, "at least 0");
    require(patience >= 0, "patience", patience, "at least 0");
    require(
        averageDecay >= 0 && averageDecay < 1,
        "decay of the average",
        averageDecay,
        "at least 0 and below 1");
    require(
        timeLimit >= 0 && timeLimit < Double.POSITIVE_INFINITY,
        "time limit",
        timeLimit,
        "seconds, at least 0");
    if (validationInterval == 0 && (patience > 0 || schedule.needsValidation())) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a patience or a plateau schedule needs validations; set the validation interval");
    }
  }

  /**
   * Adam at 1e-3 without schedule, clipping, validation or early stopping.
   *
   * @param steps steps in all
   * @param batchSize rows a step
   * @param seed of everything random
   */
  public static TrainerConfig of(long steps, int batchSize, long seed) {
    return new TrainerConfig(
        steps,
        batchSize,
        Adam.of(1e-3),
        new Schedule.Constant(),
        0,
        0,
        0,
        seed,
        RollbackPolicy.standard(),
        0,
        0);
  }

  /** The same with another number of steps. */
  public TrainerConfig withSteps(long value) {
    return new TrainerConfig(
        value,
        batchSize,
        optimizer,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /** The same with another number of rows a step. */
  public TrainerConfig withBatchSize(int value) {
    return new TrainerConfig(
        steps,
        value,
        optimizer,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /** The same with another optimiser. */
  public TrainerConfig withOptimizer(Optimizer value) {
    return new TrainerConfig(
        steps,
        batchSize,
        value,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /** The same with another schedule. */
  public TrainerConfig withSchedule(Schedule value) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        value,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /** The same with gradients clipped at a norm, 0 for no limit. */
  public TrainerConfig withClipNorm(double value) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        schedule,
        value,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /**
   * The same with validations.
   *
   * @param interval steps between validations, 0 for none
   * @param validations in a row without gain after which training stops, 0 for never
   */
  public TrainerConfig withValidation(long interval, int validations) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        schedule,
        clipNorm,
        interval,
        validations,
        seed,
        rollback,
        timeLimit,
        averageDecay);
  }

  /** The same with another policy for non-finite losses. */
  public TrainerConfig withRollback(RollbackPolicy value) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        value,
        timeLimit,
        averageDecay);
  }

  /** The same within another time in seconds, 0 for no limit. */
  public TrainerConfig withTimeLimit(double seconds) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        seconds,
        averageDecay);
  }

  /** The same with a moving average of the parameters, 0 for none. */
  public TrainerConfig withAverage(double decay) {
    return new TrainerConfig(
        steps,
        batchSize,
        optimizer,
        schedule,
        clipNorm,
        validationInterval,
        patience,
        seed,
        rollback,
        timeLimit,
        decay);
  }

  private static void require(boolean holds, String name, Number value, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + ": " + value + "; expected " + expected);
    }
  }

  /**
   * What to do about a step whose loss or gradient is not finite, or whose solve failed: its batch
   * is skipped, parameters and optimiser go back to the last snapshot (taken only of parameters
   * whose loss and gradient were finite), and the learning rate is lowered for good.
   *
   * @param limit rollbacks without a new snapshot in between after which training has diverged; 0
   *     makes the first one fatal
   * @param learningRateFactor factor of the learning rate at every rollback, in (0, 1]; a half, as
   *     most such failures come from steps that are too long
   * @param snapshotInterval steps between snapshots, at least 1; larger ones go further back, and a
   *     snapshot costs a copy of the parameters and the optimiser's state
   */
  public record RollbackPolicy(int limit, double learningRateFactor, int snapshotInterval) {

    /**
     * Checks the ranges.
     *
     * @throws FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public RollbackPolicy {
      if (limit < 0
          || !(learningRateFactor > 0 && learningRateFactor <= 1)
          || snapshotInterval < 1) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "a rollback policy of limit %d, learning rate factor %s and snapshots every %d steps; expected at least 0, above 0 and at most 1, and at least 1"
                .formatted(limit, learningRateFactor, snapshotInterval));
      }
    }

    /** Five rollbacks, half the learning rate at each, a snapshot every 10 steps. */
    public static RollbackPolicy standard() {
      return new RollbackPolicy(5, 0.5, 10);
    }
  }
}
