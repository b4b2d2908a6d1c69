package org.fjordflow.ode.internal.method;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.ode.nonstiff.ButcherArrayProvider;

/**
 * The Butcher tableau of an explicit Runge-Kutta method: stage i evaluates at time t + c_i h and
 * state y + h sum_j a_ij k_j, and the step ends at y + h sum_i b_i k_i. Stages count from 0, and
 * the first one is included (c_0 = 0), unlike in Hipparchus' arrays.
 */
public final class Tableau {
  private static final double ROUNDING = 1e-13;

  private final double[] c;
  private final double[][] a;
  private final double[] b;
  private final int solutionStages;

  private Tableau(double[] c, double[][] a, double[] b) {
    this.c = c;
    this.a = a;
    this.b = b;
    this.solutionStages = countSolutionStages();
    check();
  }

  /**
   * Reads the coefficients from a Hipparchus integrator.
   *
   * @param arrays the integrator
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the coefficients are not
   *     those of a consistent explicit method
   */
  public static Tableau of(ButcherArrayProvider arrays) {
    double[] innerTimes = arrays.getC();
    double[][] inner = arrays.getA();
    double[] weights = arrays.getB();
    int stages = weights.length;
    if (innerTimes.length != stages - 1 || inner.length != stages - 1) {
      throw inconsistent("its arrays have different lengths");
    }
    double[] times = new double[stages];
    double[][] rows = new double[stages][];
    rows[0] = new double[0];
    for (int i = 1; i < stages; i++) {
      times[i] = innerTimes[i - 1];
      rows[i] = inner[i - 1].clone();
      if (rows[i].length != i) {
        throw inconsistent("row " + i + " has " + rows[i].length + " coefficients");
      }
    }
    return new Tableau(times, rows, weights.clone());
  }

  /** Returns the number of stages, those for error estimate and interpolation included. */
  public int stages() {
    return b.length;
  }

  /**
   * Returns the number of leading stages that the end of a step depends on. Later ones serve the
   * error estimate, the next step's first stage or interpolation: 6 of 7 for Dormand-Prince 5(4)
   * and Higham-Hall 5(4), 12 of 16 for Dormand-Prince 8(5,3).
   */
  public int solutionStages() {
    return solutionStages;
  }

  /**
   * Returns the time of a stage within the step, in units of h.
   *
   * @param stage index of the stage
   */
  public double c(int stage) {
    return c[stage];
  }

  /**
   * Returns the weight of an earlier stage's derivative in a stage's state.
   *
   * @param stage index of the stage
   * @param earlier index of the earlier stage, less than stage
   */
  public double a(int stage, int earlier) {
    return a[stage][earlier];
  }

  /**
   * Returns the weight of a stage's derivative in the end of the step.
   *
   * @param stage index of the stage
   */
  public double b(int stage) {
    return b[stage];
  }

  private int countSolutionStages() {
    int count = b.length;
    while (count > 1 && b[count - 1] == 0) {
      count--;
    }
    return count;
  }

  private void check() {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      sum += b[i];
      double row = 0;
      double magnitude = 1;
      for (double coefficient : a[i]) {
        row += coefficient;
        magnitude += Math.abs(coefficient);
      }
      if (!(Math.abs(row - c[i]) <= ROUNDING * magnitude)) {
        throw inconsistent("row " + i + " sums to " + row + " and not to " + c[i]);
      }
    }
    if (!(Math.abs(sum - 1) <= ROUNDING)) {
      throw inconsistent("its weights sum to " + sum + " and not to 1");
    }
  }

  private static FjordException inconsistent(String what) {
    return new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "The tableau is not that of a consistent explicit Runge-Kutta method: " + what + ".");
  }
}
