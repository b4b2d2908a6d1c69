package org.fjordflow.ode.internal.step;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.SolverMethod;

/**
 * Notices that stability holds the steps down (Hairer and Wanner, Solving ordinary differential
 * equations II, 1996, IV.2). The last two stages of the methods here are both at the end of the
 * step, so that the difference of their derivatives over that of their states estimates the
 * dominant eigenvalue; times h it is near the boundary of the stability domain where the field is
 * stiff. The field is called stiff after {@link #STIFF} accepted steps beyond the boundary with
 * never {@link #NOT_STIFF} in sequence within it in between.
 *
 * <p>Only every {@link #INTERVAL}-th step is looked at, until one of them is beyond the boundary.
 */
public final class StiffnessWatch {
  public static final int STIFF = 15;
  public static final int NOT_STIFF = 6;
  public static final int INTERVAL = 10;

  private final double boundary;
  private long accepted;
  private int beyond;
  private int within;
  private double first = Double.NaN;
  private boolean stiff;

  private StiffnessWatch(double boundary) {
    this.boundary = boundary;
  }

  public static StiffnessWatch of(SolverMethod method) {
    return new StiffnessWatch(boundary(method));
  }

  /**
   * Returns a little less than where the stability domain ends on the negative real axis: Hairer's
   * values in DOPRI5 and DOP853, and in the same proportion that of Higham and Hall's method.
   */
  public static double boundary(SolverMethod method) {
    return switch (method) {
      case HIGHAM_HALL_54 -> 4.3;
      case DORMAND_PRINCE_54 -> 3.25;
      case DORMAND_PRINCE_853 -> 6.1;
      default ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION, method.id() + " does not choose its steps.");
    };
  }

  /** Returns whether {@link #accept} wants to know of the next step that is accepted. */
  public boolean looks() {
    return !stiff && (!Double.isNaN(first) || accepted % INTERVAL == INTERVAL - 1);
  }

  /**
   * Takes note of an accepted step.
   *
   * @param time start of the step
   * @param ratio estimate of h times the dominant eigenvalue; of a step that {@link #looks} passes
   *     over, anything
   */
  public void accept(double time, double ratio) {
    boolean looked = looks();
    accepted++;
    if (!looked) {
      return;
    }
    if (ratio > boundary) {
      first = beyond == 0 ? time : first;
      within = 0;
      stiff = ++beyond == STIFF;
    } else if (++within == NOT_STIFF) {
      beyond = 0;
      within = 0;
      first = Double.NaN;
    }
  }

  /** Returns the time of the first of the steps that showed it, or NaN. */
  public double stiffFrom() {
    return stiff ? first : Double.NaN;
  }

  /**
   * Returns the sum of squares of a difference, over all but integrals: nothing feeds them back.
   *
   * @param groups what the arrays consist of
   */
  public static double distance(List<OdeSystem.Group> groups, double[] x, double[] y) {
    return distance(groups, x, y, 0);
  }

  /** The same for arrays of which the groups begin somewhere. */
  static double distance(List<OdeSystem.Group> groups, double[] x, double[] y, int start) {
    double sum = 0;
    int from = start;
    for (int i = 0; i < groups.size(); i++) { // an iterator would be an object a step
      OdeSystem.Group group = groups.get(i);
      int to = from + group.size();
      sum += group.integral() ? 0 : Kernels.squaredDistance(x, y, from, to);
      from = to;
    }
    return sum;
  }

  /**
   * Estimates h times the dominant eigenvalue.
   *
   * @param h length of the step
   * @param slopes sum of squares of the difference of two derivatives
   * @param states the same of their states
   */
  public static double ratio(double h, double slopes, double states) {
    return states > 0 ? h * Math.sqrt(slopes / states) : 0;
  }
}
