package org.fjordflow.discrete.transform;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.discrete.internal.LogScales;

/**
 * {@code y = x exp(s) + m}: RealNVP's (Dinh et al. 2017), and that of MAF (Papamakarios et al.
 * 2017) with the scale named the other way round. Parameters of an element are m and r, with {@code
 * s = r / (1 - c + sqrt(c^2 + (r / bound)^2))} and c = 1/8, which is r near zero and stays within
 * the bound, so that one unusual row cannot overflow.
 *
 * <p>It is zuko's {@code r / (1 + |r| / bound)} without the jump of the second derivative at zero.
 * Both bend long before the bound, which is what held-out rows far out gain from.
 */
final class AffineTransform extends ColumnTransform {

  private static final double BEND = LogScales.BEND;

  private final double bound;

  /** Creates the transform with {@link #AFFINE_BOUND}. */
  AffineTransform() {
    this(AFFINE_BOUND);
  }

  /**
   * Creates the transform.
   *
   * @param bound of |s|, positive
   * @throws FjordException INVALID_CONFIGURATION if it is not positive and finite
   */
  @JsonCreator
  AffineTransform(@JsonProperty("bound") double bound) {
    if (!(bound > 0) || Double.isInfinite(bound)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a log-scale bounded by " + bound + "; expected a positive number");
    }
    this.bound = bound;
  }

  /** Returns the bound of the log-scale. */
  @JsonProperty
  double bound() {
    return bound;
  }

  @Override
  public int parameters() {
    return 2;
  }

  @Override
  public double[] identity() {
    return new double[2];
  }

  @Override
  List<Number> settings() {
    return List.of(bound);
  }

  @Override
  void forward(ElementRun run) {
    double[] scale = logScales(run);
    run.exponentials.exp(run.logSlope, scale, run.count);
    for (int e = 0; e < run.count; e++) {
      run.y[e] = run.x[e] * scale[e] + run.parameters[2 * e];
    }
  }

  @Override
  void inverse(ElementRun run) {
    double[] scale = logScales(run);
    for (int e = 0; e < run.count; e++) {
      scale[e] = -run.logSlope[e];
    }
    run.exponentials.exp(scale, scale, run.count);
    for (int e = 0; e < run.count; e++) {
      run.x[e] = (run.y[e] - run.parameters[2 * e]) * scale[e];
    }
  }

  /** Computes s; returns memory for as many numbers. */
  private double[] logScales(ElementRun run) {
    double[] s = run.logSlope;
    for (int e = 0; e < run.count; e++) {
      s[e] = run.parameters[2 * e + 1];
    }
    for (int e = 0; e < run.count; e++) {
      double t = s[e] / bound;
      s[e] = s[e] / (1 - BEND + Math.sqrt(BEND * BEND + t * t));
    }
    return run.scratch;
  }

  @Override
  void reverse(ElementRun run) {
    double[] slopes = logScales(run);
    run.exponentials.exp(run.logSlope, slopes, run.count);
    for (int e = 0; e < run.count; e++) {
      double slope = slopes[e];
      double a = run.pass(e, slope, 0);
      double t = run.parameters[2 * e + 1] / bound;
      double q = Math.sqrt(BEND * BEND + t * t);
      double u = 1 / (1 - BEND + q);
      double bent = (1 - BEND + BEND * BEND / q) * u * u;
      run.parameterBars[2 * e] = a;
      run.parameterBars[2 * e + 1] = (a * run.x[e] * slope + run.logSlopeBar[e]) * bent;
    }
  }
}
