package org.fjordflow.bench.anomaly;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Areas under the receiver operating characteristic of the default detector on ADBench's sets, its
 * false alarms, and what anomalies among the rows to train on do; see {@code bench/anomaly}.
 */
public final class AnomalyBenchmark {

  private static final String DATA = "../shared/data/adbench";
  private static final int SEEDS = 3;

  /** Sets that take long, with one seed. */
  private static final Set<String> LARGE = Set.of("aloi", "campaign", "internetads", "mnist");

  /** Sets with anomalies enough to put some among the rows to train on, and as many to test. */
  private static final List<String> CONTAMINATED =
      List.of("cardio", "cardiotocography", "fault", "pageblocks", "wilt");

  private static final List<Double> SHARES = List.of(0.01, 0.05);

  private AnomalyBenchmark() {}

  /** Fits what the results file has not, and prints the tables; see {@code bench/anomaly}. */
  public static void main(String[] args) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    Path data = Path.of(options.getOrDefault("data", DATA));
    Path file = Path.of(options.getOrDefault("results", "bench/target/anomaly.csv"));
    Path reference = data.resolve("reference_auroc.csv");
    if (!Files.isRegularFile(reference)) {
      System.out.println("no " + reference + "; --data DIR names the folder of ADBench's sets");
      return;
    }
    List<String[]> sets =
        Files.readAllLines(reference).stream()
            .skip(1)
            .map(line -> line.replaceAll("\"\\([^\"]*\"", "").split(",", -1))
            .toList();
    String only = options.getOrDefault("trials", "protocol,shuffled,contaminated");
    List<Job> jobs = jobs(sets, List.of(only.split(",", -1)));
    List<AnomalyResult> done = read(file);
    done.forEach(r -> jobs.removeIf(job -> job.is(r)));
    String chosen = options.getOrDefault("sets", "");
    for (Job job : jobs) {
      if (chosen.isEmpty() || List.of(chosen.split(",", -1)).contains(job.set)) {
        LabelledSet set = LabelledSet.read(data, job.set);
        append(
            file,
            AnomalyResult.of(
                job.set,
                job.trial,
                job.trial.parts(set, job.seed),
                job.trial.contamination(),
                job.seed));
      }
    }
    AnomalyTables.print(sets, read(file), SHARES, CONTAMINATED);
  }

  /** A detector to be made. */
  private record Job(String set, Trial trial, int seed) {
    boolean is(AnomalyResult result) {
      return result.set().equals(set) && result.trial().equals(trial.id()) && result.seed() == seed;
    }
  }

  private static List<Job> jobs(List<String[]> sets, List<String> trials) {
    List<Job> jobs = new ArrayList<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      for (String[] set : sets) {
        boolean first = seed == 0;
        if (trials.contains("protocol") && (first || !LARGE.contains(set[0]))) {
          jobs.add(new Job(set[0], Trial.PROTOCOL, seed));
        }
        if (trials.contains("shuffled") && first) {
          jobs.add(new Job(set[0], Trial.SHUFFLED, seed));
        }
      }
    }
    for (int seed = 0; seed < SEEDS && trials.contains("contaminated"); seed++) {
      for (String set : CONTAMINATED) {
        for (double share : SHARES) {
          jobs.add(new Job(set, Trial.clean(share), seed));
          jobs.add(new Job(set, Trial.dirty(share), seed));
          jobs.add(new Job(set, Trial.told(share), seed));
        }
      }
    }
    return jobs;
  }

  private static List<AnomalyResult> read(Path file) throws IOException {
    return Files.isRegularFile(file)
        ? Files.readAllLines(file).stream().skip(1).map(AnomalyResult::parse).toList()
        : List.of();
  }

  private static void append(Path file, AnomalyResult result) throws IOException {
    if (!Files.isRegularFile(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, AnomalyResult.HEADER + "\n");
    }
    Files.writeString(file, result.line() + "\n", StandardOpenOption.APPEND);
    System.err.println(result.line());
  }
}
