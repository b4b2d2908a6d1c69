package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.inference.amortised.Likelihood;

/** Sets of images that {@link VaeImages} and {@link VaeTable} train on. */
enum VaeSet {
  /** 1,965 faces of grey levels, in an order that a seed draws: 1,565, 200 and 200. */
  FREYFACES(255, 64) {
    @Override
    Likelihood likelihood() {
      return new Likelihood.DiscretizedLogistic(256);
    }

    @Override
    ImageData read(Path folder, long seed) {
      double[][] all = Tables.read(folder.resolve("freyfaces").resolve("freyfaces_u8.npy")).rows();
      List<double[]> faces = new ArrayList<>(Arrays.asList(all));
      Collections.shuffle(faces, new Random(seed));
      int test = faces.size() - HELD_OUT;
      int heldOut = test - HELD_OUT;
      return new ImageData(
          new ImageShape(28, 20, 1),
          faces.subList(0, heldOut).toArray(double[][]::new),
          faces.subList(heldOut, test).toArray(double[][]::new),
          faces.subList(test, faces.size()).toArray(double[][]::new));
    }
  },
  /**
   * Digits whose pixels are drawn to be 0 or 1 by their grey levels, anew in every step of training
   * (Salakhutdinov and Murray 2008); 59,000, 1,000 and 10,000.
   */
  MNIST(1, 40) {
    @Override
    Likelihood likelihood() {
      return new Likelihood.Bernoulli();
    }

    @Override
    ImageData read(Path folder, long seed) {
      ImageData grey = ImageData.read(folder.resolve("mnist"), 1_000);
      RandomGenerator random = new Random(seed);
      return new ImageData(
          grey.shape(), grey.train(), bits(grey.heldOut(), random), bits(grey.test(), random));
    }

    @Override
    BatchSource batches(double[][] train) {
      BatchSource grey = BatchSource.shuffled(Batch.of(train));
      return (step, size, streams) ->
          Batch.of(
              bits(grey.batch(step, size, streams).rows(), streams.generator(Purpose.DATA, -step)));
    }
  };

  private static final int HELD_OUT = 200;
  private static final double WHITE = 255;

  private final double largest;
  private final int latent;

  VaeSet(double largest, int latent) {
    this.largest = largest;
    this.latent = latent;
  }

  /**
   * Reads the images.
   *
   * @param folder of real data
   * @param seed of what is drawn
   */
  abstract ImageData read(Path folder, long seed);

  /** Rows of each step of training. */
  BatchSource batches(double[][] train) {
    return BatchSource.shuffled(Batch.of(train));
  }

  /** Of the columns of an image. */
  abstract Likelihood likelihood();

  /** How many latent columns published autoencoders of these images have. */
  int latent() {
    return latent;
  }

  /** Whether figures are bits per dimension, not nats. */
  boolean inBits() {
    return this == FREYFACES;
  }

  /** Grey levels from 0 to 255 of what the likelihood is of. */
  double[][] grey(double[][] rows) {
    return Arrays.stream(rows)
        .map(row -> Arrays.stream(row).map(x -> x / largest * WHITE).toArray())
        .toArray(double[][]::new);
  }

  private static double[][] bits(double[][] rows, RandomGenerator random) {
    return Arrays.stream(rows)
        .map(row -> Arrays.stream(row).map(x -> random.nextDouble() * WHITE < x ? 1 : 0).toArray())
        .toArray(double[][]::new);
  }
}
