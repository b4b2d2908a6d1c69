package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/**
 * A trained array: where its value lives and where its gradient is gathered.
 *
 * @param name unique within a model, such as {@code chain.0.odefunc.diffeq.layers.0._layer.weight}
 * @param value read by computations
 * @param gradient the same shape; {@link Tape#accumulate} adds to it
 */
public record Parameter(String name, Matrix value, Matrix gradient) {

  /**
   * Checks the shapes.
   *
   * @throws FjordException SHAPE_MISMATCH if value and gradient differ in shape
   */
  public Parameter {
    if (value.rows() != gradient.rows() || value.cols() != gradient.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "parameter '%s': value is %d x %d, gradient is %d x %d; expected the same"
              .formatted(name, value.rows(), value.cols(), gradient.rows(), gradient.cols()));
    }
  }
}
