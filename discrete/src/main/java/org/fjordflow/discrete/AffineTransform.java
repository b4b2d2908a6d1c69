package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;

/**
 * {@code y = x exp(s) + m}: RealNVP's (Dinh et al. 2017), and that of MAF (Papamakarios et al.
 * 2017) with the scale named the other way round. Parameters of an element are m and r, with {@code
 * s = r / sqrt(1 + (r / bound)^2)}, which is r near zero and stays within the bound, so that one
 * unusual row cannot overflow.
 */
public final class AffineTransform extends ColumnTransform {

  /** Scales from a thousandth to a thousand. */
  public static final double DEFAULT_BOUND = Math.log(1000);

  private final double bound;

  /** Creates the transform with {@link #DEFAULT_BOUND}. */
  public AffineTransform() {
    this(DEFAULT_BOUND);
  }

  /**
   * Creates the transform.
   *
   * @param bound of |s|, positive
   * @throws FjordException INVALID_ARGUMENT if it is not positive and finite
   */
  @JsonCreator
  public AffineTransform(@JsonProperty("bound") double bound) {
    if (!(bound > 0) || Double.isInfinite(bound)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a log-scale bounded by " + bound + "; expected a positive number");
    }
    this.bound = bound;
  }

  /** Returns the bound of the log-scale. */
  @JsonProperty
  public double bound() {
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
  void forward(Values v, int from, int to) {
    for (int e = from * v.cols; e < to * v.cols; e++) {
      double s = logScale(v.parameters[2 * e + 1]);
      v.logSlope[e] = s;
      v.y[e] = v.x[e] * Math.exp(s) + v.parameters[2 * e];
    }
  }

  @Override
  void inverse(Values v, int from, int to) {
    for (int e = from * v.cols; e < to * v.cols; e++) {
      double s = logScale(v.parameters[2 * e + 1]);
      v.logSlope[e] = s;
      v.x[e] = (v.y[e] - v.parameters[2 * e]) * Math.exp(-s);
    }
  }

  private double logScale(double r) {
    double t = r / bound;
    return r / Math.sqrt(1 + t * t);
  }

  @Override
  void reverse(Values v, int from, int to, Adjoints adjoints) {
    for (int row = from; row < to; row++) {
      double logSlopeBar = adjoints.logSlope(row);
      for (int e = row * v.cols; e < (row + 1) * v.cols; e++) {
        double slope = Math.exp(v.logSlope[e]);
        double a = adjoints.pass(e, slope, 0);
        double t = v.parameters[2 * e + 1] / bound;
        double u = 1 / (1 + t * t);
        adjoints.parameters[2 * e] = a;
        adjoints.parameters[2 * e + 1] = (a * v.x[e] * slope + logSlopeBar) * u * Math.sqrt(u);
      }
    }
  }
}
