package org.fjordflow.core.flow;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.internal.RowArrays;

/** Independent normals, one a column. */
public final class DiagonalNormal implements Distribution {

  private final Standardization scale;
  private final boolean standard;
  private final double logNormalizer;

  /**
   * Creates the distribution.
   *
   * @param mean one value a column. Not modified.
   * @param deviation one positive value a column. Not modified.
   * @throws org.fjordflow.base.FjordException as {@link Standardization}
   */
  public DiagonalNormal(double[] mean, double[] deviation) {
    this.scale = new Standardization(mean, deviation);
    this.standard =
        Arrays.stream(mean).allMatch(m -> m == 0) && Arrays.stream(deviation).allMatch(d -> d == 1);
    double logDeviations = Arrays.stream(deviation).map(Math::log).sum();
    this.logNormalizer = -0.5 * mean.length * Math.log(2 * Math.PI) - logDeviations;
  }

  /** The standard normal of a dimension. */
  public static DiagonalNormal standard(int dim) {
    double[] ones = new double[dim];
    Arrays.fill(ones, 1);
    return new DiagonalNormal(new double[dim], ones);
  }

  /** Returns the means. */
  public double[] mean() {
    return scale.mean();
  }

  /** Returns the standard deviations. */
  public double[] deviation() {
    return scale.deviation();
  }

  @Override
  public int dim() {
    return scale.dim();
  }

  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim());
    Var z = standard ? x : scale.standardize(tape, x);
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, z));
    return tape.affine(-0.5, squares, logNormalizer);
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    double[] mean = mean();
    double[] deviation = deviation();
    double[][] rows = RowArrays.allocate(n, dim());
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = mean[j] + deviation[j] * random.nextGaussian();
      }
    }
    return rows;
  }
}
