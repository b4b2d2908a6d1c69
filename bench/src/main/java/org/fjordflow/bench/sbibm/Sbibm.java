package org.fjordflow.bench.sbibm;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.inference.evaluation.ClassifierTest;
import org.fjordflow.inference.simulation.PosteriorCalibration;
import org.fjordflow.inference.simulation.PosteriorEstimator;
import org.fjordflow.inference.simulation.PosteriorOptions;
import org.fjordflow.inference.simulation.Simulations;

/** Posteriors of sbibm's tasks from 10,000 simulations, beside its references; see bench/sbibm. */
public final class Sbibm {

  private static final int RUNS = 10_000;
  private static final int OBSERVATIONS = 10;
  private static final int DRAWS = 10_000;

  /** Of coverage: simulations and draws from each posterior. */
  private static final int JUDGED = 2_000;

  private static final int DRAWS_EACH = 99;
  private static final double[] MASSES = {0.5, 0.8, 0.9, 0.95};
  private static final double CONFIDENCE = 0.99;

  private final Path data;
  private final Path results;

  /** The name of another library whose draws lie in the results folder, or empty. */
  private final String peer;

  private Sbibm(Path data, Path results, String peer) {
    this.data = data;
    this.results = results;
    this.peer = peer;
  }

  /** Trains and compares what the results folder has not, and prints the table. */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = options(args);
    Path data = Path.of(options.getOrDefault("data", "../shared/data/sbibm"));
    if (!Files.isDirectory(data)) {
      System.out.println("no " + data + "; --data DIR names the folder of sbibm's tasks");
      return;
    }
    Sbibm run =
        new Sbibm(
            data,
            Path.of(options.getOrDefault("results", "bench/target/sbibm")),
            options.getOrDefault("peer", ""));
    Files.createDirectories(run.results);
    int most = Integer.parseInt(options.getOrDefault("observations", "" + OBSERVATIONS));
    List<SbiTask> tasks =
        Arrays.stream(SbiTask.values())
            .filter(
                task ->
                    !options.containsKey("tasks")
                        || List.of(options.get("tasks").split(",", -1)).contains(task.id()))
            .toList();
    for (SbiTask task : tasks) {
      run.complete(task, most);
      if (!run.peer.isEmpty()) {
        run.completePeer(task, most);
      }
    }
    run.print(tasks);
  }

  private static Map<String, String> options(String[] args) {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    return options;
  }

  private void complete(SbiTask task, int most) throws IOException, InterruptedException {
    Path folder = results.resolve(task.id());
    if (!Files.isRegularFile(training(task, ""))) {
      train(task, folder);
    }
    try (PosteriorEstimator estimator = PosteriorEstimator.load(folder)) {
      if (!Files.isRegularFile(coverages(task))) {
        judge(task, estimator);
      }
      for (int observation : missing(comparisons(task, ""), most)) {
        double[] observed =
            Table.read(folder(task, observation).resolve("observation.csv")).rows()[0];
        compare(task, "", observation, estimator.at(observed).sample(DRAWS, observation).rows());
      }
    }
  }

  private void completePeer(SbiTask task, int most) throws IOException, InterruptedException {
    for (int observation : missing(comparisons(task, peer), most)) {
      Path draws = results.resolve("%s-%s-%d.npy".formatted(task.id(), peer, observation));
      if (Files.isRegularFile(draws)) {
        compare(task, peer, observation, Table.read(draws).rows());
      }
    }
  }

  /** The observations that a file of results has not. */
  private static int[] missing(Path file, int most) throws IOException {
    Set<Integer> done =
        read(file).stream().map(ObservationResult::observation).collect(Collectors.toSet());
    return IntStream.rangeClosed(1, most).filter(i -> !done.contains(i)).toArray();
  }

  private Path folder(SbiTask task, int observation) {
    return data.resolve(task.id()).resolve("files").resolve("num_observation_" + observation);
  }

  private static String suffix(String library) {
    return library.isEmpty() ? "" : "-" + library;
  }

  private Path training(SbiTask task, String library) {
    return results.resolve(task.id() + suffix(library) + "-training.csv");
  }

  private Path coverages(SbiTask task) {
    return results.resolve(task.id() + "-coverage.csv");
  }

  private Path comparisons(SbiTask task, String library) {
    return results.resolve(task.id() + suffix(library) + "-c2st.csv");
  }

  private void train(SbiTask task, Path folder) throws IOException {
    Table simulations =
        Simulations.draw(task.prior(), task.simulator(), RUNS, new SplittableRandom(1));
    // For other libraries: parameters first, simulations behind them.
    Tables.write(results.resolve(task.id() + "-simulations.npy"), simulations);
    long start = processorTime();
    try (PosteriorEstimator estimator =
        PosteriorEstimator.fit(
            task.prior(), simulations, PosteriorOptions.standard().withThreads(1))) {
      double seconds = (processorTime() - start) * 1e-9;
      estimator.save(folder);
      append(training(task, ""), String.format(Locale.ROOT, "%s,%.1f", task.id(), seconds));
    }
  }

  private void judge(SbiTask task, PosteriorEstimator estimator) throws IOException {
    RandomGenerator random = new SplittableRandom(2);
    Table fresh = Simulations.draw(task.prior(), task.simulator(), JUDGED, random);
    PosteriorCalibration calibration =
        PosteriorCalibration.of(estimator, fresh, DRAWS_EACH, random);
    StringBuilder line = new StringBuilder(task.id());
    for (double mass : MASSES) {
      double[] band = calibration.band(mass, CONFIDENCE);
      line.append(
          String.format(
              Locale.ROOT, ",%.4f,%.4f,%.4f", calibration.coverage(mass), band[0], band[1]));
    }
    line.append(
        String.format(
            Locale.ROOT,
            ",%.4f,%.4f,%.4f",
            Arrays.stream(calibration.rankPValues()).min().orElseThrow(),
            calibration.coveragePValue(),
            calibration.tarpPValue()));
    append(coverages(task), line.toString());
  }

  /** Of all threads, in nanoseconds: others' work on the machine changes it little. */
  private static long processorTime() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private void compare(SbiTask task, String library, int observation, double[][] drawn)
      throws IOException, InterruptedException {
    double[][] reference = reference(folder(task, observation));
    double accuracy =
        ClassifierTest.of(reference, drawn, new SplittableRandom(observation)).accuracy();
    append(
        comparisons(task, library), new ObservationResult(task.id(), observation, accuracy).line());
  }

  /** Unpacks by bzip2, which Java has not. */
  private static double[][] reference(Path folder) throws IOException, InterruptedException {
    Path packed = folder.resolve("reference_posterior_samples.csv.bz2");
    Process process =
        new ProcessBuilder("bzip2", "-dc", packed.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("bzip2 could not unpack " + packed);
    }
    return text.lines()
        .skip(1)
        .map(line -> Arrays.stream(line.split(",", -1)).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  private static List<ObservationResult> read(Path file) throws IOException {
    return Files.isRegularFile(file)
        ? Files.readAllLines(file).stream().map(ObservationResult::parse).toList()
        : List.of();
  }

  private static void append(Path file, String line) throws IOException {
    Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    System.err.println(line);
  }

  private void print(List<SbiTask> tasks) throws IOException {
    boolean both = !peer.isEmpty();
    System.out.println(
        "| task | observations | C2ST ± standard error | published NPE | training, processor s |"
            + (both ? " %s's C2ST | its training, processor s |".formatted(peer) : "")
            + " coverage of 50, 80, 90, 95 % | outside of 99 % bands | p: ranks, coverage, TARP |");
    System.out.println(
        both ? "|---|---|---|---|---|---|---|---|---|---|" : "|---|---|---|---|---|---|---|---|");
    for (SbiTask task : tasks) {
      double[] own = accuracies(task, "");
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %s | %.3f | %s | %s%s |%n",
          task.id(),
          own.length,
          mean(own),
          task.published(),
          cells(training(task, ""))[1],
          both
              ? "%s | %s | ".formatted(mean(accuracies(task, peer)), cells(training(task, peer))[1])
              : "",
          coverage(cells(coverages(task))));
    }
  }

  private double[] accuracies(SbiTask task, String library) throws IOException {
    return read(comparisons(task, library)).stream()
        .mapToDouble(ObservationResult::accuracy)
        .toArray();
  }

  private static String mean(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(a -> (a - mean) * (a - mean)).sum();
    int n = values.length;
    return String.format(
        Locale.ROOT, "%.3f ± %.3f", mean, Math.sqrt(squares / Math.max(1, n - 1) / n));
  }

  private static String[] cells(Path file) throws IOException {
    return Files.readString(file).strip().split(",", -1);
  }

  private static String coverage(String[] covered) {
    StringBuilder coverage = new StringBuilder();
    int outside = 0;
    for (int k = 0; k < MASSES.length; k++) {
      double share = Double.parseDouble(covered[1 + 3 * k]);
      coverage.append(String.format(Locale.ROOT, k == 0 ? "%.1f" : ", %.1f", 100 * share));
      outside +=
          share < Double.parseDouble(covered[2 + 3 * k])
                  || share > Double.parseDouble(covered[3 + 3 * k])
              ? 1
              : 0;
    }
    int rest = 1 + 3 * MASSES.length;
    return "%s | %d | %s, %s, %s"
        .formatted(coverage, outside, covered[rest], covered[rest + 1], covered[rest + 2]);
  }
}
