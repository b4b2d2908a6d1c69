package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import org.fjordflow.ode.SolverMethod;

/**
 * Error norms of rows: of each row that which {@link MeasuredGroups} has for a state that is this
 * row, made of the same sums.
 */
final class RowErrors {
  private final MeasuredGroups measured;
  private final MeasuredGroups.Range[] ranges;
  private final ErrorEstimate estimate;
  private final int width;
  // Of each component of each row; what is not measured has a tolerance of 1.
  private final double[] rtol;
  private final double[] atol;
  private final double[][] squares;
  private final double[] sums;
  private final double[] ones;

  /**
   * Prepares for rows.
   *
   * @param measured of a single row
   * @param width components of a row
   * @param most rows that are measured together at most
   */
  RowErrors(SolverMethod method, MeasuredGroups measured, int width, int most) {
    this.measured = measured;
    this.ranges = measured.whole();
    this.estimate = ErrorEstimate.of(method);
    this.width = width;
    this.rtol = new double[width * most];
    this.atol = new double[width * most];
    this.squares = new double[estimate.size()][width * most];
    this.sums = new double[ranges.length * estimate.size()];
    this.ones = new double[estimate.takesLength() ? 0 : width * most];
    Arrays.fill(ones, 1);
    Arrays.fill(atol, 1);
    for (int row = 0; row < most; row++) {
      for (MeasuredGroups.Range range : ranges) {
        int start = row * width;
        Arrays.fill(rtol, start + range.from(), start + range.to(), range.rtol());
        Arrays.fill(atol, start + range.from(), start + range.to(), range.atol());
      }
    }
  }

  /**
   * Measures all rows.
   *
   * @param lengths signed length of the step for each component. Not modified
   * @param slopes derivatives of the stages. Not modified
   * @param start states at the starts. Not modified
   * @param end states at the ends. Not modified
   * @param rows number of rows
   */
  void measure(double[] lengths, double[][] slopes, double[] start, double[] end, int rows) {
    double[] factors = estimate.takesLength() ? lengths : ones;
    for (int i = 0; i < squares.length; i++) {
      estimate.squares(i, factors, slopes, start, end, atol, rtol, squares[i], rows * width);
    }
  }

  /**
   * Returns the norm of a row's error.
   *
   * @param row index among those measured
   * @param length length of its step
   */
  double norm(int row, double length) {
    int start = row * width;
    for (int group = 0; group < ranges.length; group++) {
      int from = start + ranges[group].from();
      int to = start + ranges[group].to();
      if (measured.wantsLargest()) {
        sums[group] = estimate.largest(squares[0], squares[squares.length - 1], length, from, to);
      } else {
        for (int i = 0; i < squares.length; i++) {
          sums[group * squares.length + i] = Kernels.addAll(0, squares[i], from, to);
        }
      }
    }
    return measured.norm(estimate, sums, length);
  }
}
