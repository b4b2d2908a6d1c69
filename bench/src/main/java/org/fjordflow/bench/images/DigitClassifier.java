package org.fjordflow.bench.images;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.model.images.Images;

/**
 * Tells digits by three convolutions and two layers, trained on images that are shifted by a pixel
 * at most. Holds native memory until closed.
 */
final class DigitClassifier implements AutoCloseable {

  private static final int CHANNELS = 24;
  private static final int HIDDEN = 128;
  private static final int BATCH = 64;
  private static final double RATE = 2e-3;
  private static final double DECAY = 0.02;
  private static final int JUDGED_AT_ONCE = 500;

  private final ImageShape shape;
  private final double most;
  private final Backend backend = new CpuBackend(DType.FLOAT32);
  private final Parameters parameters = new Parameters(backend);
  private final List<Convolution> convolutions;
  private final Dense hidden;
  private final Dense last;

  private DigitClassifier(Images images, RandomGenerator random) {
    shape = images.shape();
    most = images.levels() - 1.0;
    int height = shape.height();
    int width = shape.width();
    int down = (height + 1) / 2;
    int across = (width + 1) / 2;
    int wide = 2 * CHANNELS;
    convolutions =
        List.of(
            Convolution.create(
                parameters, "a", height, width, shape.channels(), CHANNELS, 3, random),
            Convolution.create(parameters, "b", height, width, CHANNELS, wide, 3, 2, random),
            Convolution.create(parameters, "c", down, across, wide, wide, 3, random));
    hidden = Dense.create(parameters, "d", down * across * wide, HIDDEN, random);
    last = Dense.create(parameters, "e", HIDDEN, images.classes().size(), random);
  }

  /**
   * Trains a classifier.
   *
   * @param images with a class each
   * @param epochs how often each is seen
   */
  static DigitClassifier train(Images images, int epochs, long seed) {
    DigitClassifier made =
        new DigitClassifier(images, new RandomStreams(seed).generator(Purpose.INITIALIZATION));
    long steps = (long) epochs * images.size() / BATCH;
    TrainerConfig config =
        TrainerConfig.of(steps, BATCH, seed)
            .withOptimizer(new Optimizer.AdamW(RATE, 0.9, 0.999, 1e-8, DECAY))
            .withSchedule(
                new Schedule.WarmUp(
                    Math.max(1, steps / 20), new Schedule.Cosine(Math.max(1, steps), 0.01)));
    new Trainer(
            config,
            made.parameters,
            made::loss,
            shifted(BatchSource.shuffled(images.batch()), images.shape()),
            List.of())
        .train();
    return made;
  }

  /** Each image moved by a pixel at most, down and across. */
  private static BatchSource shifted(BatchSource batches, ImageShape shape) {
    return (step, size, streams) -> {
      Batch batch = batches.batch(step, size, streams);
      RandomGenerator random = streams.generator(Purpose.DEQUANTIZATION, step);
      double[][] rows =
          Arrays.stream(batch.rows())
              .map(row -> shifted(row, shape, random.nextInt(3) - 1, random.nextInt(3) - 1))
              .toArray(double[][]::new);
      return new Batch(rows, classes(batch));
    };
  }

  private static double[] shifted(double[] row, ImageShape shape, int down, int across) {
    double[] moved = new double[row.length];
    for (int y = Math.max(0, down); y < Math.min(shape.height(), shape.height() + down); y++) {
      for (int x = Math.max(0, across); x < Math.min(shape.width(), shape.width() + across); x++) {
        for (int c = 0; c < shape.channels(); c++) {
          moved[shape.column(y, x, c)] = row[shape.column(y - down, x - across, c)];
        }
      }
    }
    return moved;
  }

  /** One hot. */
  private static double[][] classes(Batch batch) {
    return Objects.requireNonNull(batch.context(), "images without classes");
  }

  /** Cross-entropy. */
  private Var loss(Pass pass, Batch batch) {
    Tape tape = pass.tape();
    Var logits = logits(tape, batch.rows());
    double[][] given = classes(batch);
    Var wanted =
        tape.constant(
            RowArrays.flatten(given, given[0].length, "class"), given.length, given[0].length);
    return tape.mean(
        tape.subtract(tape.logSumExp(logits), tape.rowSum(tape.multiply(logits, wanted))));
  }

  private Var logits(Tape tape, double[][] rows) {
    double[] levels = RowArrays.flatten(rows, shape.size(), "image");
    double[] inputs = Arrays.stream(levels).map(level -> 2 * level / most - 1).toArray();
    Var x = tape.constant(inputs, rows.length * shape.pixels(), shape.channels());
    for (Convolution convolution : convolutions) {
      x = convolution.apply(tape, x, Elementwise.RELU);
    }
    x = tape.reshape(x, rows.length, x.rows() / rows.length * x.cols());
    return last.apply(tape, hidden.apply(tape, x, Elementwise.RELU), Elementwise.IDENTITY);
  }

  /**
   * Names the likeliest class of each image.
   *
   * @param rows whole numbers. Not modified.
   */
  int[] classes(double[][] rows) {
    int[] found = new int[rows.length];
    for (int from = 0; from < rows.length; from += JUDGED_AT_ONCE) {
      double[][] some =
          Arrays.copyOfRange(rows, from, Math.min(rows.length, from + JUDGED_AT_ONCE));
      double[][] logits = RowArrays.of(backend, logits(Tape.evaluating(backend), some).value());
      for (int i = 0; i < some.length; i++) {
        int best = 0;
        for (int k = 1; k < logits[i].length; k++) {
          best = logits[i][k] > logits[i][best] ? k : best;
        }
        found[from + i] = best;
      }
    }
    return found;
  }

  @Override
  public void close() {
    backend.close();
  }
}
