package org.fjordflow.ode;

/**
 * How a solve ended.
 *
 * @param outcome what happened
 * @param time the time where it happened: the end of the interval for a success, that of an event
 *     that stopped the solve, else the start of the step that could not be completed
 * @param step length of the step that could not be completed, signed by the direction of the solve;
 *     0 for a success or where no step had been chosen yet
 * @param component index of the worst component of the state, or -1 where there is none: for {@link
 *     Outcome#NON_FINITE} the first that is NaN (else infinite), otherwise the one whose derivative
 *     is largest in units of its tolerance at the last evaluation
 * @param details what the system says of the component and of itself ({@link OdeSystem#describe}),
 *     and what else belongs into the message; may be empty
 */
public record SolveStatus(
    Outcome outcome, double time, double step, int component, String details) {
  /** The kinds of endings. */
  public enum Outcome {
    /** The end of the interval was reached. */
    SUCCESS,
    /** An event that was to stop the solve was met; a success too. */
    STOPPED_BY_EVENT,
    /** The error test asked for a step below the smallest one. */
    STEP_UNDERFLOW,
    /**
     * The tolerance cannot be met: in the root mean square over components, what the field rounds
     * the state by ({@link OdeSystem#precision}) is more than the tolerance at that state. Found
     * before the first step, or where a step is rejected or cannot be made shorter later on. Never
     * happens where the relative tolerance is at least the precision.
     */
    BELOW_PRECISION,
    /**
     * The state or its derivative became NaN or infinite; with an adaptive method, also in the
     * shortest step.
     */
    NON_FINITE,
    /** The next evaluation would have exceeded the budget. */
    BUDGET_SPENT
  }

  /**
   * Returns the status of a solve that reached its end.
   *
   * @param time the end
   */
  public static SolveStatus success(double time) {
    return new SolveStatus(Outcome.SUCCESS, time, 0, -1, "");
  }

  /**
   * Returns the status of a solve that an event stopped.
   *
   * @param event which
   * @param time when
   */
  public static SolveStatus stopped(Event event, double time) {
    return new SolveStatus(Outcome.STOPPED_BY_EVENT, time, 0, -1, event.name());
  }

  /**
   * Returns whether the end of the interval was reached, or an event that was to stop the solve.
   */
  public boolean isSuccess() {
    return outcome == Outcome.SUCCESS || outcome == Outcome.STOPPED_BY_EVENT;
  }

  /** Returns one line that says what happened, where, and what to try. */
  public String message() {
    String where = " at t = " + time + ", h = " + step;
    String worst = component < 0 ? "" : ", worst component " + component;
    String more = details.isEmpty() ? "" : " (" + details + ")";
    return switch (outcome) {
      case SUCCESS -> "Reached t = " + time + ".";
      case STOPPED_BY_EVENT -> "Stopped by event '" + details + "' at t = " + time + ".";
      case STEP_UNDERFLOW ->
          "Step underflow"
              + where
              + worst
              + more
              + ": the solution may end or jump there, the field may be stiff, or the tolerance may"
              + " be below the field's precision; loosen rtol and atol, shorten the interval, or"
              + " regularise the field.";
      case BELOW_PRECISION ->
          "The tolerance is below the field's precision"
              + where
              + worst
              + more
              + ": loosen rtol or atol, or compute in float64 where the field is float32.";
      case NON_FINITE ->
          "The state or its derivative is not finite"
              + where
              + worst
              + more
              + ": check the inputs and the field's parameters for NaN; if they are finite, the"
              + " solution grows without bound: lower the learning rate, clip gradients, or"
              + " regularise the field.";
      case BUDGET_SPENT ->
          "The budget of evaluations is spent"
              + where
              + worst
              + more
              + ": raise maxEvaluations, loosen rtol and atol, or use a method of higher order.";
    };
  }
}
