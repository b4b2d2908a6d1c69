package org.fjordflow.core.flow;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;

/** Independent normals, one a column. */
public final class DiagonalNormal implements Distribution {

  private final Standardization scale;
  private final double logNormalizer;

  /**
   * Creates the distribution.
   *
   * @param mean one value a column. Not modified.
   * @param deviation one positive value a column. Not modified.
   * @throws org.fjordflow.core.FjordException as {@link Standardization}
   */
  public DiagonalNormal(double[] mean, double[] deviation) {
    this.scale = new Standardization(mean, deviation);
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
    double[] mean = mean();
    double[] deviation = deviation();
    boolean standard = true;
    for (int i = 0; i < mean.length; i++) {
      standard &= mean[i] == 0 && deviation[i] == 1;
    }
    Var z = x;
    if (!standard) {
      double[] inverse = Arrays.stream(deviation).map(d -> 1 / d).toArray();
      z =
          tape.multiply(
              tape.subtract(x, tape.constant(mean, 1, dim())), tape.constant(inverse, 1, dim()));
    }
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, z));
    return tape.affine(-0.5, squares, logNormalizer);
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    double[] mean = mean();
    double[] deviation = deviation();
    double[][] rows = new double[n][mean.length];
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = mean[j] + deviation[j] * random.nextGaussian();
      }
    }
    return rows;
  }
}
