package org.fjordflow.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.core.train.CsvMetrics;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * Trains a flow of images in a folder that a later call can go on from: {@code curve.csv} and
 * {@code curve.svg} (losses are bits per dimension), {@code checkpoint.safetensors}, {@code
 * model.safetensors} with the best parameters, {@code samples.png}. Noise is fresh in every step
 * and depends on step and seed alone, so a resumed training has the bits of one that was not
 * stopped.
 */
final class ImageTraining {

  private static final int INITIALIZATION_IMAGES = 256;

  private final ImageSettings settings;
  private final ImageData data;
  private final Path folder;
  private final PrintStream out;
  private final RandomStreams random;
  private final Dequantization dequantization;

  /**
   * What a call came to.
   *
   * @param training of this call
   * @param testBits mean bits per dimension of the test images
   * @param testError its standard error over images
   */
  record Result(TrainingResult training, double testBits, double testError) {}

  ImageTraining(ImageSettings settings, ImageData data, Path folder, PrintStream out) {
    this.settings = settings;
    this.data = data;
    this.folder = folder;
    this.out = out;
    this.random = new RandomStreams(settings.seed());
    this.dequantization = settings.dequantization();
  }

  /**
   * Trains.
   *
   * @param threads how many
   * @param resume whether to go on from the folder's checkpoint
   * @param stops whether to stop after a step, to be resumed later
   * @param samples how many to draw
   */
  Result run(int threads, boolean resume, LongPredicate stops, int samples) {
    requireFolder(resume);
    try (Backend backend = new CpuBackend(DType.FLOAT32, threads)) {
      Parameters parameters = new Parameters(backend);
      Flow flow =
          settings
              .model()
              .create(data.shape(), settings, parameters, random.generator(Purpose.INITIALIZATION));
      out.printf("%s with %,d parameters%n", settings, parameters.size());
      TrainingState state = resume ? checkpoint(parameters) : started(flow, parameters);
      TrainingResult training = train(flow, parameters, state, stops);
      ModelTensors.of(parameters, Map.of("settings", settings.toString()))
          .write(folder.resolve("model.safetensors"));
      BitsCurve.write(folder.resolve("curve.csv"), folder.resolve("curve.svg"));
      drawSamples(flow, samples);
      return judged(flow, training);
    }
  }

  /** Other settings would not go on with the same training. */
  private void requireFolder(boolean resume) {
    Path file = folder.resolve("settings.txt");
    if (!resume) {
      if (Files.exists(folder.resolve("checkpoint.safetensors"))) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            folder + " has a training already; go on with it (--resume) or give another folder");
      }
      AtomicFiles.writeText(file, settings.toString());
      return;
    }
    String earlier = read(file);
    if (!earlier.equals(settings.toString())) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s was trained with %s, not with %s; give the same options"
              .formatted(folder, earlier, settings));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new FjordException(
          ErrorKey.FILE_MISSING, "no training to go on with: cannot read " + file, e);
    }
  }

  private TrainingState checkpoint(Parameters parameters) {
    return Checkpoint.read(folder.resolve("checkpoint.safetensors"), parameters)
        .stateFor(settings.training());
  }

  private TrainingState started(Flow flow, Parameters parameters) {
    int n = Math.min(INITIALIZATION_IMAGES, data.train().length);
    double[][] first = Arrays.copyOf(data.train(), n);
    double[][] rows = dequantization.apply(first, random.generator(Purpose.PROBES));
    flow.initialize(rows, Context.none(), random.generator(Purpose.PROBES));
    return TrainingState.start(parameters);
  }

  private TrainingResult train(
      Flow flow, Parameters parameters, TrainingState state, LongPredicate stops) {
    TrainerConfig config = settings.training();
    BatchSource pixels = BatchSource.shuffled(Batch.of(data.train()));
    BatchSource noisy =
        (step, size, streams) ->
            Batch.of(
                dequantization.apply(
                    pixels.batch(step, size, streams).rows(),
                    streams.generator(Purpose.PROBES, step)));
    double[][] heldOut = dequantization.apply(data.heldOut(), random.generator(Purpose.VALIDATION));
    Validation validation = unused -> mean(bits(flow, heldOut));
    Stop stop = new Stop(stops);
    Trainer trainer =
        new Trainer(
            config,
            parameters,
            bits(flow),
            noisy,
            validation,
            List.of(
                new CsvMetrics(folder.resolve("curve.csv"), settings.interval()),
                new Checkpoint.Writer(
                    folder.resolve("checkpoint.safetensors"),
                    parameters,
                    config,
                    settings.interval()),
                new Progress(out),
                stop));
    stop.trainer = trainer;
    return trainer.resume(state);
  }

  /** Bits per dimension in place of nats: the logarithm of the scale's slope does not train. */
  private Objective bits(Flow flow) {
    Objective nats = Objectives.negativeLogLikelihood(flow);
    return (pass, batch) -> {
      double offset = mean(dequantization.bitsPerDimension(new double[batch.size()], batch.rows()));
      return pass.tape()
          .affine(Dequantization.bitsPerNat(flow.dim()), nats.loss(pass, batch), offset);
    };
  }

  private double[] bits(Flow flow, double[][] rows) {
    double[] logProb = flow.logProb(rows, Context.none(), random.generator(Purpose.PROBES));
    return dequantization.bitsPerDimension(logProb, rows);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private Result judged(Flow flow, TrainingResult training) {
    double[][] rows = dequantization.apply(data.test(), random.generator(Purpose.TEST));
    double[] bits = bits(flow, rows);
    double mean = mean(bits);
    double variance = Arrays.stream(bits).map(b -> (b - mean) * (b - mean)).average().orElseThrow();
    return new Result(training, mean, Math.sqrt(variance / bits.length));
  }

  private void drawSamples(Flow flow, int n) {
    double[][] rows = flow.sample(n, Context.none(), random.generator(Purpose.SAMPLES));
    ImageSheet.write(folder.resolve("samples.png"), data.shape(), dequantization.undo(rows));
  }

  /** Stops a trainer after a step. */
  private static final class Stop implements TrainingListener {
    private final LongPredicate after;
    private @Nullable Trainer trainer;

    Stop(LongPredicate after) {
      this.after = after;
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      if (trainer != null && after.test(step)) {
        trainer.stop();
      }
    }
  }

  /** A line for every validation. */
  private record Progress(PrintStream out) implements TrainingListener {
    @Override
    public void validated(ValidationMetrics metrics) {
      out.printf(
          "step %d: %.4f bits per dimension held out, %.0f s%n",
          metrics.step(), metrics.loss(), metrics.seconds());
    }
  }
}
