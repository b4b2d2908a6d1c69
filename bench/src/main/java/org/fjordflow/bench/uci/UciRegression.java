package org.fjordflow.bench.uci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.fjordflow.model.Recipe;

/**
 * Test log-likelihoods of p(y | x) on UCI's regression sets, with one setting, beside a linear
 * normal and published MC dropout; see {@code bench/uci}.
 */
public final class UciRegression {

  private static final String DATA = "../shared/data/uci";
  private static final int SPLITS = 20;

  private UciRegression() {}

  /** Fits what the results file has not, and prints the table; see {@code bench/uci}. */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = options(args);
    Path data = Path.of(options.getOrDefault("data", DATA));
    Path file = Path.of(options.getOrDefault("results", "bench/target/uci.csv"));
    Path reference = data.resolve("reference_ll.csv");
    if (!Files.isRegularFile(reference)) {
      System.out.println("no " + reference + "; --data DIR names the folder of UCI's sets");
      return;
    }
    int splits = Integer.parseInt(options.getOrDefault("splits", "" + SPLITS));
    int together = Integer.parseInt(options.getOrDefault("together", "2"));
    Recipe recipe = Recipe.of(options.getOrDefault("model", Recipe.NSF_AR.id()));
    List<String[]> sets =
        Files.readAllLines(reference).stream().skip(1).map(line -> line.split(",", -1)).toList();
    fit(missing(sets, splits, read(file)), data, file, recipe, together);
    print(sets, splits, read(file));
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    return options;
  }

  private static List<SplitResult> read(Path file) throws IOException {
    return Files.isRegularFile(file)
        ? Files.readAllLines(file).stream().skip(1).map(SplitResult::parse).toList()
        : List.of();
  }

  /** A split to be fitted. */
  private record Job(String set, int split) {}

  /** Splits without a result, those of one number of all sets before the next. */
  private static List<Job> missing(List<String[]> sets, int splits, List<SplitResult> done) {
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < splits; i++) {
      for (String[] set : sets) {
        jobs.add(new Job(set[0], i));
      }
    }
    done.forEach(result -> jobs.remove(new Job(result.set(), result.split())));
    return jobs;
  }

  private static void fit(List<Job> jobs, Path data, Path file, Recipe recipe, int together)
      throws IOException, InterruptedException, ExecutionException {
    if (!Files.isRegularFile(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, SplitResult.HEADER + "\n");
    }
    ExecutorService threads = Executors.newFixedThreadPool(together);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (Job job : jobs) {
        running.add(
            threads.submit(
                () -> {
                  RegressionSet set = RegressionSet.read(data.resolve(job.set));
                  append(file, SplitResult.of(job.set, set, job.split, recipe));
                  return null;
                }));
      }
      for (Future<?> job : running) {
        job.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static synchronized void append(Path file, SplitResult result) throws IOException {
    Files.writeString(file, result.line() + "\n", StandardOpenOption.APPEND);
    System.err.println(result.line());
  }

  private static void print(List<String[]> sets, int splits, List<SplitResult> all) {
    System.out.println(
        "| set | splits | test log-likelihood | linear normal | MC dropout, published | coverage of 90 % | a fit |");
    System.out.println("|---|---|---|---|---|---|---|");
    double coverage = 0;
    for (String[] set : sets) {
      List<SplitResult> own =
          all.stream().filter(r -> r.set().equals(set[0]) && r.split() < splits).toList();
      double linear = Double.parseDouble(set[5]);
      System.out.println(SplitResult.summary(own, linear, Double.parseDouble(set[7])));
      coverage +=
          own.stream().mapToDouble(SplitResult::coverage).average().orElseThrow() / sets.size();
    }
    System.out.printf("%nmean coverage: %.1f %%%n", 100 * coverage);
  }
}
