package org.fjordflow.report;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * What errors cost with one method. The arrays are kept as they are, not copied.
 *
 * @param name what the legend says
 * @param colour which of the picture's colours, from 0; they repeat
 * @param marker which of the picture's markers, from 0; they repeat
 * @param dashed whether the line is dashed
 * @param evaluations evaluations of each point
 * @param seconds time of each point; NaN where it is not known
 * @param errors error of each point; what is not finite and positive is left out
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of columns to draw, never compared
public record WorkCurve(
    String name,
    int colour,
    int marker,
    boolean dashed,
    double[] evaluations,
    double[] seconds,
    double[] errors) {
  /**
   * Checks the lengths.
   *
   * @throws FjordException {@code SHAPE_MISMATCH} if the arrays differ in length
   */
  public WorkCurve {
    if (evaluations.length != errors.length || seconds.length != errors.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the curve '%s' has %d evaluations, %d times and %d errors; expected as many of all"
              .formatted(name, evaluations.length, seconds.length, errors.length));
    }
  }
}
