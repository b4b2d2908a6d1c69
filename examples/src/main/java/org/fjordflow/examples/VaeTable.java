package org.fjordflow.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.LogSum;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.inference.amortised.Vae;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Bounds of autoencoders with several posteriors under equal steps, and the differences to the
 * first with their standard errors over test images; see bench/vae. What the results folder has is
 * not computed again.
 */
@Command(name = "vae", mixinStandardHelpOptions = true, showDefaultValues = true)
public final class VaeTable implements Callable<Integer> {

  /** Images that are evaluated together, with draws of their own. */
  private static final int PART = 50;

  /** Columns of files. */
  private static final int BOUND = 0;

  private static final int EVIDENCE = 1;
  private static final int SECONDS = 6;

  @Option(names = "--set", description = "${COMPLETION-CANDIDATES}")
  private VaeSet set = VaeSet.FREYFACES;

  @Option(names = "--posteriors", split = ",", description = "the first is compared with")
  private List<VaePosterior> posteriors =
      List.of(
          VaePosterior.NONE,
          VaePosterior.PLANAR,
          VaePosterior.IAF,
          VaePosterior.SYLVESTER,
          VaePosterior.FFJORD);

  @Option(names = "--results", description = "folder of what was computed")
  private Path results = Path.of("bench/target/vae");

  @Option(names = "--steps", description = "of each training")
  private long steps = 12_000;

  @Option(names = "--seeds", split = ",", description = "each draws the test images anew")
  private List<Long> seeds = List.of(1L);

  @Option(names = "--at-once", description = "trainings, of one thread each")
  private int atOnce = 2;

  @Option(names = "--hidden", description = "width of the hidden layers")
  private int hidden = 300;

  @Option(names = "--rate", description = "largest learning rate")
  private double rate = 3e-3;

  @Option(names = "--noise", description = "of what the encoder sees in training; pixels have 2")
  private double noise = 0;

  @Option(names = "--draws", description = "of importance sampling, for each test image")
  private int draws = 100;

  @Option(names = "--test", description = "at most so many test images")
  private int most = 1000;

  /** Trains and evaluates what the results folder has not, and prints the table. */
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new VaeTable()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(atOnce);
    try {
      List<Future<Path>> runs = new ArrayList<>();
      for (long seed : seeds) {
        ImageData data = set.read(CardioAnomalies.dataFolder(), seed);
        // The last ones take longest: where they begin first, none is left to run alone.
        for (int i = posteriors.size() - 1; i >= 0; i--) {
          VaePosterior posterior = posteriors.get(i);
          runs.add(workers.submit(() -> complete(posterior, seed, data)));
        }
      }
      for (Future<Path> run : runs) {
        run.get();
      }
    } finally {
      workers.shutdownNow();
    }
    print();
    return 0;
  }

  private Path folder(VaePosterior posterior, long seed) {
    return results.resolve(
        String.format(Locale.ROOT, "%s-%d-%s-%d", set, steps, posterior, seed)
            .toLowerCase(Locale.ROOT));
  }

  private Path complete(VaePosterior posterior, long seed, ImageData data) throws IOException {
    Path folder = folder(posterior, seed);
    Path file = folder.resolve("test.csv");
    if (Files.isRegularFile(file)) {
      return file;
    }
    Files.createDirectories(folder);
    VaeSettings settings =
        new VaeSettings(
            set,
            posterior,
            set.latent(),
            hidden,
            steps,
            100,
            rate,
            noise,
            steps / 5,
            Math.max(1, steps / 50),
            seed);
    TrainingListener progress =
        new TrainingListener() {
          @Override
          public void validated(ValidationMetrics metrics) {
            System.err.printf(
                "%s %d step %d: %.4f held out, %.0f s%n",
                posterior, seed, metrics.step(), unit(data) * metrics.loss(), metrics.seconds());
          }
        };
    new VaeTraining(settings, data, folder)
        .run(
            1,
            step -> false,
            (vae, images) -> AtomicFiles.writeText(file, evaluated(vae, images, seed)),
            progress);
    return file;
  }

  private double unit(ImageData data) {
    return set.inBits() ? 1 / (data.shape().size() * Math.log(2)) : 1;
  }

  /** A line for each test image: minus the bound and minus the log-evidence. */
  private String evaluated(Vae vae, ImageData data, long seed) {
    StringBuilder lines = new StringBuilder("bound,evidence\n");
    double unit = unit(data);
    double[][] test = Arrays.copyOf(data.test(), Math.min(most, data.test().length));
    for (int from = 0; from < test.length; from += PART) {
      double[][] part = Arrays.copyOfRange(test, from, Math.min(test.length, from + PART));
      double[][] weights =
          vae.logWeights(part, draws, new RandomStreams(seed).generator(Purpose.TEST, from));
      for (double[] row : weights) {
        lines.append(
            String.format(
                Locale.ROOT,
                "%.6f,%.6f%n",
                -unit * Arrays.stream(row).average().orElseThrow(),
                -unit * logMeanExp(row)));
      }
    }
    return lines.toString();
  }

  private static double logMeanExp(double[] logs) {
    LogSum sum = new LogSum();
    Arrays.stream(logs).forEach(sum::add);
    return sum.value() - Math.log(logs.length);
  }

  /** A mean with its standard error. */
  private record Mean(double value, double error) {
    static Mean of(double[] values) {
      double mean = Arrays.stream(values).average().orElse(Double.NaN);
      double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
      return new Mean(mean, Math.sqrt(squares / Math.max(1, values.length - 1) / values.length));
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.4f ± %.4f", value, error);
    }
  }

  private void print() throws IOException {
    System.out.printf(
        "| posterior | %s by the bound | by importance sampling | bound less that of %s, paired | seconds |%n|---|---|---|---|---|%n",
        set.inBits() ? "bits per dimension" : "nats", posteriors.get(0));
    double[] first = column(posteriors.get(0), BOUND);
    for (VaePosterior posterior : posteriors) {
      double[] bounds = column(posterior, BOUND);
      double[] differences = new double[bounds.length];
      Arrays.setAll(differences, i -> bounds[i] - first[i]);
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %s | %.0f |%n",
          posterior,
          Mean.of(bounds),
          Mean.of(column(posterior, EVIDENCE)),
          Mean.of(differences),
          seconds(posterior));
    }
  }

  /** A column of all seeds' test images. */
  private double[] column(VaePosterior posterior, int index) {
    return seeds.stream()
        .map(seed -> Tables.read(folder(posterior, seed).resolve("test.csv")).column(index))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /** Seconds of the trainings, where they were not interrupted. */
  private double seconds(VaePosterior posterior) {
    double sum = 0;
    for (long seed : seeds) {
      double[] times =
          Tables.readWithGaps(folder(posterior, seed).resolve("curve.csv")).column(SECONDS);
      sum += Arrays.stream(times).max().orElse(Double.NaN);
    }
    return sum;
  }
}
