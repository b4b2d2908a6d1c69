package org.fjordflow.examples.posteriors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.inference.Marginal;
import org.fjordflow.inference.TargetDensity;
import org.fjordflow.inference.VariationalFlow;
import org.fjordflow.inference.VariationalOptions;
import org.fjordflow.inference.VariationalPosterior;

/**
 * Fits posteriordb's posteriors, each with the same options, and compares with Stan's draws.
 * Arguments: the folder of posteriordb, by default posteriordb in the one that FJORD_DATA names;
 * {@code seed=N}; {@code time=SECONDS}, for busy machines, instead of the time limit that a fit
 * has; parts of names, for some of them.
 */
public final class PosteriorTable {

  private PosteriorTable() {}

  /** Prints a line for each. */
  public static void main(String[] args) {
    String data = System.getenv("FJORD_DATA");
    Path folder = Path.of(data == null ? "../shared/data" : data).resolve("posteriordb");
    VariationalOptions.Builder options = VariationalOptions.builder();
    List<String> wanted = new ArrayList<>();
    for (String arg : args) {
      if (arg.startsWith("seed=")) {
        options.seed(Long.parseLong(arg.substring(5)));
      } else if (arg.startsWith("time=")) {
        options.timeLimit(Duration.ofSeconds(Long.parseLong(arg.substring(5))));
      } else {
        wanted.add(arg);
      }
    }
    System.out.println(
        "| posterior | mean: largest error in deviations | deviation: ratios | k | ESS of 20,000 | ELBO | log evidence | seconds | end |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    for (PosteriorDb posterior : PosteriorDb.values()) {
      if (wanted.isEmpty() || wanted.stream().anyMatch(part -> posterior.id().contains(part))) {
        System.out.println(line(posterior, folder, options.build()));
      }
    }
  }

  private static String line(PosteriorDb posterior, Path folder, VariationalOptions options) {
    TargetDensity target = posterior.target(folder);
    long begin = System.nanoTime();
    try (VariationalPosterior fitted = VariationalFlow.fit(target, options)) {
      double seconds = (System.nanoTime() - begin) * 1e-9;
      double worst = 0;
      double least = Double.POSITIVE_INFINITY;
      double most = 0;
      for (Marginal marginal : fitted.summary(posterior.quantities(target), posterior.reported())) {
        double[] reference = posterior.reference(folder, marginal.name());
        double mean = Arrays.stream(reference).average().orElseThrow();
        double squares = Arrays.stream(reference).map(v -> (v - mean) * (v - mean)).sum();
        double deviation = Math.sqrt(squares / (reference.length - 1));
        worst = Math.max(worst, Math.abs(marginal.mean().value() - mean) / deviation);
        double ratio = marginal.deviation().value() / deviation;
        least = Math.min(least, ratio);
        most = Math.max(most, ratio);
      }
      return String.format(
          Locale.ROOT,
          "| %s | %.3f | %.3f to %.3f | %.2f | %.0f | %.3f ± %.3f | %.3f ± %.3f | %.1f | %s |",
          posterior.id(),
          worst,
          least,
          most,
          fitted.paretoK(),
          fitted.effectiveSampleSize(),
          fitted.elbo().value(),
          fitted.elbo().error(),
          fitted.logEvidence().value(),
          fitted.logEvidence().error(),
          seconds,
          fitted.end().text());
    }
  }
}
