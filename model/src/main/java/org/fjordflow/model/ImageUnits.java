package org.fjordflow.model;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.internal.noise.NoiseFlow;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of images on the line. The noise of an image that is scored follows from its numbers,
 * the seed and the number of the draw alone, so that its log-density does not depend on what other
 * images are scored beside it.
 */
final class ImageUnits implements DataUnits {

  /** Draws of noise that a log-density is the mean of, unless others are asked for. */
  static final int DRAWS = 4;

  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  private final ImageSpec spec;
  private final Dequantization pixels;
  private final int draws;
  private final RandomStreams streams;
  private final @Nullable NoiseFlow noise;

  ImageUnits(ImageSpec spec, int draws, long seed, @Nullable NoiseFlow noise) {
    this.spec = spec;
    this.pixels = spec.dequantization();
    this.draws = draws;
    this.streams = new RandomStreams(seed);
    this.noise = noise;
  }

  /** Where in its level a number is put. */
  @FunctionalInterface
  private interface Draws {
    RandomGenerator of(int row);
  }

  /**
   * Numbers where a flow puts them in their levels.
   *
   * @param draws for each image, or null for the medians of its numbers
   */
  private OnLine placed(NoiseFlow flow, double[][] rows, @Nullable Draws draws) {
    double[][] levels = new double[rows.length][];
    double[][] drawn = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      levels[i] = unknown(rows[i]) == null ? rows[i] : new double[rows[i].length];
      drawn[i] = new double[rows[i].length];
      if (draws != null) {
        RandomGenerator random = draws.of(i);
        Arrays.setAll(drawn[i], j -> NoiseFlow.logistic(random));
      }
    }
    NoiseFlow.Noisy noisy = flow.toLine(levels, drawn);
    for (int i = 0; i < rows.length; i++) {
      if (levels[i] != rows[i]) {
        noisy.rows()[i] = levels[i];
        noisy.logDet()[i] = Double.NEGATIVE_INFINITY;
      }
    }
    return new OnLine(noisy.rows(), noisy.logDet());
  }

  private OnLine noisy(double[][] rows, Draws draws) {
    if (noise != null) {
      return placed(noise, rows, draws);
    }
    double[][] line = new double[rows.length][];
    double[] logSlope = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      double[] row = rows[i];
      line[i] = new double[row.length];
      if (unknown(row) != null) {
        logSlope[i] = Double.NEGATIVE_INFINITY;
        continue;
      }
      RandomGenerator random = draws.of(i);
      for (int j = 0; j < row.length; j++) {
        line[i][j] =
            spec.noise() > 0
                ? middle(row[j]) + spec.noise() * random.nextGaussian()
                : pixels.toLine(row[j], random.nextDouble());
        logSlope[i] += logSlope(j, row[j], line[i][j]);
      }
    }
    return new OnLine(line, logSlope);
  }

  private double middle(double level) {
    return pixels.toLine(level, 0.5);
  }

  @Override
  public OnLine toLine(double[][] rows, int point) {
    return noisy(
        rows, i -> streams.generator(Purpose.DEQUANTIZATION, hash(rows[i]) + point * GOLDEN_RATIO));
  }

  @Override
  public OnLine toLine(double[][] rows, RandomGenerator random) {
    return noisy(rows, i -> random);
  }

  /** Spreads a row's bits over a number, as splitmix64 does. */
  private static long hash(double[] row) {
    long hash = row.length;
    for (double value : row) {
      hash = (hash ^ Double.doubleToLongBits(value)) * GOLDEN_RATIO;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  @Override
  public OnLine toMiddle(double[][] rows) {
    if (noise != null) {
      return placed(noise, rows, null);
    }
    double[][] line = new double[rows.length][];
    double[] logSlope = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      line[i] = new double[rows[i].length];
      for (int j = 0; j < line[i].length; j++) {
        line[i][j] = middle(rows[i][j]);
        logSlope[i] += logSlope(j, rows[i][j], line[i][j]);
      }
    }
    return new OnLine(line, logSlope);
  }

  /** {@inheritDoc} Without noise a pixel that is always black would have no deviation. */
  @Override
  public OnLine typical(double[][] rows) {
    return toLine(rows, 0);
  }

  /** {@inheritDoc} Of noisy images the density is that of what the flow sees, a number a level. */
  @Override
  public double logSlope(int column, double x, double z) {
    return pixels.logSlope(z);
  }

  @Override
  public double[][] toCells(double[][] z) {
    return pixels.undo(z);
  }

  @Override
  public double toCell(int column, double z) {
    return pixels.undo(z);
  }

  @Override
  public String quoted(int column) {
    int channels = spec.shape().channels();
    int pixel = column / channels;
    int width = spec.shape().width();
    return "of line %d, pixel %d, channel %d"
        .formatted(pixel / width + 1, pixel % width + 1, column % channels + 1);
  }

  @Override
  public int points() {
    return draws;
  }

  @Override
  public double logWeight(int point) {
    return 0;
  }

  @Override
  public Moments neutral(Moments moments) {
    return moments;
  }

  @Override
  public @Nullable FjordException unknown(double[] row) {
    for (int j = 0; j < row.length; j++) {
      if (!pixels.isLevel(row[j])) {
        return new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column %s is %s; expected a whole number from 0 to %d"
                .formatted(quoted(j), row[j], spec.levels() - 1));
      }
    }
    return null;
  }
}
