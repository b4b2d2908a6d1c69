package org.fjordflow.model;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;

/**
 * Scores of images.
 *
 * @param bits bits per dimension of each image, of the whole numbers; the mean over draws of noise
 * @param standardError of this mean, NaN of a single draw
 * @param givenClass bits per dimension of each image given its class; NaN where that is not known
 * @param probabilities of the classes of each image by Bayes' rule, without columns for an
 *     unconditional model; the mean over draws
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ImageScores(
    double[] bits, double[] standardError, double[] givenClass, double[][] probabilities) {

  static ImageScores of(FlowModel model, ImageSpec spec, Images images, int draws, long seed) {
    if (draws < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, draws + " draws of noise; expected at least one");
    }
    int n = images.size();
    int classes = spec.contextSize();
    double unit = -Dequantization.bitsPerNat(model.dim());
    double[][] bits = new double[n][draws];
    double[] given = new double[n];
    double[][] probabilities = new double[n][classes];
    RandomStreams streams = new RandomStreams(seed);
    for (int k = 0; k < draws; k++) {
      FlowModel once = model.withNoise(1, streams.generator(Purpose.DEQUANTIZATION, k).nextLong());
      double[][] logProb = logProb(once, spec, images.rows(), streams, k);
      for (int i = 0; i < n; i++) {
        double total = logSum(logProb[i], spec);
        bits[i][k] = unit * total;
        int label = classes == 0 ? Images.UNKNOWN : images.labels()[i];
        given[i] += label == Images.UNKNOWN ? Double.NaN : unit * logProb[i][label] / draws;
        for (int c = 0; c < classes; c++) {
          // Where no class has a density, none is likelier than before.
          double posterior =
              total == Double.NEGATIVE_INFINITY
                  ? spec.shares().get(c)
                  : spec.shares().get(c) * Math.exp(logProb[i][c] - total);
          probabilities[i][c] += posterior / draws;
        }
      }
    }
    double[] mean = Arrays.stream(bits).mapToDouble(ImageScores::mean).toArray();
    double[] error = Arrays.stream(bits).mapToDouble(ImageScores::error).toArray();
    return new ImageScores(mean, error, given, probabilities);
  }

  /** Log-densities of rows under each class, or under the only density. */
  private static double[][] logProb(
      FlowModel model, ImageSpec spec, double[][] rows, RandomStreams streams, int draw) {
    int classes = Math.max(1, spec.contextSize());
    double[][] logProb = new double[rows.length][classes];
    for (int c = 0; c < classes; c++) {
      Context context = spec.contextSize() == 0 ? Context.none() : Context.shared(spec.oneHot(c));
      double[] own = model.score(rows, context, streams.generator(Purpose.PROBES, draw)).logProb();
      for (int i = 0; i < rows.length; i++) {
        logProb[i][c] = own[i];
      }
    }
    return logProb;
  }

  private static double logSum(double[] logProb, ImageSpec spec) {
    if (spec.contextSize() == 0) {
      return logProb[0];
    }
    double greatest = Arrays.stream(logProb).max().orElseThrow();
    if (greatest == Double.NEGATIVE_INFINITY) {
      return greatest;
    }
    double sum = 0;
    for (int c = 0; c < logProb.length; c++) {
      sum += spec.shares().get(c) * Math.exp(logProb[c] - greatest);
    }
    return greatest + Math.log(sum);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double error(double[] values) {
    double mean = mean(values);
    int n = values.length;
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
  }

  /** Returns the mean bits per dimension of the images. */
  public double meanBits() {
    return mean(bits);
  }

  /**
   * Returns the standard error of {@link #meanBits} over images, which that of noise is part of.
   */
  public double meanBitsError() {
    return error(bits);
  }

  /** Returns the likeliest class of an image, {@link Images#UNKNOWN} of an unconditional model. */
  public int predicted(int image) {
    int best = Images.UNKNOWN;
    for (int c = 0; c < probabilities[image].length; c++) {
      if (best == Images.UNKNOWN || probabilities[image][c] > probabilities[image][best]) {
        best = c;
      }
    }
    return best;
  }

  /**
   * Returns the part of the images whose likeliest class is theirs; empty where no class is known.
   *
   * @param labels of the images, {@link Images#UNKNOWN} where they are not known. Not modified.
   */
  public OptionalDouble accuracy(int[] labels) {
    int known = 0;
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] != Images.UNKNOWN && probabilities[i].length > 0) {
        known++;
        right += predicted(i) == labels[i] ? 1 : 0;
      }
    }
    return known == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) right / known);
  }
}
