package org.fjordflow.discrete.transform;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * Monotonic rational-quadratic functions of [-B, B] onto itself (Durkan et al. 2019, section 3.1,
 * after Gregory and Delbourgo 1982), and the identity outside: what splines do to the elements of a
 * run.
 *
 * <p>An element's parameters begin with K widths, K heights and the derivatives, which are K - 1 at
 * the inner knots with ones at the ends, or, of a periodic one, K at the lower edges of the bins,
 * the first of which is that of the upper end too.
 */
final class RationalQuadratic {

  /** The raw parameter of a derivative of one. */
  private static final double UNIT_DERIVATIVE = Math.log(Math.expm1(1 - SplineBin.MINIMUM));

  private final int bins;
  private final double bound;
  private final boolean periodic;
  private final int parameters;

  /**
   * Creates the functions.
   *
   * @param bins number of bins, from 2 to 500
   * @param bound B, positive
   * @param periodic whether derivatives at both ends are one parameter
   * @param more parameters of an element behind these, which are not looked at
   * @throws FjordException INVALID_CONFIGURATION for values outside these ranges
   */
  RationalQuadratic(int bins, double bound, boolean periodic, int more) {
    if (bins < 2 || bins > 500 || !(bound > 0) || Double.isInfinite(bound)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a spline of %d bins on (-%s, %s); expected 2 to 500 bins and a positive bound"
              .formatted(bins, bound, bound));
    }
    this.bins = bins;
    this.bound = bound;
    this.periodic = periodic;
    this.parameters = 2 * bins + (periodic ? bins : bins - 1) + more;
  }

  /** Returns how many parameters an element has, all of them. */
  int parameters() {
    return parameters;
  }

  /** Returns the parameters at which they are the identity; those behind are zero. */
  double[] identity() {
    double[] result = new double[parameters];
    Arrays.fill(result, 2 * bins, periodic ? 3 * bins : 3 * bins - 1, UNIT_DERIVATIVE);
    return result;
  }

  /** Returns exponentials of all parameters. */
  private double[] exponentials(ElementRun run) {
    run.exponentials.exp(run.parameters, run.scratch, run.count * parameters);
    return run.scratch;
  }

  /** As {@link ColumnTransform#forward(ElementRun)}. */
  void forward(ElementRun run) {
    double[] exps = exponentials(run);
    SplineBin bin = new SplineBin(bins, bound, periodic);
    for (int e = 0; e < run.count; e++) {
      double x = run.x[e];
      if (inTail(x)) {
        run.y[e] = x;
        run.logSlope[e] = 0;
        continue;
      }
      bin.find(run.parameters, exps, e * parameters, x, false);
      double theta = unit((x - bin.left) / bin.width);
      double q = theta * (1 - theta);
      double numerator = bin.height * (bin.s * theta * theta + bin.d0 * q);
      run.y[e] = bin.bottom + numerator / (bin.s + (bin.d0 + bin.d1 - 2 * bin.s) * q);
      run.logSlope[e] = bin.logSlope(theta);
    }
  }

  /** As {@link ColumnTransform#inverse(ElementRun)}. */
  void inverse(ElementRun run) {
    double[] exps = exponentials(run);
    SplineBin bin = new SplineBin(bins, bound, periodic);
    for (int e = 0; e < run.count; e++) {
      double y = run.y[e];
      if (inTail(y)) {
        run.x[e] = y;
        run.logSlope[e] = 0;
        continue;
      }
      bin.find(run.parameters, exps, e * parameters, y, true);
      double theta = root(bin, y - bin.bottom);
      run.x[e] = bin.left + theta * bin.width;
      run.logSlope[e] = bin.logSlope(theta);
    }
  }

  /** Durkan et al., equations 6 to 8 and 29: the root that does not cancel. */
  private static double root(SplineBin bin, double rise) {
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

  /** As {@link ColumnTransform#reverse(ElementRun)}. */
  void reverse(ElementRun run) {
    double[] exps = exponentials(run);
    SplineBin bin = new SplineBin(bins, bound, periodic);
    for (int e = 0; e < run.count; e++) {
      int at = e * parameters;
      if (inTail(run.x[e])) {
        run.pass(e, 1, 0);
        Arrays.fill(run.parameterBars, at, at + parameters, 0);
      } else {
        bin.find(run.parameters, exps, at, run.x[e], false);
        reverse(run, e, bin, exps, at);
      }
    }
  }

  /** With theta = (x - left) / width, y = bottom + g(theta, s, height, d0, d1). */
  private void reverse(ElementRun run, int e, SplineBin bin, double[] exps, int at) {
    double b = run.logSlopeBar[e];
    double theta = unit((run.x[e] - bin.left) / bin.width);
    double rest = 1 - theta;
    double q = theta * rest;
    double s = bin.s;
    double curve = bin.d0 + bin.d1 - 2 * s;
    double denominator = s + curve * q;
    double numerator = bin.numerator(theta);
    double byDenominator = 1 / denominator;
    double byNumerator = 1 / numerator;
    double byWidth = 1 / bin.width;
    double g = bin.height * (s * theta * theta + bin.d0 * q) * byDenominator;
    double slope = s * s * numerator * byDenominator * byDenominator;
    double numeratorByTheta = 2 * (bin.d1 * theta + s * (1 - 2 * theta) - bin.d0 * rest);
    double logByTheta =
        numeratorByTheta * byNumerator - 2 * curve * (1 - 2 * theta) * byDenominator;
    double a = run.pass(e, slope, b * logByTheta * byWidth);

    double thetaBar = a * slope * bin.width + b * logByTheta;
    double sBar =
        a * (bin.height * theta * theta - g * (1 - 2 * q)) * byDenominator
            + b * (2 / s + 2 * q * byNumerator - 2 * (1 - 2 * q) * byDenominator);
    double d0Bar =
        a * q * (bin.height - g) * byDenominator
            + b * (rest * rest * byNumerator - 2 * q * byDenominator);
    double d1Bar =
        -a * q * g * byDenominator + b * (theta * theta * byNumerator - 2 * q * byDenominator);
    double heightBar = a * g / bin.height + sBar * byWidth;
    double widthBar = -(sBar * s + thetaBar * theta) * byWidth;

    double[] bars = run.parameterBars;
    softmaxReverse(exps, at, bin.widths, bin.k, -thetaBar * byWidth, widthBar, bars);
    softmaxReverse(exps, at + bins, bin.heights, bin.k, a, heightBar, bars);
    Arrays.fill(bars, at + 2 * bins, at + parameters, 0);
    int lower = bin.knot(at, bin.k);
    if (lower >= 0) {
      bars[lower] = d0Bar * SplineBin.sigmoid(exps[lower]);
    }
    int upper = bin.knot(at, bin.k + 1);
    if (upper >= 0) {
      bars[upper] = d1Bar * SplineBin.sigmoid(exps[upper]);
    }
  }

  /** From adjoints of the bin's lower edge and size to those of the softmax's arguments. */
  private void softmaxReverse(
      double[] exps, int at, double sum, int k, double edgeBar, double sizeBar, double[] bars) {
    double mean = sizeBar * exps[at + k];
    for (int j = 0; j < k; j++) {
      mean += edgeBar * exps[at + j];
    }
    mean /= sum;
    double factor = 2 * bound * (1 - SplineBin.MINIMUM * bins) / sum;
    for (int j = 0; j < bins; j++) {
      double bar = j < k ? edgeBar : j == k ? sizeBar : 0;
      bars[at + j] = factor * exps[at + j] * (bar - mean);
    }
  }
}
