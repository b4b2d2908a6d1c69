package org.fjordflow.examples.posteriors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.fjordflow.inference.Estimate;
import org.fjordflow.inference.TargetDensity;
import org.fjordflow.inference.VariationalFlow;
import org.fjordflow.inference.VariationalOptions;
import org.fjordflow.inference.VariationalPosterior;

/**
 * Fits one of posteriordb's posteriors and tells how the bound grew, for bench/compare-inference.
 * Arguments: its name, a seed. Prints comma-separated lines: steps, seconds, bound and its error of
 * each part of the training, and at the end, with -1 for the steps, those of the fitted flow.
 * Seconds are those of the processor in all threads, which others' work on the machine changes
 * little; the time limit is an hour, so that it changes nothing either.
 */
public final class PosteriorTrace {

  private PosteriorTrace() {}

  /** Prints the lines. */
  public static void main(String[] args) {
    String data = System.getenv("FJORD_DATA");
    Path folder = Path.of(data == null ? "../shared/data" : data).resolve("posteriordb");
    PosteriorDb posterior =
        Arrays.stream(PosteriorDb.values())
            .filter(p -> p.id().equals(args[0]))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no posterior " + args[0]));
    TargetDensity target = posterior.target(folder);
    double begin = processorTime();
    VariationalOptions options =
        VariationalOptions.builder()
            .timeLimit(Duration.ofHours(1))
            .seed(Long.parseLong(args[1]))
            .progress((steps, seconds, bound) -> print(steps, processorTime() - begin, bound))
            .build();
    System.out.println("steps,seconds,bound,error");
    try (VariationalPosterior fitted = VariationalFlow.fit(target, options)) {
      print(-1, processorTime() - begin, fitted.elbo());
    }
  }

  private static double processorTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() * 1e-9;
  }

  private static void print(long steps, double seconds, Estimate bound) {
    System.out.printf(
        Locale.ROOT, "%d,%.3f,%.6f,%.6f%n", steps, seconds, bound.value(), bound.error());
  }
}
