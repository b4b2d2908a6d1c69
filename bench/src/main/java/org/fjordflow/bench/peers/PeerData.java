package org.fjordflow.bench.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.train.BatchSource.Sampler;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/**
 * A density that rows are drawn from.
 *
 * @param name in words
 * @param sampler draws rows
 */
public record PeerData(String name, Sampler sampler) {

  private static final int COMPONENTS = 5;
  private static final double SPREAD = 1.2;
  private static final double WIDTH = 0.5;
  private static final int PATCH_PIXELS = 64;
  private static final double GREY_LEVELS = 256;

  /** Two moons. */
  static PeerData moons() {
    return new PeerData("moons", ToyDensity.MOONS::sample);
  }

  /** Five arms. */
  static PeerData pinwheel() {
    return new PeerData("pinwheel", ToyDensity.PINWHEEL::sample);
  }

  /**
   * A mixture of five normals, equally likely, each with a dense covariance of its own.
   *
   * @param dim number of columns
   * @param streams decide the mixture
   */
  public static PeerData mixture(int dim, RandomStreams streams) {
    RandomGenerator random = streams.generator(Purpose.TEST);
    double[][] means = new double[COMPONENTS][];
    double[][][] factors = new double[COMPONENTS][dim][];
    for (int c = 0; c < COMPONENTS; c++) {
      means[c] = normals(dim, SPREAD, random);
      for (int i = 0; i < dim; i++) {
        factors[c][i] = normals(dim, WIDTH / Math.sqrt(dim), random);
        factors[c][i][i] += WIDTH;
      }
    }
    return new PeerData(
        "mixture of %d correlated normals in %d dimensions".formatted(COMPONENTS, dim),
        (n, source) -> {
          double[][] rows = new double[n][];
          for (int i = 0; i < n; i++) {
            int c = source.nextInt(COMPONENTS);
            rows[i] = affine(means[c], factors[c], normals(dim, 1, source));
          }
          return rows;
        });
  }

  /**
   * Patches of natural images as FFJORD takes them (BSDS300): noise is added to the grey levels,
   * they are divided by 256, each patch's mean is subtracted and its last pixel left out. Where the
   * images are absent, a mixture of normals of the same size.
   *
   * @param folder the folder of published data
   * @param streams decide the mixture
   */
  static PeerData patches(Path folder, RandomStreams streams) {
    Path file = folder.resolve("bsds300").resolve("bsds300_patches_train_u8.npy");
    if (!Files.isRegularFile(file)) {
      return mixture(PATCH_PIXELS - 1, streams);
    }
    return patches(file);
  }

  /** Patches of one file. */
  static PeerData patches(Path file) {
    double[] levels = NpyFiles.read(file).values();
    int patches = levels.length / PATCH_PIXELS;
    return new PeerData(
        "BSDS300 patches",
        (n, source) -> {
          double[][] rows = new double[n][];
          for (int i = 0; i < n; i++) {
            rows[i] = patch(levels, source.nextInt(patches) * PATCH_PIXELS, source);
          }
          return rows;
        });
  }

  /**
   * Cardiotocograms of ADBench's set cardio: the first half of the normal rows, scaled, with normal
   * noise of the width {@code n^(-1/(d + 4))} (Scott 1992), since they are counts and rounded
   * numbers. Where the set is absent, a mixture of normals of the same size.
   *
   * @param folder the folder of published data
   * @param columns its columns
   * @param streams decide the mixture
   */
  static PeerData cardio(Path folder, int columns, RandomStreams streams) {
    Path file = folder.resolve("adbench").resolve("6_cardio.npz");
    if (!Files.isRegularFile(file)) {
      return mixture(columns, streams);
    }
    double[][] features = Tables.read(file + ":X").rows();
    double[] labels = Tables.read(file + ":y").column(0);
    List<double[]> normal = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == 0) {
        normal.add(features[i]);
      }
    }
    double[][] half = normal.subList(0, (normal.size() + 1) / 2).toArray(new double[0][]);
    double[][] rows = Moments.of(half).standardize(half);
    double width = Math.pow(rows.length, -1.0 / (columns + 4));
    return new PeerData(
        "ADBench cardio, smoothed",
        (n, source) -> {
          double[][] drawn = new double[n][];
          for (int i = 0; i < n; i++) {
            double[] row = rows[source.nextInt(rows.length)].clone();
            for (int j = 0; j < row.length; j++) {
              row[j] += width * source.nextGaussian();
            }
            drawn[i] = row;
          }
          return drawn;
        });
  }

  private static double[] patch(double[] levels, int from, RandomGenerator random) {
    double[] patch = new double[PATCH_PIXELS];
    double mean = 0;
    for (int j = 0; j < PATCH_PIXELS; j++) {
      patch[j] = (levels[from + j] + random.nextDouble()) / GREY_LEVELS;
      mean += patch[j] / PATCH_PIXELS;
    }
    double[] row = new double[PATCH_PIXELS - 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = patch[j] - mean;
    }
    return row;
  }

  private static double[] affine(double[] mean, double[][] factor, double[] z) {
    double[] row = mean.clone();
    for (int i = 0; i < row.length; i++) {
      for (int j = 0; j < z.length; j++) {
        row[i] += factor[i][j] * z[j];
      }
    }
    return row;
  }

  private static double[] normals(int n, double deviation, RandomGenerator random) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }
}
