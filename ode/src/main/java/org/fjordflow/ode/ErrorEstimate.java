package org.fjordflow.ode;

import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;

/**
 * The error estimates and their norm, as Hipparchus has them; it does not hand these weights out.
 * From Dormand and Prince (1980) and Higham and Hall (1990): the difference of the two embedded
 * solutions, in the root mean square; from Hairer, Norsett and Wanner (1993, II.10): two estimates
 * of orders 5 and 3 for Dormand-Prince 8(5,3).
 */
final class ErrorEstimate {
  private final LinearCombination[] estimates;

  private ErrorEstimate(LinearCombination... estimates) {
    this.estimates = estimates;
  }

  static ErrorEstimate of(SolverMethod method) {
    return switch (method) {
      case HIGHAM_HALL_54 ->
          new ErrorEstimate(
              new LinearCombination(
                  -1.0 / 20.0, 0, 81.0 / 160.0, -6.0 / 5.0, 25.0 / 32.0, 1.0 / 16.0, -1.0 / 10.0));
      case DORMAND_PRINCE_54 ->
          new ErrorEstimate(
              new LinearCombination(
                  71.0 / 57600.0,
                  0,
                  -71.0 / 16695.0,
                  71.0 / 1920.0,
                  -17253.0 / 339200.0,
                  22.0 / 525.0,
                  -1.0 / 40.0));
      case DORMAND_PRINCE_853 ->
          new ErrorEstimate(
              new LinearCombination(
                  116092271.0 / 8848465920.0,
                  0,
                  0,
                  0,
                  0,
                  -1871647.0 / 1527680.0,
                  -69799717.0 / 140793660.0,
                  1230164450203.0 / 739113984000.0,
                  -1980813971228885.0 / 5654156025964544.0,
                  464500805.0 / 1389975552.0,
                  1606764981773.0 / 19613062656000.0,
                  -137909.0 / 6168960.0),
              new LinearCombination(
                  -364463.0 / 1920240.0,
                  0,
                  0,
                  0,
                  0,
                  3399327.0 / 763840.0,
                  66578432.0 / 35198415.0,
                  -1674902723.0 / 288716400.0,
                  -74684743568175.0 / 176692375811392.0,
                  -734375.0 / 4826304.0,
                  171414593.0 / 851261400.0,
                  69869.0 / 3084480.0));
      case EULER, MIDPOINT, CLASSICAL_RUNGE_KUTTA, GILL, THREE_EIGHTHES, LUTHER ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION, method.id() + " has no error estimate.");
    };
  }

  /** Returns how many sums {@link #norm} needs. */
  int size() {
    return estimates.length;
  }

  /**
   * Sums the squares of one estimate, in units of the tolerance, over a part.
   *
   * @param index index of the estimate
   * @param h length of the step
   * @param slopes derivatives of the stages. Not modified
   * @param start state at the start. Not modified
   * @param end state at the end. Not modified
   * @param work overwritten. Modified
   */
  double squares(
      int index,
      double h,
      double[][] slopes,
      double[] start,
      double[] end,
      SolverConfig config,
      double[] work) {
    double factor = estimates.length == 1 ? h : 1;
    double sum = 0;
    for (int from = 0; from < work.length; from += LinearCombination.TILE) {
      int to = Math.min(from + LinearCombination.TILE, work.length);
      estimates[index].sum(slopes, work, from, to);
      Kernels.squareRatios(work, factor, start, end, config.atol(), config.rtol(), from, to);
      sum = Kernels.addAll(sum, work, from, to);
    }
    return sum;
  }

  /**
   * Returns the norm: a step is accepted below 1.
   *
   * @param squares the sums of squares over all parts. Not modified
   * @param h length of the step
   * @param dimension number of components of the state
   */
  double norm(double[] squares, double h, int dimension) {
    if (squares.length == 1) {
      return Math.sqrt(squares[0] / dimension);
    }
    double denominator = squares[0] + 0.01 * squares[1];
    if (denominator <= 0) {
      denominator = 1;
    }
    return Math.abs(h) * squares[0] / Math.sqrt(dimension * denominator);
  }
}
