package org.fjordflow.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains a variational autoencoder with a flow posterior on images of faces or digits, and draws
 * samples, reconstructions and interpolations. May be stopped; the same call goes on. {@code
 * --help} lists the options.
 */
@Command(
    name = "VaeImages",
    description = "Trains a variational autoencoder with a flow posterior on images.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    showDefaultValues = true)
public final class VaeImages implements Callable<Integer> {

  private static final int DRAWS = 16;

  @Option(names = "--set", description = "${COMPLETION-CANDIDATES}")
  private VaeSet set = VaeSet.FREYFACES;

  @Option(names = "--posterior", description = "${COMPLETION-CANDIDATES}")
  private VaePosterior posterior = VaePosterior.PLANAR;

  @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "of this training")
  private Path folder;

  @Option(names = "--steps", description = "steps in all; the learning rate falls over them")
  private long steps = 4000;

  @Option(names = "--minutes", description = "stop after so long, to be resumed; 0 for never")
  private double minutes;

  @Option(names = "--batch", description = "images a step")
  private int batch = 100;

  @Option(names = "--latent", description = "latent columns; 0: 64 of faces, 40 of digits")
  private int latent;

  @Option(names = "--hidden", description = "width of the hidden layers")
  private int hidden = 300;

  @Option(names = "--rate", description = "largest learning rate")
  private double rate = 3e-3;

  @Option(names = "--noise", description = "of what the encoder sees in training; pixels have 2")
  private double noise = 0;

  @Option(names = "--warm-up", description = "steps until the divergence counts fully")
  private long warmUp = 1000;

  @Option(names = "--interval", description = "steps between validations and checkpoints")
  private long interval = 200;

  @Option(names = "--seed", description = "of everything random")
  private long seed = 1;

  @Option(names = "--threads", description = "how many compute")
  private int threads = 1;

  /** Runs the example. */
  public static void main(String[] args) {
    System.exit(execute(args));
  }

  static int execute(String... args) {
    return new CommandLine(new VaeImages())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof FjordException) {
                System.err.println("VaeImages: " + failure.getMessage());
                return 1;
              }
              throw failure;
            })
        .execute(args);
  }

  @Override
  public Integer call() throws IOException {
    VaeSettings settings =
        new VaeSettings(
            set,
            posterior,
            latent > 0 ? latent : set.latent(),
            hidden,
            steps,
            batch,
            rate,
            noise,
            warmUp,
            interval,
            seed);
    ImageData data = set.read(CardioAnomalies.dataFolder(), seed);
    double unit = set.inBits() ? 1 / (data.shape().size() * Math.log(2)) : 1;
    String name = set.inBits() ? "bits per dimension" : "nats";
    long start = System.nanoTime();
    TrainingListener progress =
        new TrainingListener() {
          @Override
          public void validated(ValidationMetrics metrics) {
            System.out.printf(
                "step %d: %.4f %s held out, %.0f s%n",
                metrics.step(), unit * metrics.loss(), name, metrics.seconds());
          }
        };
    TrainingResult result =
        new VaeTraining(settings, data, folder)
            .run(
                threads,
                step -> minutes > 0 && System.nanoTime() - start > minutes * 60e9,
                (vae, images) -> {
                  double[] bounds =
                      vae.elbo(
                          images.test(), DRAWS, new RandomStreams(seed).generator(Purpose.TEST));
                  System.out.printf(
                      "bound of test images: %.4f %s%n",
                      -unit * Arrays.stream(bounds).average().orElseThrow(), name);
                },
                progress);
    System.out.printf(
        "%s after %d steps, %.0f s of them in this call; pictures are in %s%n",
        result.reason(), result.state().step(), result.seconds(), folder);
    return 0;
  }
}
