package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverMethod;

/**
 * The error estimates and their norms, as Hipparchus has them; it does not hand these weights out.
 * From Dormand and Prince (1980) and Higham and Hall (1990): the difference of the two embedded
 * solutions, in the root mean square; from Hairer, Norsett and Wanner (1993, II.10): two estimates
 * of orders 5 and 3 for Dormand-Prince 8(5,3).
 */
public final class ErrorEstimate {
  private final LinearCombination[] estimates;

  private ErrorEstimate(LinearCombination... estimates) {
    this.estimates = estimates;
  }

  public static ErrorEstimate of(SolverMethod method) {
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
      default ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION,
              method.id() + " is no Runge-Kutta method with an error estimate.");
    };
  }

  /** Returns how many estimates there are. */
  int size() {
    return estimates.length;
  }

  /** Returns whether sums of derivatives are multiplied with the length of the step, and not 1. */
  boolean takesLength() {
    return estimates.length == 1;
  }

  /** Returns whether an estimate gives a stage's derivative a weight. */
  boolean contains(int stage) {
    return Arrays.stream(estimates).anyMatch(estimate -> estimate.contains(stage));
  }

  /**
   * Measures the error of some groups.
   *
   * @param measured what is measured
   * @param ranges where the groups are in these arrays
   * @param h length of the step
   * @param slopes derivatives of the stages. Not modified
   * @param start state at the start. Not modified
   * @param end state at the end. Not modified
   * @param work overwritten. Modified
   * @param second overwritten where the largest component is wanted of two estimates. Modified
   * @param sums receives what {@link MeasuredGroups#norm} takes. Modified
   */
  public void measure(
      MeasuredGroups measured,
      MeasuredGroups.Range[] ranges,
      double h,
      double[][] slopes,
      double[] start,
      double[] end,
      double[] work,
      double[] second,
      double[] sums) {
    for (int group = 0; group < ranges.length; group++) {
      MeasuredGroups.Range range = ranges[group];
      if (measured.wantsLargest()) {
        sums[group] = largest(h, slopes, start, end, range, work, second);
      } else {
        for (int i = 0; i < estimates.length; i++) {
          sums[group * estimates.length + i] = squares(i, h, slopes, start, end, range, work);
        }
      }
    }
  }

  /**
   * Sums the squares of one estimate, in units of the tolerance, over some components.
   *
   * @param index index of the estimate
   * @param range the components, and their tolerances
   */
  private double squares(
      int index,
      double h,
      double[][] slopes,
      double[] start,
      double[] end,
      MeasuredGroups.Range range,
      double[] work) {
    double sum = 0;
    for (int from = range.from(); from < range.to(); from += LinearCombination.TILE) {
      int to = Math.min(from + LinearCombination.TILE, range.to());
      squareTile(index, h, slopes, start, end, range, work, from, to);
      sum = Kernels.addAll(sum, work, from, to);
    }
    return sum;
  }

  /** Returns the largest error of some components, each measured as a group of its own. */
  private double largest(
      double h,
      double[][] slopes,
      double[] start,
      double[] end,
      MeasuredGroups.Range range,
      double[] work,
      double[] second) {
    double largest = 0;
    boolean two = estimates.length > 1;
    for (int from = range.from(); from < range.to(); from += LinearCombination.TILE) {
      int to = Math.min(from + LinearCombination.TILE, range.to());
      squareTile(0, h, slopes, start, end, range, work, from, to);
      if (two) {
        squareTile(1, h, slopes, start, end, range, second, from, to);
      }
      largest = Math.max(largest, largest(work, two ? second : work, h, from, to));
    }
    return largest;
  }

  /**
   * Returns the largest error of some components, each measured as a group of its own.
   *
   * @param first squares of the first estimate, in units of the tolerance
   * @param second those of the second one, if there is one
   * @param h length of the step
   */
  double largest(double[] first, double[] second, double h, int from, int to) {
    boolean two = estimates.length > 1;
    double largest = 0;
    for (int d = from; d < to; d++) {
      largest = Math.max(largest, norm(first[d], two ? second[d] : 0, h, 1));
    }
    return largest;
  }

  /**
   * Squares one estimate of components that each have a step and tolerances of their own, in units
   * of the tolerance.
   *
   * @param index index of the estimate
   * @param factors as {@link #takesLength} says. Not modified
   * @param target receives the squares. Modified
   * @param size number of components
   */
  void squares(
      int index,
      double[] factors,
      double[][] slopes,
      double[] start,
      double[] end,
      double[] atol,
      double[] rtol,
      double[] target,
      int size) {
    for (int from = 0; from < size; from += LinearCombination.TILE) {
      int to = Math.min(from + LinearCombination.TILE, size);
      estimates[index].sum(slopes, target, from, to);
      Kernels.squareRatios(target, factors, start, end, atol, rtol, from, to);
    }
  }

  private void squareTile(
      int index,
      double h,
      double[][] slopes,
      double[] start,
      double[] end,
      MeasuredGroups.Range range,
      double[] work,
      int from,
      int to) {
    double factor = takesLength() ? h : 1;
    estimates[index].sum(slopes, work, from, to);
    Kernels.squareRatios(work, factor, start, end, range.atol(), range.rtol(), from, to);
  }

  /**
   * Returns the norm: a step is accepted below 1.
   *
   * @param first the first estimate's sum of squares over all parts
   * @param second the second one's, if there is one
   * @param h length of the step
   * @param dimension number of components
   */
  double norm(double first, double second, double h, int dimension) {
    if (estimates.length == 1) {
      return Math.sqrt(first / dimension);
    }
    double denominator = first + 0.01 * second;
    if (denominator <= 0) {
      denominator = 1;
    }
    return Math.abs(h) * first / Math.sqrt(dimension * denominator);
  }
}
