package org.fjordflow.inference.evaluation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.data.internal.transport.Assignment;
import org.fjordflow.core.data.internal.transport.Sinkhorn;

/**
 * The Wasserstein distance of order 2 of two samples, with the name of how it was computed: the
 * values of different methods do not compare.
 *
 * @param method what computed it
 * @param distance in the units of the rows, at least 0
 */
public record Wasserstein(Method method, double distance) {

  /** How the distance is computed. */
  public enum Method {
    /** The least mean square of an assignment of rows to rows. */
    EXACT,
    /** The root of the mean over random directions of the square in one dimension. */
    SLICED,
    /**
     * That of the plan with the least cost minus entropy (Cuturi 2013): more than the exact one.
     */
    ENTROPIC;

    /** Returns the name, such as {@code sliced}. */
    public String id() {
      return Ids.of(this);
    }
  }

  /** Rows a sample up to which an assignment is computed: seconds. */
  public static final int MOST_ASSIGNED = 2_000;

  /** Rows a sample up to which an entropic plan is. */
  public static final int MOST_ENTROPIC = 5_000;

  /** Directions of {@link #of}. */
  private static final int DIRECTIONS = 200;

  /**
   * Returns the exact distance of samples of one size up to {@link #MOST_ASSIGNED}, else the sliced
   * one over 200 directions.
   *
   * @param first n x columns. Not modified.
   * @param second m x columns. Not modified.
   * @param random source of directions
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare
   */
  public static Wasserstein of(double[][] first, double[][] second, RandomGenerator random) {
    return first.length == second.length && first.length <= MOST_ASSIGNED
        ? exact(first, second)
        : sliced(first, second, DIRECTIONS, random);
  }

  /**
   * The exact distance, in time as the cube of the rows.
   *
   * @param first n x columns. Not modified.
   * @param second n x columns. Not modified.
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare;
   *     INVALID_ARGUMENT for samples of different sizes, or more than {@link #MOST_ASSIGNED} rows
   */
  public static Wasserstein exact(double[][] first, double[][] second) {
    TwoSamples.of(first, second);
    int n = first.length;
    if (second.length != n || n > MOST_ASSIGNED) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "samples of %d and %d rows; an assignment takes as many of both, at most %d: thin them, or take the sliced distance"
              .formatted(n, second.length, MOST_ASSIGNED));
    }
    double[][] costs = costs(first, second);
    int[] assigned = Assignment.solve(costs);
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += costs[i][assigned[i]];
    }
    return new Wasserstein(Method.EXACT, Math.sqrt(sum / n));
  }

  /**
   * The sliced distance (Bonneel et al. 2015). Of samples that are shifted against each other it is
   * the shift over the root of the number of columns.
   *
   * @param first n x columns. Not modified.
   * @param second m x columns. Not modified.
   * @param directions how many, at least 1
   * @param random source of directions
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare;
   *     INVALID_ARGUMENT for no direction
   */
  public static Wasserstein sliced(
      double[][] first, double[][] second, int directions, RandomGenerator random) {
    TwoSamples samples = TwoSamples.of(first, second);
    if (directions < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, directions + " directions; expected at least 1");
    }
    double sum = 0;
    for (int k = 0; k < directions; k++) {
      double[] direction = new double[samples.columns()];
      Arrays.setAll(direction, j -> random.nextGaussian());
      double norm = Math.sqrt(product(direction, direction));
      double[] unit = Arrays.stream(direction).map(v -> v / norm).toArray();
      sum += squareInOneDimension(along(first, unit), along(second, unit));
    }
    return new Wasserstein(Method.SLICED, Math.sqrt(sum / directions));
  }

  /**
   * The root of the mean square of the entropic plan.
   *
   * @param first n x columns, at most {@link #MOST_ENTROPIC}. Not modified.
   * @param second m x columns, at most as many. Not modified.
   * @param regularization weight of the entropy, as a part of the mean squared distance of rows of
   *     both; the less, the nearer to the exact distance, and the longer it takes
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare;
   *     INVALID_ARGUMENT for too many rows or a weight that is not positive; SOLVE_FAILED where
   *     10,000 iterations are not enough
   */
  public static Wasserstein entropic(double[][] first, double[][] second, double regularization) {
    TwoSamples.of(first, second);
    if (Math.max(first.length, second.length) > MOST_ENTROPIC || !(regularization > 0)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "samples of %d and %d rows and a regularisation of %s; expected at most %d rows each, and a positive number"
              .formatted(first.length, second.length, regularization, MOST_ENTROPIC));
    }
    double[][] costs = costs(first, second);
    double mean = Arrays.stream(costs).flatMapToDouble(Arrays::stream).average().orElseThrow();
    if (mean == 0) {
      return new Wasserstein(Method.ENTROPIC, 0);
    }
    return new Wasserstein(Method.ENTROPIC, Math.sqrt(Sinkhorn.cost(costs, regularization * mean)));
  }

  private static double[][] costs(double[][] first, double[][] second) {
    double[][] costs = new double[first.length][second.length];
    for (int i = 0; i < first.length; i++) {
      double[] row = first[i];
      double[] cost = costs[i];
      for (int j = 0; j < second.length; j++) {
        cost[j] = TwoSamples.squaredDistance(row, second[j]);
      }
    }
    return costs;
  }

  private static double[] along(double[][] rows, double[] unit) {
    return Arrays.stream(rows).mapToDouble(row -> product(row, unit)).sorted().toArray();
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  /** The integral of the squared difference of two quantile functions, of sorted values. */
  private static double squareInOneDimension(double[] a, double[] b) {
    double sum = 0;
    double from = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      double endOfA = (i + 1.0) / a.length;
      double endOfB = (j + 1.0) / b.length;
      double to = Math.min(endOfA, endOfB);
      sum += (to - from) * (a[i] - b[j]) * (a[i] - b[j]);
      from = to;
      i += endOfA <= to ? 1 : 0;
      j += endOfB <= to ? 1 : 0;
    }
    return sum;
  }

  @Override
  public String toString() {
    return "%s Wasserstein-2 distance %s".formatted(method.id(), distance);
  }
}
