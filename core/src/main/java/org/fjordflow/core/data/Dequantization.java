package org.fjordflow.core.data;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * Whole numbers 0, 1, ..., levels - 1, such as grey levels, as continuous data, and densities of
 * that data as bits per dimension of the whole numbers. What scales data and what converts
 * densities is one object, so that the two cannot disagree.
 *
 * <p>A number v becomes {@code u = (v + noise) / levels} with noise uniform on (0, 1), and {@code y
 * = scale(u)} is what a flow sees. By Jensen's inequality the bits per dimension of the density
 * are, on average over the noise, at least those of the discrete model that the density implies
 * (Theis, van den Oord and Bethge 2016, section 3.1).
 *
 * @param levels how many values a number can have, at least 2
 * @param scale from the unit interval to what a flow sees
 */
public record Dequantization(int levels, Scale scale) {

  private static final int GREY_LEVELS = 256;

  /** What FFJORD and MAF have on MNIST. */
  private static final double USUAL_ALPHA = 1e-6;

  /** An increasing function of the unit interval. */
  public sealed interface Scale {
    /** Maps u in [0, 1] to y. */
    double apply(double u);

    /** Maps y back to u. */
    double undo(double y);

    /** Returns log dy/du at y. */
    double logSlope(double y);
  }

  /**
   * {@code y = lower + (upper - lower) u}.
   *
   * @param lower where 0 goes
   * @param upper where 1 goes, above lower
   */
  public record Linear(double lower, double upper) implements Scale {
    /**
     * Checks the bounds.
     *
     * @throws FjordException INVALID_ARGUMENT if they are not finite and increasing
     */
    public Linear {
      if (!(upper > lower) || Double.isInfinite(upper - lower)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "pixels on (%s, %s); expected increasing finite bounds".formatted(lower, upper));
      }
    }

    @Override
    public double apply(double u) {
      return lower + (upper - lower) * u;
    }

    @Override
    public double undo(double y) {
      return (y - lower) / (upper - lower);
    }

    @Override
    public double logSlope(double y) {
      return Math.log(upper - lower);
    }
  }

  /**
   * {@code y = log(s / (1 - s))} with {@code s = alpha + (1 - 2 alpha) u} (Dinh et al. 2017 with
   * another s; Papamakarios et al. 2017): no sample of a flow lies outside the range of pixels.
   *
   * @param alpha how far s stays away from 0 and 1, between 0 and 0.5
   */
  public record Logit(double alpha) implements Scale {
    /**
     * Checks alpha.
     *
     * @throws FjordException INVALID_ARGUMENT if it is not between 0 and 0.5
     */
    public Logit {
      if (!(alpha > 0 && alpha < 0.5)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "a logit with alpha %s; expected a number between 0 and 0.5".formatted(alpha));
      }
    }

    @Override
    public double apply(double u) {
      double below = alpha + (1 - 2 * alpha) * u;
      double above = alpha + (1 - 2 * alpha) * (1 - u);
      return Math.log(below) - Math.log(above);
    }

    @Override
    public double undo(double y) {
      return (1 / (1 + Math.exp(-y)) - alpha) / (1 - 2 * alpha);
    }

    /** {@inheritDoc} It is log(1 - 2 alpha) - log s - log(1 - s). */
    @Override
    public double logSlope(double y) {
      double size = Math.abs(y);
      return Math.log1p(-2 * alpha) + size + 2 * Math.log1p(Math.exp(-size));
    }
  }

  /**
   * Checks the levels.
   *
   * @throws FjordException INVALID_ARGUMENT for fewer than 2
   */
  public Dequantization {
    if (levels < 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, levels + " levels of a pixel; expected at least 2");
    }
  }

  /** Grey levels from 0 to 255 in logit space with alpha 1e-6. */
  public static Dequantization logit() {
    return new Dequantization(GREY_LEVELS, new Logit(USUAL_ALPHA));
  }

  /** Grey levels from 0 to 255 on an interval, (-0.5, 0.5) in Glow. */
  public static Dequantization onto(double lower, double upper) {
    return new Dequantization(GREY_LEVELS, new Linear(lower, upper));
  }

  /** Whether a value is one of the levels. */
  public boolean isLevel(double value) {
    return value >= 0 && value < levels && value == Math.rint(value);
  }

  /**
   * Maps a level to what a flow sees.
   *
   * @param level a whole number from 0 to levels - 1
   * @param noise where in the level, from 0 to 1
   */
  public double toLine(double level, double noise) {
    return scale.apply((level + noise) / levels);
  }

  /** Returns the level that a number of a flow stands for, the nearest one beyond the range. */
  public double undo(double y) {
    return Math.max(0, Math.min(levels - 1, Math.floor(levels * scale.undo(y))));
  }

  /**
   * Returns what is to be added to the log-density of a number as a flow sees it for that of the
   * level and the noise.
   */
  public double logSlope(double y) {
    return scale.logSlope(y) - Math.log(levels);
  }

  /**
   * Adds fresh noise and scales.
   *
   * @param values rows of whole numbers from 0 to levels - 1. Not modified.
   * @param random source of the noise, drawn from once for each number in their order
   * @return rows for a flow
   * @throws FjordException INVALID_ARGUMENT, naming row and column, for another number
   */
  public double[][] apply(double[][] values, RandomGenerator random) {
    double[][] rows = new double[values.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[values[i].length];
      for (int j = 0; j < rows[i].length; j++) {
        double value = values[i][j];
        if (!isLevel(value)) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "row %d, column %d is %s; expected a whole number from 0 to %d"
                  .formatted(i, j, value, levels - 1));
        }
        rows[i][j] = toLine(value, random.nextDouble());
      }
    }
    return rows;
  }

  /**
   * Finds the whole numbers that rows stand for; what lies beyond the range becomes 0 or levels -
   * 1.
   *
   * @param rows of a flow. Not modified.
   * @return rows of whole numbers
   */
  public double[][] undo(double[][] rows) {
    double[][] values = new double[rows.length][];
    for (int i = 0; i < values.length; i++) {
      values[i] = new double[rows[i].length];
      for (int j = 0; j < values[i].length; j++) {
        values[i][j] = undo(rows[i][j]);
      }
    }
    return values;
  }

  /** Returns the bits per dimension of a nat: 1 / (dim log 2). */
  public static double bitsPerNat(int dim) {
    return 1 / (dim * Math.log(2));
  }

  /**
   * Bits per dimension of a row: minus the logarithm, to base 2 and divided by the number of
   * columns, of the density of {@code v + noise}, whose units are those of the whole numbers.
   *
   * @param logProb log-density of the row as a flow sees it, in nats
   * @param row as made by {@link #apply}, at least one column. Not modified.
   */
  public double bitsPerDimension(double logProb, double[] row) {
    double logProbOfValue = logProb - row.length * Math.log(levels);
    for (double y : row) {
      logProbOfValue += scale.logSlope(y);
    }
    return -bitsPerNat(row.length) * logProbOfValue;
  }

  /**
   * Bits per dimension of rows.
   *
   * @param logProb log-densities as a flow sees them, in nats. Not modified.
   * @param rows as many rows as made by {@link #apply}. Not modified.
   * @throws FjordException SHAPE_MISMATCH if there are not as many of both
   */
  public double[] bitsPerDimension(double[] logProb, double[][] rows) {
    if (logProb.length != rows.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          logProb.length + " log-densities for " + rows.length + " rows; expected one a row");
    }
    double[] bits = new double[rows.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = bitsPerDimension(logProb[i], rows[i]);
    }
    return bits;
  }
}
