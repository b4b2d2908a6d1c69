package org.fjordflow.model.images;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;

/**
 * What a flow sees of the levels of a pixel, with a name for configurations and commands.
 *
 * @param scale from the unit interval to what a flow sees
 */
public record PixelScale(Dequantization.Scale scale) {

  private static final String LOGIT = "logit";
  private static final String SCALED = "scaled";
  private static final String EXPECTED =
      "expected logit, logit:ALPHA (logit:1e-6), scaled, or scaled:LOWER:UPPER (scaled:-1:1)";

  /** {@code logit:1e-6}: no sample of a flow lies outside the range of levels. */
  public static PixelScale logit() {
    return new PixelScale(new Dequantization.Logit(1e-6));
  }

  /** {@code scaled:-1:1}. */
  public static PixelScale scaled() {
    return new PixelScale(new Dequantization.Linear(-1, 1));
  }

  /**
   * Reads a name.
   *
   * @param text {@code logit}, {@code logit:0.05}, {@code scaled} or {@code scaled:-0.5:0.5}
   * @throws FjordException INVALID_ARGUMENT for another one, or for bounds that cannot be
   */
  @JsonCreator
  public static PixelScale of(String text) {
    String[] parts = text.split(":", -1);
    try {
      if (parts[0].equals(LOGIT) && parts.length <= 2) {
        return parts.length == 1
            ? logit()
            : new PixelScale(new Dequantization.Logit(Double.parseDouble(parts[1])));
      }
      if (parts[0].equals(SCALED) && (parts.length == 1 || parts.length == 3)) {
        return parts.length == 1
            ? scaled()
            : new PixelScale(
                new Dequantization.Linear(
                    Double.parseDouble(parts[1]), Double.parseDouble(parts[2])));
      }
    } catch (NumberFormatException e) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "pixels '" + text + "'; " + EXPECTED, e);
    }
    throw new FjordException(ErrorKey.INVALID_ARGUMENT, "pixels '" + text + "'; " + EXPECTED);
  }

  /** Returns the name, as {@link #of} reads it. */
  @JsonValue
  @Override
  public String toString() {
    if (scale instanceof Dequantization.Logit logit) {
      return LOGIT + ":" + logit.alpha();
    }
    Dequantization.Linear linear = (Dequantization.Linear) scale;
    return SCALED + ":" + linear.lower() + ":" + linear.upper();
  }
}
