package org.fjordflow.discrete.transform;

/**
 * The bin of a {@link RationalQuadratic} function that an element is in, and the quantities of its
 * rational function.
 */
final class SplineBin {

  /** Least derivative, and least width and height as a part of the interval. */
  static final double MINIMUM = 1e-3;

  /** Exponentials up to here, and their inverses, are added up as they are. */
  private static final double HUGE = 1e200;

  private final int bins;
  private final double bound;
  private final boolean periodic;

  /** Least size of a bin, and what is shared out beyond. */
  private final double least;

  private final double range;

  /** Which bin it is. */
  int k;

  double left;
  double width;
  double bottom;
  double height;

  /** Derivatives at the edges. */
  double d0;

  double d1;

  /** Height by width. */
  double s;

  /** Sums of exponentials, of which widths and heights are parts. */
  double widths;

  double heights;

  SplineBin(int bins, double bound, boolean periodic) {
    this.bins = bins;
    this.bound = bound;
    this.periodic = periodic;
    this.least = 2 * bound * MINIMUM;
    this.range = 2 * bound * (1 - MINIMUM * bins);
  }

  /**
   * Finds the bin in which the horizontal (or vertical) coordinate lies.
   *
   * @param raw parameters. Not modified.
   * @param exps their exponentials; where their sum overflows or vanishes, shifted ones are put in
   *     their place
   * @param at where those of the element begin
   * @param coordinate within the bound
   */
  void find(double[] raw, double[] exps, int at, double coordinate, boolean vertical) {
    widths = sum(raw, exps, at);
    heights = sum(raw, exps, at + bins);
    double perWidth = range / widths;
    double perHeight = range / heights;
    double x = -bound;
    double y = -bound;
    double w = least + perWidth * exps[at];
    double h = least + perHeight * exps[at + bins];
    int bin = 0;
    while (bin < bins - 1 && coordinate >= (vertical ? y + h : x + w)) {
      x += w;
      y += h;
      bin++;
      w = least + perWidth * exps[at + bin];
      h = least + perHeight * exps[at + bins + bin];
    }
    k = bin;
    left = x;
    width = w;
    bottom = y;
    height = h;
    s = h / w;
    d0 = derivative(raw, exps, knot(at, bin));
    d1 = derivative(raw, exps, knot(at, bin + 1));
  }

  /**
   * Where the derivative's parameter of a knot is, or -1 where the derivative is one.
   *
   * @param at where the parameters of the element begin
   * @param knot from 0, the lower end, to the number of bins
   */
  int knot(int at, int knot) {
    int derivatives = at + 2 * bins;
    if (periodic) {
      return derivatives + (knot == bins ? 0 : knot);
    }
    return knot == 0 || knot == bins ? -1 : derivatives + knot - 1;
  }

  private static double derivative(double[] raw, double[] exps, int parameter) {
    return parameter < 0 ? 1 : derivative(raw[parameter], exps[parameter]);
  }

  private double sum(double[] raw, double[] exps, int at) {
    double sum = 0;
    for (int i = at; i < at + bins; i++) {
      sum += exps[i];
    }
    return sum > 1 / HUGE && sum < HUGE ? sum : shiftedSum(raw, exps, at);
  }

  private double shiftedSum(double[] raw, double[] exps, int at) {
    double largest = raw[at];
    for (int i = at + 1; i < at + bins; i++) {
      largest = Math.max(largest, raw[i]);
    }
    double sum = 0;
    for (int i = at; i < at + bins; i++) {
      exps[i] = Math.exp(raw[i] - largest);
      sum += exps[i];
    }
    return sum;
  }

  /** The minimum hides what log(1 + e) loses for small e, and log1p takes four times as long. */
  private static double derivative(double raw, double exp) {
    return MINIMUM + (exp < HUGE ? Math.log(1 + exp) : raw);
  }

  /** How a derivative changes with its parameter. */
  static double sigmoid(double exp) {
    return exp < HUGE ? exp / (1 + exp) : 1;
  }

  /** Durkan et al., equation 5, with the square of s under the logarithm. */
  double logSlope(double theta) {
    double q = theta * (1 - theta);
    double denominator = s + (d0 + d1 - 2 * s) * q;
    return Math.log(s * s * numerator(theta) / (denominator * denominator));
  }

  double numerator(double theta) {
    double rest = 1 - theta;
    return d1 * theta * theta + 2 * s * theta * rest + d0 * rest * rest;
  }
}
