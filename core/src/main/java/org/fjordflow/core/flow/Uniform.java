package org.fjordflow.core.flow;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.RowArrays;

/** The uniform distribution on a box. */
public final class Uniform implements Distribution {

  private final double[] lower;
  private final double[] upper;
  private final double logDensity;

  /**
   * Creates the distribution.
   *
   * @param lower least value of each column. Not modified.
   * @param upper greatest value of each column. Not modified.
   * @throws FjordException SHAPE_MISMATCH if lengths differ, INVALID_ARGUMENT if a side of the box
   *     is not positive and finite
   */
  public Uniform(double[] lower, double[] upper) {
    if (lower.length != upper.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          lower.length + " lower bounds do not go with " + upper.length + " upper bounds");
    }
    double logVolume = 0;
    for (int j = 0; j < lower.length; j++) {
      double side = upper[j] - lower[j];
      if (!(side > 0) || Double.isInfinite(side)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column %d goes from %s to %s; expected finite numbers, the second greater"
                .formatted(j, lower[j], upper[j]));
      }
      logVolume += Math.log(side);
    }
    this.lower = lower.clone();
    this.upper = upper.clone();
    this.logDensity = -logVolume;
  }

  /** Returns the least value of each column. */
  public double[] lower() {
    return lower.clone();
  }

  /** Returns the greatest value of each column. */
  public double[] upper() {
    return upper.clone();
  }

  @Override
  public int dim() {
    return lower.length;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The gradient is zero everywhere, at the sides of the box as well. NaN for a row with a NaN.
   */
  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim());
    double[] rows = new double[x.value().size()];
    tape.backend().download(x.value(), rows, 0);
    double[] densities = new double[x.rows()];
    for (int i = 0; i < densities.length; i++) {
      densities[i] = logDensity(rows, i * dim());
    }
    Matrix result = tape.take(x.rows(), 1);
    tape.backend().upload(densities, 0, result);
    // Not a constant: what is made of it can be swept back, and x then has its gradient of zero.
    return tape.custom(
            List.of(x),
            List.of(result),
            (outputs, inputs) -> {},
            (own, inputs, outputs, tangents) ->
                List.of(own.constant(new double[densities.length], densities.length, 1)))
        .get(0);
  }

  private double logDensity(double[] rows, int offset) {
    double result = logDensity;
    for (int j = 0; j < lower.length; j++) {
      double value = rows[offset + j];
      if (Double.isNaN(value)) {
        return Double.NaN;
      }
      if (value < lower[j] || value > upper[j]) {
        result = Double.NEGATIVE_INFINITY;
      }
    }
    return result;
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim());
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = lower[j] + (upper[j] - lower[j]) * random.nextDouble();
      }
    }
    return rows;
  }
}
