package org.fjordflow.report;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A named quantity over the steps of a training. The arrays are kept as they are, not copied.
 *
 * @param name what the legend says
 * @param steps the steps, rising
 * @param values the quantity at each step; NaN leaves a gap
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of columns to draw, never compared
public record Curve(String name, double[] steps, double[] values) {
  /**
   * Checks the lengths.
   *
   * @throws FjordException {@code SHAPE_MISMATCH} if there are more values than steps, or fewer
   */
  public Curve {
    if (steps.length != values.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the curve '"
              + name
              + "' has "
              + steps.length
              + " steps and "
              + values.length
              + " values; expected as many of both");
    }
  }

  /**
   * Returns this curve without the steps whose value is not finite, for a quantity that is measured
   * only now and then.
   */
  public Curve withoutGaps() {
    int[] kept =
        IntStream.range(0, values.length).filter(i -> Double.isFinite(values[i])).toArray();
    return new Curve(
        name,
        Arrays.stream(kept).mapToDouble(i -> steps[i]).toArray(),
        Arrays.stream(kept).mapToDouble(i -> values[i]).toArray());
  }
}
