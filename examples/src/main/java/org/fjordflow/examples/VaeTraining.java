package org.fjordflow.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.core.train.CsvMetrics;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.inference.amortised.Vae;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.report.ImageSheet;
import org.fjordflow.report.PictureWriter;

/**
 * Trains an autoencoder of images in a folder. A call with the same settings goes on from the
 * folder's checkpoint, with the bits of a training that was not stopped. The folder then has {@code
 * curve.csv}, {@code model.safetensors} with the best parameters, and pictures: {@code samples.png}
 * (means of the pixels, of latent columns from the prior), {@code reconstructions.png} (test images
 * above what becomes of them), {@code interpolations.png} (lines between the latent columns of two
 * test images).
 */
final class VaeTraining {

  private static final int SAMPLES = 64;
  private static final int PAIRS = 16;
  private static final int LINES = 8;
  private static final int POINTS = 10;
  private static final int ZOOM = 2;

  private final VaeSettings settings;
  private final ImageData data;
  private final Path folder;
  private final RandomStreams random;

  VaeTraining(VaeSettings settings, ImageData data, Path folder) {
    this.settings = settings;
    this.data = data;
    this.folder = folder;
    this.random = new RandomStreams(settings.seed());
  }

  /** What is done with a trained autoencoder. */
  @FunctionalInterface
  interface Use {
    void of(Vae vae, ImageData data) throws IOException;
  }

  /**
   * Trains, and uses what was trained if nothing stopped it.
   *
   * @param threads how many
   * @param stops whether to stop after a step, to be gone on with later
   * @param use what to do in the end
   * @param told of validations
   */
  TrainingResult run(int threads, LongPredicate stops, Use use, TrainingListener told)
      throws IOException {
    try (Backend backend = new CpuBackend(DType.FLOAT32, threads)) {
      Parameters parameters = new Parameters(backend);
      Vae vae =
          Vae.create(
              settings.config(data.shape().size()),
              parameters,
              random.generator(Purpose.INITIALIZATION));
      TrainingResult result = train(vae, parameters, start(parameters), stops, told);
      if (result.state().step() >= settings.steps()) {
        ModelTensors.of(parameters, Map.of("settings", settings.toString()))
            .write(folder.resolve("model.safetensors"));
        draw(vae);
        use.of(vae, data);
      }
      return result;
    }
  }

  /** Other settings would not go on with the same training. */
  private TrainingState start(Parameters parameters) throws IOException {
    Path file = folder.resolve("settings.txt");
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    if (!Files.exists(checkpoint)) {
      AtomicFiles.writeText(file, settings.toString());
      return TrainingState.start(parameters);
    }
    String earlier = Files.readString(file);
    if (!earlier.equals(settings.toString())) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s was trained with %s, not with %s; give the same options, or another folder"
              .formatted(folder, earlier, settings));
    }
    return Checkpoint.read(checkpoint, parameters).stateFor(settings.training());
  }

  private TrainingResult train(
      Vae vae,
      Parameters parameters,
      TrainingState state,
      LongPredicate stops,
      TrainingListener told) {
    TrainerConfig config = settings.training();
    Trainer trainer =
        new Trainer(
            config,
            parameters,
            vae.negativeElbo(settings.noise()),
            Vae.warmedUp(settings.set().batches(data.train()), settings.warmUp()),
            vae.validation(data.heldOut()),
            List.of(
                new CsvMetrics(folder.resolve("curve.csv"), settings.interval()),
                new Checkpoint.Writer(
                    folder.resolve("checkpoint.safetensors"),
                    parameters,
                    config,
                    settings.interval()),
                told,
                new Stop(stops)));
    return trainer.resume(state);
  }

  private void draw(Vae vae) {
    RandomGenerator draws = random.generator(Purpose.SAMPLES);
    double[][] prior = DiagonalNormal.standard(settings.latent()).sample(SAMPLES, draws);
    write("samples.png", vae.decode(prior), LINES);
    double[][] shown = Arrays.copyOf(data.test(), PAIRS);
    double[][] latent = vae.encode(shown, draws);
    List<double[]> pairs = new ArrayList<>(Arrays.asList(shown));
    pairs.addAll(Arrays.asList(vae.decode(latent)));
    write("reconstructions.png", pairs.toArray(double[][]::new), PAIRS);
    List<double[]> lines = new ArrayList<>();
    for (int i = 0; i + 1 < PAIRS; i += 2) {
      lines.addAll(Arrays.asList(Vae.interpolate(latent[i], latent[i + 1], POINTS)));
    }
    write("interpolations.png", vae.decode(lines.toArray(double[][]::new)), POINTS);
  }

  private void write(String name, double[][] rows, int across) {
    PictureWriter.write(
        folder.resolve(name),
        ImageSheet.draw(
            data.shape(), ImageSpec.GREY_LEVELS, settings.set().grey(rows), across, ZOOM));
  }

  /** Stops training after a step. */
  private static final class Stop implements TrainingListener {
    private final LongPredicate after;
    private boolean stops;

    Stop(LongPredicate after) {
      this.after = after;
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      stops = after.test(step);
    }

    @Override
    public boolean stops() {
      return stops;
    }
  }
}
