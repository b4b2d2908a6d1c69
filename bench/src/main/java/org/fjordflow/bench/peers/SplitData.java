package org.fjordflow.bench.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/** Data that discrete flows are compared on, in rows to train on and rows held out. */
enum SplitData {
  /** Two moons: 10,000 and 10,000 rows of 2 columns. */
  MOONS,
  /** Five arms: 10,000 and 10,000 rows of 2 columns. */
  PINWHEEL,
  /** A mixture of correlated normals: 20,000 and 10,000 rows of 21 columns. */
  MIXTURE,
  /** Optical digits with noise: 3,823 and 1,797 rows of 64 columns. */
  DIGITS,
  /** Patches of BSDS300, of two sets of images: 20,000 and 10,000 rows of 63 columns. */
  PATCHES;

  private static final long SEED = 6;
  private static final int TOYS = 10_000;
  private static final int MIXTURE_COLUMNS = 21;
  private static final int PIXELS = 64;

  /**
   * Rows, standardised by the moments of those to train on.
   *
   * @param train to train on
   * @param test held out
   */
  @SuppressWarnings("ArrayRecordComponent") // rows are handed over, not compared
  record Rows(double[][] train, double[][] test) {}

  String id() {
    return Ids.of(this);
  }

  static SplitData of(String id) {
    return Ids.find(values(), SplitData::id, "data set", id);
  }

  /**
   * Reads or draws the rows.
   *
   * @param folder the folder of published data
   * @throws FjordException INVALID_ARGUMENT if it has not got them
   */
  Rows rows(Path folder) {
    RandomStreams streams = new RandomStreams(SEED);
    RandomGenerator random = streams.generator(Purpose.DATA);
    return switch (this) {
      case MOONS -> drawn(new PeerData(id(), ToyDensity.MOONS::sample), TOYS, random);
      case PINWHEEL -> drawn(PeerData.pinwheel(), TOYS, random);
      case MIXTURE -> drawn(PeerData.mixture(MIXTURE_COLUMNS, streams), 2 * TOYS, random);
      case DIGITS -> {
        Path digits = folder.resolve("optdigits");
        yield standardized(
            digits(digits.resolve("optdigits_tra.csv"), random),
            digits(digits.resolve("optdigits_tes.csv"), random));
      }
      case PATCHES -> {
        Path patches = folder.resolve("bsds300");
        yield standardized(
            PeerData.patches(required(patches.resolve("bsds300_patches_train_u8.npy")))
                .sampler()
                .sample(2 * TOYS, random),
            PeerData.patches(required(patches.resolve("bsds300_patches_test_u8.npy")))
                .sampler()
                .sample(TOYS, random));
      }
    };
  }

  private static Rows drawn(PeerData data, int train, RandomGenerator random) {
    return standardized(data.sampler().sample(train, random), data.sampler().sample(TOYS, random));
  }

  private static Rows standardized(double[][] train, double[][] test) {
    Moments moments = Moments.of(train);
    return new Rows(moments.standardize(train), moments.standardize(test));
  }

  /** Levels from 0 to 16 with uniform noise, without the label. */
  private static double[][] digits(Path file, RandomGenerator random) {
    double[][] rows = Tables.read(required(file)).rows();
    double[][] noisy = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      noisy[i] = Arrays.copyOf(rows[i], PIXELS);
      for (int j = 0; j < PIXELS; j++) {
        noisy[i][j] += random.nextDouble();
      }
    }
    return noisy;
  }

  private static Path required(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          file + " is not there; FJORD_DATA names the folder of published data");
    }
    return file;
  }
}
