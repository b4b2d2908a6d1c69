package org.fjordflow.core.train.internal;

import org.fjordflow.core.nn.Parameters;

/**
 * All values of a model.
 *
 * @param parameters what is trained. Not modified.
 * @param buffers what goes with it untrained, such as moving averages. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ModelValues(double[] parameters, double[] buffers) {

  /**
   * Copies the values of a model.
   *
   * @param model Not modified.
   */
  public static ModelValues of(Parameters model) {
    return new ModelValues(model.get(), model.bufferValues());
  }

  /**
   * Gives these values to a model.
   *
   * @param model Modified.
   * @throws org.fjordflow.base.FjordException SHAPE_MISMATCH if it has other sizes
   */
  public void to(Parameters model) {
    model.set(parameters);
    model.setBufferValues(buffers);
  }
}
