package org.fjordflow.core.flow;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * Subtracts a mean and divides by a standard deviation, column by column, so that densities come
 * out in the units of the data. Not trained.
 */
public final class Standardization implements Bijection {

  private final double[] mean;
  private final double[] deviation;

  /**
   * Creates the map {@code z = (x - mean) / deviation}.
   *
   * @param mean one value a column. Not modified.
   * @param deviation one positive value a column. Not modified.
   * @throws FjordException SHAPE_MISMATCH if lengths differ, INVALID_ARGUMENT if a deviation is not
   *     positive and finite or a mean is not finite
   */
  public Standardization(double[] mean, double[] deviation) {
    if (mean.length != deviation.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          mean.length + " means do not go with " + deviation.length + " deviations");
    }
    for (int i = 0; i < mean.length; i++) {
      if (!Double.isFinite(mean[i]) || !(deviation[i] > 0) || Double.isInfinite(deviation[i])) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column %d has mean %s and deviation %s; expected finite numbers, the second positive"
                .formatted(i, mean[i], deviation[i]));
      }
    }
    this.mean = mean.clone();
    this.deviation = deviation.clone();
  }

  /** Returns the means. */
  public double[] mean() {
    return mean.clone();
  }

  /** Returns the standard deviations. */
  public double[] deviation() {
    return deviation.clone();
  }

  @Override
  public int dim() {
    return mean.length;
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return Transformed.exact(standardize(pass.tape(), x), logDet(pass, x, -1));
  }

  /** The image alone. */
  Var standardize(Tape tape, Var x) {
    double[] scale = new double[mean.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = 1 / deviation[i];
    }
    Var centred = tape.subtract(x, tape.constant(mean, 1, dim()));
    return tape.multiply(centred, tape.constant(scale, 1, dim()));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Var x =
        tape.add(
            tape.multiply(z, tape.constant(deviation, 1, dim())), tape.constant(mean, 1, dim()));
    return Transformed.exact(x, logDet(pass, z, 1));
  }

  private @Nullable Var logDet(Pass pass, Var x, double sign) {
    if (!pass.logDet()) {
      return null;
    }
    double sum = 0;
    for (double d : deviation) {
      sum += Math.log(d);
    }
    return pass.tape().repeat(pass.tape().constant(sign * sum), x.rows());
  }
}
