package org.fjordflow.core.train;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** How the learning rate changes during training: a factor of the optimiser's own rate. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Schedule.Constant.class, name = "constant"),
  @JsonSubTypes.Type(value = Schedule.WarmUp.class, name = "warm-up"),
  @JsonSubTypes.Type(value = Schedule.StepDecay.class, name = "step-decay"),
  @JsonSubTypes.Type(value = Schedule.Exponential.class, name = "exponential"),
  @JsonSubTypes.Type(value = Schedule.Cosine.class, name = "cosine"),
  @JsonSubTypes.Type(value = Schedule.Plateau.class, name = "plateau"),
  @JsonSubTypes.Type(value = Schedule.Cooldown.class, name = "cooldown")
})
public sealed interface Schedule {

  /**
   * Returns the factor of a step.
   *
   * @param step from 1
   * @param longestWithoutGain the longest run of validations without gain so far
   */
  double factor(long step, int longestWithoutGain);

  /**
   * Returns the factor of a step where the time of training may be limited.
   *
   * @param step from 1
   * @param longestWithoutGain the longest run of validations without gain so far
   * @param timeGone part of the time limit that is over, from 0; 0 where there is no limit
   */
  default double factor(long step, int longestWithoutGain, double timeGone) {
    return factor(step, longestWithoutGain);
  }

  /** Returns whether the factor depends on validations. */
  default boolean needsValidation() {
    return false;
  }

  /** The same rate in every step. */
  record Constant() implements Schedule {
    @Override
    public double factor(long step, int longestWithoutGain) {
      return 1;
    }
  }

  /**
   * Grows linearly, {@code step / steps}, while another schedule runs beneath (FFJORD on images).
   *
   * @param steps until the full rate is reached, at least 1
   * @param then what the factor is multiplied with
   */
  record WarmUp(long steps, Schedule then) implements Schedule {
    /**
     * Checks the number of steps.
     *
     * @throws FjordException INVALID_CONFIGURATION if it is below 1
     */
    public WarmUp {
      requirePositive("warm-up steps", steps);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      return factor(step, longestWithoutGain, 0);
    }

    @Override
    public double factor(long step, int longestWithoutGain, double timeGone) {
      return Math.min(1, (double) step / steps) * then.factor(step, longestWithoutGain, timeGone);
    }

    @Override
    public boolean needsValidation() {
      return then.needsValidation();
    }
  }

  /**
   * Multiplied by {@code decay} after every {@code interval} steps.
   *
   * @param interval steps, at least 1
   * @param decay in (0, 1]
   */
  record StepDecay(long interval, double decay) implements Schedule {
    /**
     * Checks the ranges.
     *
     * @throws FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public StepDecay {
      requirePositive("steps between decays", interval);
      requireFraction("decay", decay, false);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      long decays = (step - 1) / interval;
      return Math.pow(decay, (double) decays);
    }
  }

  /**
   * Multiplied by {@code decay} after every step.
   *
   * @param decay in (0, 1]
   */
  record Exponential(double decay) implements Schedule {
    /**
     * Checks the range.
     *
     * @throws FjordException INVALID_CONFIGURATION for a value outside it
     */
    public Exponential {
      requireFraction("decay", decay, false);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      return Math.pow(decay, step - 1.0);
    }
  }

  /**
   * Half a cosine wave from 1 to {@code floor} (Loshchilov and Hutter 2017, without restarts).
   *
   * @param steps until the floor is reached, at least 1; it stays there
   * @param floor last factor, in [0, 1]
   */
  record Cosine(long steps, double floor) implements Schedule {
    /**
     * Checks the ranges.
     *
     * @throws FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public Cosine {
      requirePositive("cosine steps", steps);
      requireFraction("floor", floor, true);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      double progress = Math.min(1, (step - 1.0) / steps);
      return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  }

  /**
   * FFJORD's on tables: a tenth once {@code validations} validations in a row brought no gain, a
   * hundredth after twice as many; the rate does not grow again. FFJORD has 10 and gives up after
   * 30: that is {@link TrainerConfig#patience()}.
   *
   * @param validations without gain until the rate falls, at least 1
   */
  record Plateau(int validations) implements Schedule {
    /**
     * Checks the number.
     *
     * @throws FjordException INVALID_CONFIGURATION if it is below 1
     */
    public Plateau {
      requirePositive("validations without gain", validations);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      int falls = longestWithoutGain / validations;
      return falls == 0 ? 1 : falls == 1 ? 0.1 : 0.01;
    }

    @Override
    public boolean needsValidation() {
      return true;
    }
  }

  /**
   * Falls linearly to a hundredth in the last part of the time limit, while another schedule runs
   * beneath: for trainings whose number of steps is not known (a cooldown after a constant rate,
   * Hägele et al. 2024). Without time limit it is the other schedule alone, and as long as the last
   * part has not begun the bits of a training do not depend on the time it takes.
   *
   * @param part of the time, in (0, 1]
   * @param then what the factor is multiplied with
   */
  record Cooldown(double part, Schedule then) implements Schedule {

    private static final double FLOOR = 0.01;

    /**
     * Checks the range.
     *
     * @throws FjordException INVALID_CONFIGURATION if the part is outside it
     */
    public Cooldown {
      requireFraction("part", part, false);
    }

    @Override
    public double factor(long step, int longestWithoutGain) {
      return factor(step, longestWithoutGain, 0);
    }

    @Override
    public double factor(long step, int longestWithoutGain, double timeGone) {
      double left = Math.min(1, Math.max(0, 1 - timeGone) / part);
      return Math.max(FLOOR, left) * then.factor(step, longestWithoutGain, timeGone);
    }

    @Override
    public boolean needsValidation() {
      return then.needsValidation();
    }
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + ": " + value + "; expected at least 1");
    }
  }

  private static void requireFraction(String name, double value, boolean zeroAllowed) {
    if (!(value <= 1 && (value > 0 || (zeroAllowed && value == 0)))) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          name + " is " + value + "; expected a number from 0 to 1");
    }
  }
}
