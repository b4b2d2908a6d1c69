package org.fjordflow.cli.solvers;

/**
 * What one solve cost, and how good it was.
 *
 * @param library what solved, {@code fjord} or another one
 * @param problem name of the problem or flow
 * @param method short name of the method
 * @param mode what was computed
 * @param rtol relative tolerance; NaN for fixed steps
 * @param atol absolute tolerance; NaN for fixed steps
 * @param steps number of steps asked for; {@link #UNKNOWN} for adaptive methods
 * @param evaluations evaluations of the field, of a gradient those of the way back included
 * @param accepted accepted steps of the forward solve, or {@link #UNKNOWN}
 * @param rejected rejected steps of the forward solve, or {@link #UNKNOWN}
 * @param seconds wall-clock time; NaN where it was not taken
 * @param error 2-norm of the difference from the reference, divided by that of the reference; NaN
 *     for a solve that did not reach its end
 */
public record WorkPoint(
    String library,
    String problem,
    String method,
    Mode mode,
    double rtol,
    double atol,
    long steps,
    long evaluations,
    long accepted,
    long rejected,
    double seconds,
    double error) {
  /** Stands for a count that is not known. */
  public static final long UNKNOWN = -1;

  /** The name of this library. */
  public static final String FJORD = "fjord";

  /** Returns the same point with another time. */
  WorkPoint withSeconds(double other) {
    return new WorkPoint(
        library,
        problem,
        method,
        mode,
        rtol,
        atol,
        steps,
        evaluations,
        accepted,
        rejected,
        other,
        error);
  }

  /** Returns whether this point has a place in a diagram. */
  public boolean isDrawable() {
    return error > 0 && error < Double.POSITIVE_INFINITY && evaluations > 0;
  }
}
