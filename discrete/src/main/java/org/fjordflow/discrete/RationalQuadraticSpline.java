package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.backend.Elementwise;

/**
 * A monotonic rational-quadratic spline on [-B, B] with the identity outside (linear tails): Durkan
 * et al. 2019, section 3.1, after Gregory and Delbourgo 1982.
 *
 * <p>Parameters of an element, for K bins: K widths and K heights, each through a softmax, and K -
 * 1 derivatives at the inner knots through a softplus. Widths and heights of bins are at least
 * {@link #MINIMUM} of the interval, derivatives at least {@link #MINIMUM}; those at the edges are
 * one, so that value and slope are continuous everywhere, knots and edges included.
 */
public final class RationalQuadraticSpline extends ColumnTransform {

  /** Least width, height and derivative. */
  public static final double MINIMUM = 1e-3;

  /** The raw parameter of a derivative of one. */
  private static final double UNIT_DERIVATIVE = Math.log(Math.expm1(1 - MINIMUM));

  private final int bins;
  private final double bound;

  /**
   * Creates the transform.
   *
   * @param bins number of bins, from 2 to 500
   * @param bound where the tails begin, positive
   * @throws FjordException INVALID_ARGUMENT for values outside these ranges
   */
  @JsonCreator
  public RationalQuadraticSpline(
      @JsonProperty("bins") int bins, @JsonProperty("bound") double bound) {
    if (bins < 2 || bins > 500 || !(bound > 0) || Double.isInfinite(bound)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a spline of %d bins on (-%s, %s); expected 2 to 500 bins and a positive bound"
              .formatted(bins, bound, bound));
    }
    this.bins = bins;
    this.bound = bound;
  }

  /** Returns the number of bins. */
  @JsonProperty
  public int bins() {
    return bins;
  }

  /** Returns where the tails begin. */
  @JsonProperty
  public double bound() {
    return bound;
  }

  @Override
  public int parameters() {
    return 3 * bins - 1;
  }

  @Override
  public double[] identity() {
    double[] result = new double[parameters()];
    for (int i = 2 * bins; i < result.length; i++) {
      result[i] = UNIT_DERIVATIVE;
    }
    return result;
  }

  /** The bin of an element and the quantities of its rational function. */
  private final class Bin {
    int k;
    double left;
    double width;
    double bottom;
    double height;
    double d0;
    double d1;
    double s;

    /** Finds the bin in which the horizontal (or vertical) coordinate lies. */
    void find(double[] p, int at, double coordinate, boolean vertical) {
      int offset = vertical ? at + bins : at;
      double edge = -bound;
      int bin = 0;
      double size = size(p[offset]);
      while (bin < bins - 1 && coordinate >= edge + size) {
        edge += size;
        bin++;
        size = size(p[offset + bin]);
      }
      load(p, at, bin);
    }

    void load(double[] p, int at, int bin) {
      k = bin;
      left = -bound;
      bottom = -bound;
      for (int j = 0; j < k; j++) {
        left += size(p[at + j]);
        bottom += size(p[at + bins + j]);
      }
      width = size(p[at + k]);
      height = size(p[at + bins + k]);
      d0 = k == 0 ? 1 : derivative(p[at + 2 * bins + k - 1]);
      d1 = k == bins - 1 ? 1 : derivative(p[at + 2 * bins + k]);
      s = height / width;
    }

    /** Durkan et al., equation 5, with the square of s under the logarithm. */
    double logSlope(double theta) {
      double q = theta * (1 - theta);
      double numerator = numerator(theta);
      double denominator = s + (d0 + d1 - 2 * s) * q;
      return Math.log(s * s * numerator / (denominator * denominator));
    }

    double numerator(double theta) {
      double rest = 1 - theta;
      return d1 * theta * theta + 2 * s * theta * rest + d0 * rest * rest;
    }
  }

  private double size(double share) {
    return 2 * bound * (MINIMUM + (1 - MINIMUM * bins) * share);
  }

  /** The minimum hides what log(1 + e) loses for small e, and log1p takes four times as long. */
  private static double derivative(double raw) {
    return MINIMUM + Math.max(raw, 0) + Math.log(1 + Math.exp(-Math.abs(raw)));
  }

  @Override
  List<Number> settings() {
    return List.of(bins, bound);
  }

  @Override
  void forward(Values v, int from, int to) {
    Bin bin = new Bin();
    for (int e = from * v.cols; e < to * v.cols; e++) {
      double x = v.x[e];
      int at = e * parameters();
      if (inTail(x)) {
        identityAt(v, e);
        v.y[e] = x;
        continue;
      }
      softmax(v.parameters, at);
      softmax(v.parameters, at + bins);
      bin.find(v.parameters, at, x, false);
      double theta = unit((x - bin.left) / bin.width);
      double q = theta * (1 - theta);
      double numerator = bin.height * (bin.s * theta * theta + bin.d0 * q);
      v.y[e] = bin.bottom + numerator / (bin.s + (bin.d0 + bin.d1 - 2 * bin.s) * q);
      v.logSlope[e] = bin.logSlope(theta);
      v.piece[e] = bin.k;
    }
  }

  @Override
  void inverse(Values v, int from, int to) {
    Bin bin = new Bin();
    for (int e = from * v.cols; e < to * v.cols; e++) {
      double y = v.y[e];
      int at = e * parameters();
      if (inTail(y)) {
        identityAt(v, e);
        v.x[e] = y;
        continue;
      }
      softmax(v.parameters, at);
      softmax(v.parameters, at + bins);
      bin.find(v.parameters, at, y, true);
      double theta = root(bin, y - bin.bottom);
      v.x[e] = bin.left + theta * bin.width;
      v.logSlope[e] = bin.logSlope(theta);
      v.piece[e] = bin.k;
    }
  }

  /** Durkan et al., equations 6 to 8 and 29: the root that does not cancel. */
  private static double root(Bin bin, double rise) {
    double curve = bin.d0 + bin.d1 - 2 * bin.s;
    double a = bin.height * (bin.s - bin.d0) + rise * curve;
    double b = bin.height * bin.d0 - rise * curve;
    double c = -bin.s * rise;
    double discriminant = Math.max(0, b * b - 4 * a * c);
    return unit(-2 * c / (b + Math.sqrt(discriminant)));
  }

  private static double unit(double theta) {
    return Math.max(0, Math.min(1, theta));
  }

  /** Outside, or not a number. */
  private boolean inTail(double x) {
    return !(Math.abs(x) <= bound);
  }

  private static void identityAt(Values v, int e) {
    v.logSlope[e] = 0;
    v.piece[e] = -1;
  }

  private void softmax(double[] p, int at) {
    double largest = p[at];
    for (int i = at + 1; i < at + bins; i++) {
      largest = Math.max(largest, p[i]);
    }
    double sum = 0;
    for (int i = at; i < at + bins; i++) {
      p[i] = Math.exp(p[i] - largest);
      sum += p[i];
    }
    double factor = 1 / sum;
    for (int i = at; i < at + bins; i++) {
      p[i] *= factor;
    }
  }

  @Override
  void reverse(Values v, int from, int to, Adjoints adjoints) {
    Bin bin = new Bin();
    for (int row = from; row < to; row++) {
      double b = adjoints.logSlope(row);
      for (int e = row * v.cols; e < (row + 1) * v.cols; e++) {
        if (v.piece[e] < 0) {
          adjoints.pass(e, 1, 0);
        } else {
          bin.load(v.parameters, e * parameters(), v.piece[e]);
          reverse(v, e, bin, b, adjoints);
        }
      }
    }
  }

  /** With theta = (x - left) / width, y = bottom + g(theta, s, height, d0, d1). */
  private void reverse(Values v, int e, Bin bin, double b, Adjoints adjoints) {
    double theta = unit((v.x[e] - bin.left) / bin.width);
    double rest = 1 - theta;
    double q = theta * rest;
    double s = bin.s;
    double curve = bin.d0 + bin.d1 - 2 * s;
    double denominator = s + curve * q;
    double numerator = bin.numerator(theta);
    double g = bin.height * (s * theta * theta + bin.d0 * q) / denominator;
    double slope = s * s * numerator / (denominator * denominator);
    double numeratorByTheta = 2 * (bin.d1 * theta + s * (1 - 2 * theta) - bin.d0 * rest);
    double logByTheta = numeratorByTheta / numerator - 2 * curve * (1 - 2 * theta) / denominator;
    double a = adjoints.pass(e, slope, b * logByTheta / bin.width);

    double thetaBar = a * slope * bin.width + b * logByTheta;
    double sBar =
        a * (bin.height * theta * theta - g * (1 - 2 * q)) / denominator
            + b * (2 / s + 2 * q / numerator - 2 * (1 - 2 * q) / denominator);
    double d0Bar =
        a * q * (bin.height - g) / denominator
            + b * (rest * rest / numerator - 2 * q / denominator);
    double d1Bar = -a * q * g / denominator + b * (theta * theta / numerator - 2 * q / denominator);
    double heightBar = a * g / bin.height + sBar / bin.width;
    double widthBar = -(sBar * s + thetaBar * theta) / bin.width;

    int at = e * parameters();
    double[] p = v.parameters;
    double[] bars = adjoints.parameters;
    softmaxReverse(p, at, bin.k, -thetaBar / bin.width, widthBar, bars);
    softmaxReverse(p, at + bins, bin.k, a, heightBar, bars);
    if (bin.k > 0) {
      int i = at + 2 * bins + bin.k - 1;
      bars[i] = d0Bar * Elementwise.SIGMOID.value(p[i]);
    }
    if (bin.k < bins - 1) {
      int i = at + 2 * bins + bin.k;
      bars[i] = d1Bar * Elementwise.SIGMOID.value(p[i]);
    }
  }

  /** From adjoints of the bin's lower edge and size to those of the softmax's arguments. */
  private void softmaxReverse(
      double[] share, int at, int k, double edgeBar, double sizeBar, double[] bars) {
    double factor = 2 * bound * (1 - MINIMUM * bins);
    double mean = sizeBar * share[at + k];
    for (int j = 0; j < k; j++) {
      mean += edgeBar * share[at + j];
    }
    for (int j = 0; j < bins; j++) {
      double bar = j < k ? edgeBar : j == k ? sizeBar : 0;
      bars[at + j] = factor * share[at + j] * (bar - mean);
    }
  }
}
