package org.fjordflow.bench.tables;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.NormalBaselines;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.Smoothing;

/**
 * What one training came to on the test rows of one table.
 *
 * @param set name of the table
 * @param model name of the recipe
 * @param steps at most, 0 for an open end
 * @param logLikelihood mean over the test rows, in nats
 * @param standardError of that mean
 * @param normal mean of a normal with full covariance; NaN where there are columns with
 *     probabilities
 * @param bestStep the step that was kept
 * @param seconds of processors' time
 */
record TableResult(
    String set,
    String model,
    long steps,
    double logLikelihood,
    double standardError,
    double normal,
    long bestStep,
    double seconds) {

  static final String HEADER =
      "set,model,steps,log_likelihood,standard_error,normal,best_step,seconds";

  private static final double TEST = 0.1;

  /** A training to be compared. */
  record Candidate(Recipe recipe, long steps) {
    String label() {
      return steps == 0 ? "default" : recipe.id() + ", " + steps + " steps";
    }
  }

  boolean is(Candidate candidate) {
    return model.equals(candidate.recipe.id()) && steps == candidate.steps;
  }

  String cell() {
    return String.format(
        Locale.ROOT,
        "%.3f ± %.3f (step %d, %.0f s)",
        logLikelihood,
        standardError,
        bestStep,
        seconds);
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%s,%s,%d,%.6f,%.6f,%.6f,%d,%.2f",
        set,
        model,
        steps,
        logLikelihood,
        standardError,
        normal,
        bestStep,
        seconds);
  }

  static TableResult parse(String line) {
    String[] cells = line.split(",", -1);
    return new TableResult(
        cells[0],
        cells[1],
        Long.parseLong(cells[2]),
        Double.parseDouble(cells[3]),
        Double.parseDouble(cells[4]),
        Double.parseDouble(cells[5]),
        Long.parseLong(cells[6]),
        Double.parseDouble(cells[7]));
  }

  /** Trains on nine tenths of a table with one thread, and scores the rest. */
  static TableResult of(TableSet set, Path data, Candidate candidate) throws IOException {
    Table all = set.read(data);
    Table.Split split = Table.Split.random(all, repeated(all), 0, TEST, new SplittableRandom(7));
    FitOptions.Builder options = FitOptions.builder(candidate.recipe).threads(1);
    if (set.noise().equals(Smoothing.SCOTT)) {
      options.scottNoise();
    } else {
      options.noise(Double.parseDouble(set.noise()));
    }
    if (candidate.steps > 0) {
      options.steps(candidate.steps);
    }
    long before = processorTime();
    try (FlowModel model = FlowModel.fit(split.train(), options.build())) {
      double seconds = (processorTime() - before) * 1e-9;
      double[][] train = model.data(split.train());
      Batch test = Batch.of(model.data(split.test()));
      Smoothing smoothing =
          Smoothing.of(set.noise(), train, model.columns(), model.config().table());
      Batch noisy = smoothing.on(test, new SplittableRandom(8));
      double[] means = new double[test.size()];
      double[] logProb = model.logProb(noisy.rows());
      int copies = noisy.size() / test.size();
      for (int i = 0; i < logProb.length; i++) {
        means[i % means.length] += logProb[i] / copies;
      }
      NormalBaselines normals =
          model.baselines(smoothing.on(Batch.of(train), new SplittableRandom(9)), noisy);
      double mean = Arrays.stream(means).average().orElseThrow();
      double variance =
          Arrays.stream(means).map(x -> (x - mean) * (x - mean)).sum() / (means.length - 1);
      return new TableResult(
          set.name(),
          candidate.recipe.id(),
          candidate.steps,
          mean,
          Math.sqrt(variance / means.length),
          -normals.full(),
          model.fitted().orElseThrow().bestStep(),
          seconds);
    }
  }

  /** Rows that are the same go to the same part. */
  private static int[] repeated(Table table) {
    Map<List<Double>, Integer> seen = new HashMap<>();
    return Arrays.stream(table.rows())
        .mapToInt(
            row -> seen.computeIfAbsent(Arrays.stream(row).boxed().toList(), key -> seen.size()))
        .toArray();
  }

  private static long processorTime() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }
}
