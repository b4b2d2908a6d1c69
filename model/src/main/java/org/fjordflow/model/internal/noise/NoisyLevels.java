package org.fjordflow.model.internal.noise;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * The first layer of a flow of images that is trained with its noise: whole numbers become what the
 * flow sees, each time with other noise, and the log-determinant is what makes the log-density a
 * bound of the images' log-probabilities. There is no way back on a tape, nor is one needed.
 *
 * @param noise of the images
 */
record NoisyLevels(NoiseFlow noise) implements Bijection {

  @Override
  public int dim() {
    return noise.dim();
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    double[] draws = new double[x.rows() * dim()];
    for (int i = 0; i < draws.length; i++) {
      draws[i] = NoiseFlow.logistic(pass.random());
    }
    Matrix drawn = tape.take(x.rows(), dim());
    tape.backend().upload(draws, 0, drawn);
    return noise.toLine(pass, x, tape.constant(drawn));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    throw new FjordException(
        ErrorKey.UNSUPPORTED, "noise is taken away by Dequantization, which finds the levels");
  }
}
