package org.fjordflow.model;

import org.fjordflow.core.data.Moments;

/**
 * The maps of one column of data between cells and the real line, with their log-densities. Whole
 * numbers and categories are intervals: which point of it a cell becomes is chosen by a share u of
 * the interval in (0, 1).
 */
final class Cells {

  /** How far a logit stays away from its bounds, as a part of their distance. */
  private static final double LOGIT_MARGIN = 1e-6;

  /** Beyond this part of the unit interval, quantiles are as good as infinite. */
  private static final double TAIL = 1e-12;

  /** Of a logistic distribution with deviation 1. */
  private static final double LOGISTIC = Math.sqrt(3) / Math.PI;

  private final ColumnSpec spec;

  /** Where the interval of each value begins in the unit interval, and 1. */
  private final double[] ends;

  Cells(ColumnSpec spec) {
    this.spec = spec;
    this.ends = new double[spec.shares().size() + 1];
    for (int k = 1; k < ends.length; k++) {
      ends[k] = k == ends.length - 1 ? 1 : ends[k - 1] + spec.shares().get(k - 1);
    }
  }

  /**
   * Returns, of a column of values, where the line has the middle of the first one's part, the ends
   * between parts, and the middle of the last one's.
   */
  double[] marks() {
    double[] marks = new double[ends.length];
    for (int k = 1; k < ends.length - 1; k++) {
      marks[k] = quantile(ends[k]);
    }
    marks[0] = toLine(spec.values().get(0), 0.5);
    marks[ends.length - 1] = toLine(spec.values().get(ends.length - 2), 0.5);
    return marks;
  }

  /** Whether a share of an interval is to be chosen. */
  boolean isDiscrete() {
    return spec.isDiscrete();
  }

  /**
   * Maps a cell to the line.
   *
   * @param u share of the interval of a whole number or category, unused for others
   * @return NaN where the column has neither density nor probability
   */
  double toLine(double x, double u) {
    if (spec.scale() == ColumnSpec.Scale.CELLS) {
      int k = spec.indexOf(x);
      return k < 0 ? Double.NaN : quantile(ends[k] + u * spec.shares().get(k));
    }
    if (isDiscrete() && x != Math.rint(x)) {
      return Double.NaN;
    }
    double y = isDiscrete() ? x + (u - 0.5) : x;
    double t = (y - spec.origin()) / spec.width();
    return switch (spec.scale()) {
      case ROBUST -> asinh(t);
      case LOG -> t > 0 ? Math.log(t) : Double.NaN;
      case LOGIT -> t >= 0 && t <= 1 ? logit(t) : Double.NaN;
      case CIRCULAR -> 2 * Math.PI * (t - Math.floor(t)) - Math.PI;
      case STANDARD, CELLS -> y;
    };
  }

  /**
   * Returns what is to be added to the log-density at a point of the line, for that of its cell.
   *
   * @param z as {@link #toLine} gives it
   */
  double logSlope(double x, double z) {
    return switch (spec.scale()) {
      case CELLS ->
          Math.log(spec.shares().get(spec.indexOf(x)) * LOGISTIC)
              + Math.abs(z) / LOGISTIC
              + 2 * Math.log1p(Math.exp(-Math.abs(z) / LOGISTIC));
      // d asinh(t) / dt = 1 / cosh(z)
      case ROBUST -> -logCosh(z) - Math.log(spec.width());
      case LOG -> -z - Math.log(spec.width());
      case LOGIT ->
          Math.abs(z)
              + 2 * Math.log1p(Math.exp(-Math.abs(z)))
              + Math.log1p(-2 * LOGIT_MARGIN)
              - Math.log(spec.width());
      case CIRCULAR -> Math.log(2 * Math.PI / spec.width());
      case STANDARD -> 0;
    };
  }

  /** Maps a point of the line to its cell. */
  double toCell(double z) {
    double y =
        switch (spec.scale()) {
          case CELLS -> cellOf(1 / (1 + Math.exp(-z / LOGISTIC)));
          case ROBUST -> spec.origin() + spec.width() * Math.sinh(z);
          case LOG -> spec.origin() + spec.width() * Math.exp(z);
          case LOGIT -> spec.origin() + spec.width() * unit(z);
          case CIRCULAR -> wrapped((z + Math.PI) / (2 * Math.PI));
          case STANDARD -> z;
        };
    return isDiscrete() && spec.scale() != ColumnSpec.Scale.CELLS ? whole(y) : y;
  }

  private double cellOf(double v) {
    int low = 0;
    int high = spec.values().size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (v < ends[middle + 1]) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return spec.values().get(low);
  }

  /** The whole number whose interval a point is in; at the ends of bounds the one inside. */
  private double whole(double y) {
    double x = Math.rint(y);
    if (spec.scale() == ColumnSpec.Scale.LOG) {
      return Math.max(x, Math.ceil(spec.origin()));
    }
    if (spec.scale() == ColumnSpec.Scale.LOGIT) {
      return Math.min(
          Math.max(x, Math.ceil(spec.origin())), Math.floor(spec.origin() + spec.width()));
    }
    if (spec.scale() == ColumnSpec.Scale.CIRCULAR) {
      return x >= spec.origin() + spec.width() ? x - spec.width() : x;
    }
    return x;
  }

  private double wrapped(double turns) {
    double part = turns - Math.floor(turns);
    double x = spec.origin() + spec.width() * part;
    return x < spec.origin() + spec.width() ? x : spec.origin();
  }

  private static double logit(double t) {
    double s = LOGIT_MARGIN + (1 - 2 * LOGIT_MARGIN) * t;
    return Math.log(s) - Math.log1p(-s);
  }

  private static double unit(double z) {
    double s = 1 / (1 + Math.exp(-z));
    return Math.min(1, Math.max(0, (s - LOGIT_MARGIN) / (1 - 2 * LOGIT_MARGIN)));
  }

  private static double asinh(double t) {
    double size = Math.abs(t);
    // Far out the square would overflow.
    double value =
        size > 1e8
            ? Math.log(size) + Math.log(2)
            : Math.log1p(size + size * size / (1 + Math.hypot(1, size)));
    return Math.copySign(value, t);
  }

  private static double logCosh(double z) {
    double size = Math.abs(z);
    return size + Math.log1p(Math.exp(-2 * size)) - Math.log(2);
  }

  private static double quantile(double v) {
    double inside = Math.min(1 - TAIL, Math.max(TAIL, v));
    return LOGISTIC * (Math.log(inside) - Math.log1p(-inside));
  }

  /** Moments of this column on the line. */
  boolean isStandardized() {
    return spec.scale() != ColumnSpec.Scale.CIRCULAR && spec.scale() != ColumnSpec.Scale.CELLS;
  }

  static Moments neutral(Moments moments, Cells[] columns) {
    double[] mean = moments.mean().clone();
    double[] deviation = moments.standardDeviation().clone();
    for (int j = 0; j < columns.length; j++) {
      if (!columns[j].isStandardized()) {
        mean[j] = 0;
        deviation[j] = 1;
      }
    }
    return new Moments(mean, deviation);
  }
}
