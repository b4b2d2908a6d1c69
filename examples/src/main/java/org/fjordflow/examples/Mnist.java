package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.fjordflow.base.FjordException;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a masked autoregressive flow or Glow on images of digits, and says how many bits per
 * dimension it needs for images that it has not seen. May be stopped and resumed; {@code --help}
 * lists the options.
 */
@Command(
    name = "Mnist",
    description = "Trains a flow on MNIST and reports bits per dimension.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true)
public final class Mnist implements Callable<Integer> {

  @Option(names = "--model", description = "${COMPLETION-CANDIDATES}")
  private ImageModel model = ImageModel.GLOW;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "idx files; by default mnist in the folder that FJORD_DATA names")
  private @Nullable Path data;

  @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "of this training")
  private Path folder;

  @Option(names = "--resume", description = "go on with the training in the folder")
  private boolean resume;

  @Option(names = "--steps", description = "steps in all; the learning rate falls over them")
  private long steps = 2000;

  @Option(names = "--minutes", description = "stop after so long, to be resumed; 0 for never")
  private double minutes;

  @Option(names = "--batch", description = "images a step")
  private int batch = 64;

  @Option(names = "--layers", description = "layers of MAF, steps of Glow a level; 0: 5 and 8")
  private int layers;

  @Option(names = "--levels", description = "levels of Glow")
  private int levels = 2;

  @Option(names = "--hidden", description = "units of MAF, channels of Glow; 0: 512 and 64")
  private int hidden;

  @Option(names = "--bound", description = "of the log-scales of Glow's coupling layers")
  private double bound = ColumnTransform.AFFINE_BOUND;

  @Option(
      names = "--pixels",
      description = "what the flow sees: ${COMPLETION-CANDIDATES} (on -0.5 to 0.5)")
  private Pixels pixels = Pixels.LOGIT;

  @Option(names = "--rate", description = "largest learning rate")
  private double rate = 1e-3;

  @Option(names = "--interval", description = "steps between validations and checkpoints")
  private long interval = 100;

  @Option(names = "--held-out", description = "training images held out for validations")
  private int heldOut = 1000;

  @Option(names = "--samples", description = "samples to draw")
  private int samples = 64;

  @Option(names = "--seed", description = "of everything random")
  private long seed = 1;

  @Option(names = "--threads", description = "0 for as many as there are processors")
  private int threads;

  /** Runs the example. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  static int execute(String... args) {
    return new CommandLine(new Mnist())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof FjordException) {
                System.err.println("Mnist: " + failure.getMessage());
                return 1;
              }
              throw failure;
            })
        .execute(args);
  }

  @Override
  public Integer call() {
    ImageSettings settings =
        new ImageSettings(
            model,
            pixels == Pixels.LOGIT,
            layers > 0 ? layers : model.usualLayers(),
            levels,
            hidden > 0 ? hidden : model.usualHidden(),
            bound,
            steps,
            batch,
            rate,
            interval,
            seed);
    Path images = data == null ? CardioAnomalies.dataFolder().resolve("mnist") : data;
    long start = System.nanoTime();
    int workers = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    ImageTraining.Result result =
        new ImageTraining(settings, ImageData.read(images, heldOut), folder, System.out)
            .run(
                workers,
                resume,
                step -> minutes > 0 && System.nanoTime() - start > minutes * 60e9,
                samples);
    System.out.printf(
        "%s after %d steps, %.0f s of them in this call%n",
        result.training().reason(), result.training().steps(), result.training().seconds());
    System.out.printf(
        "best held-out loss %.4f bits per dimension (step %d); test images %.4f, standard error"
            + " %.4f%n",
        result.training().bestValidationLoss(),
        result.training().bestStep(),
        result.testBits(),
        result.testError());
    return 0;
  }

  /** What a flow sees of pixels. */
  enum Pixels {
    LOGIT,
    CENTRED
  }
}
