package org.fjordflow.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.fjordflow.ode.SolverConfig.ByTolerance;

/** Whether a row's log-density depends on the rows beside it; see {@code bench/rows-alone}. */
public final class RowsAlone {

  private static final long SEED = 3;
  private static final int MOONS = 2_000;
  private static final int STEPS = 300;
  private static final int MOST_ROWS = 4_000;
  private static final double FAR = 1_000;

  private RowsAlone() {}

  /** Prints a table; see {@code bench/rows-alone}. */
  public static void main(String[] args) throws Exception {
    List<String> files = new ArrayList<>(Arrays.asList(args));
    int steps = STEPS;
    Recipe recipe = Recipe.FFJORD;
    while (!files.isEmpty() && files.get(0).startsWith("--")) {
      if (files.get(0).equals("--steps")) {
        steps = Integer.parseInt(files.get(1));
      } else {
        recipe = Recipe.of(files.get(1));
      }
      files = files.subList(2, files.size());
    }
    System.out.println(
        "| rows | type | alone | shuffled | beside far rows | rows within 1e-5 | round trip |");
    System.out.println("|---|---|---|---|---|---|---|");
    double[][] moons = ToyDensity.MOONS.sample(MOONS, new SplittableRandom(SEED));
    compare("moons", Table.of(moons), recipe, steps);
    for (String file : files) {
      compare(name(file), Tables.read(file), recipe, steps);
    }
  }

  private static String name(String file) {
    String last = String.valueOf(Path.of(file.replaceFirst(":[^/]*$", "")).getFileName());
    return last.replaceFirst("\\.\\w+$", "");
  }

  private static void compare(String name, Table table, Recipe recipe, int steps) throws Exception {
    Path folder = Files.createTempDirectory("rows-alone");
    FitOptions options = FitOptions.builder(recipe).steps(steps).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(table, options)) {
      model.save(folder);
    }
    int threads = Runtime.getRuntime().availableProcessors();
    for (String dtype : List.of("float32", "float64")) {
      try (FlowModel model = FlowModel.load(folder, spec -> spec.withDtype(dtype), threads)) {
        System.out.println(line(name, dtype, model, some(table.rows())));
      }
    }
  }

  private static double[][] some(double[][] rows) {
    return Arrays.copyOf(rows, Math.min(rows.length, MOST_ROWS));
  }

  private static String line(String name, String dtype, FlowModel model, double[][] rows) {
    double[] inFile = model.logProb(rows);
    double[] alone = new double[rows.length];
    Arrays.setAll(alone, i -> model.logProb(new double[][] {rows[i]})[0]);
    double[] shuffled = shuffled(model, rows);
    double[] beside = beside(model, rows);
    double[][] all = {alone, shuffled, beside};
    long within =
        Arrays.stream(all).mapToLong(scores -> within(scores, inFile, 1e-5)).min().orElseThrow();
    return String.format(
        Locale.ROOT,
        "| %s, %d | %s | %.2g | %.2g | %.2g | %.2f %% | %.2g deviations, %.2g x the tolerance |",
        name,
        rows.length,
        dtype,
        largest(alone, inFile),
        largest(shuffled, inFile),
        largest(beside, inFile),
        100.0 * within / rows.length,
        roundTrip(model, rows),
        roundTrip(model, rows) / tolerance(model));
  }

  private static double[] shuffled(FlowModel model, double[][] rows) {
    int[] order = new int[rows.length];
    Arrays.setAll(order, i -> i);
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    double[][] mixed = new double[rows.length][];
    Arrays.setAll(mixed, i -> rows[order[i]]);
    double[] scores = model.logProb(mixed);
    double[] back = new double[rows.length];
    for (int i = 0; i < order.length; i++) {
      back[order[i]] = scores[i];
    }
    return back;
  }

  /** Every tenth row is one at 1,000 deviations. */
  private static double[] beside(FlowModel model, double[][] rows) {
    Moments moments = Moments.of(rows);
    List<double[]> mixed = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      if (i % 10 == 0) {
        double[] far = moments.mean().clone();
        for (int j = 0; j < far.length; j++) {
          far[j] += (i % 20 == 0 ? FAR : -FAR) * moments.standardDeviation()[j];
        }
        mixed.add(far);
      }
      places.add(mixed.size());
      mixed.add(rows[i]);
    }
    double[] scores = model.logProb(mixed.toArray(double[][]::new));
    double[] own = new double[rows.length];
    Arrays.setAll(own, i -> scores[places.get(i)]);
    return own;
  }

  private static double largest(double[] a, double[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, difference(a[i], b[i]));
    }
    return largest;
  }

  private static long within(double[] a, double[] b, double bound) {
    long count = 0;
    for (int i = 0; i < a.length; i++) {
      count += difference(a[i], b[i]) <= bound ? 1 : 0;
    }
    return count;
  }

  /** Two densities of zero are equal. */
  private static double difference(double a, double b) {
    return a == b ? 0 : Math.abs(a - b);
  }

  private static double tolerance(FlowModel model) {
    List<SolveSettings.Solved> solved = model.config().continuous();
    return !solved.isEmpty()
            && solved.get(0).solve().evaluation().solver() instanceof ByTolerance solver
        ? Math.max(solver.rtol(), solver.atol())
        : Double.NaN;
  }

  private static double roundTrip(FlowModel model, double[][] rows) {
    double[][] back = model.fromBase(model.toBase(rows, Context.none()), Context.none());
    double[] deviation = Moments.of(rows).standardDeviation();
    double largest = 0;
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < deviation.length; j++) {
        largest = Math.max(largest, Math.abs(back[i][j] - rows[i][j]) / deviation[j]);
      }
    }
    return largest;
  }
}
