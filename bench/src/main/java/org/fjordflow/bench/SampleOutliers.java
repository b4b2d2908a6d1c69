package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;

/** How far from the data samples of trained flows lie; see {@code bench/sample-outliers}. */
public final class SampleOutliers {

  private static final int SAMPLES = 100_000;
  private static final double FAR = 10;
  private static final double VERY_FAR = 1_000;

  private SampleOutliers() {}

  /** Prints a line a file and recipe; see {@code bench/sample-outliers}. */
  public static void main(String[] args) {
    List<String> files = new ArrayList<>();
    List<String> recipes = List.of("maf", "iaf", "realnvp", "glow", "ffjord");
    int seeds = 5;
    int steps = 800;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--models" -> recipes = List.of(args[++i].split(",", -1));
        case "--seeds" -> seeds = Integer.parseInt(args[++i]);
        case "--steps" -> steps = Integer.parseInt(args[++i]);
        default -> files.add(args[i]);
      }
    }
    System.out.println("| file | model | beyond 10 | beyond 1,000 | largest | log-likelihood |");
    System.out.println("|---|---|---|---|---|---|");
    for (String file : files) {
      for (String recipe : recipes) {
        System.out.println(line(file, Recipe.of(recipe), seeds, steps));
      }
    }
  }

  /** Distances are in standard deviations of a column, the largest of a row. */
  private static String line(String file, Recipe recipe, int seeds, int steps) {
    Table table = Tables.read(file);
    double[][] rows = table.rows();
    double[][] test = every(rows, true);
    double[][] train = every(rows, false);
    Moments moments = Moments.of(train);
    long far = 0;
    long veryFar = 0;
    double largest = 0;
    double logProb = 0;
    for (int seed = 0; seed < seeds; seed++) {
      FitOptions options = FitOptions.builder(recipe).steps(steps).seed(seed).threads(1).build();
      try (FlowModel model = FlowModel.fit(train, options)) {
        logProb += Arrays.stream(model.logProb(test)).average().orElseThrow() / seeds;
        for (double[] row : moments.standardize(model.sample(SAMPLES, seed).rows())) {
          double distance = Arrays.stream(row).map(Math::abs).max().orElseThrow();
          far += distance > FAR ? 1 : 0;
          veryFar += distance > VERY_FAR ? 1 : 0;
          largest = Math.max(largest, distance);
        }
      }
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %d | %.3g | %.4f |",
        file.replaceFirst(".*/", ""),
        recipe.id(),
        far,
        veryFar,
        largest,
        logProb);
  }

  /** Every fifth row, or the others. */
  private static double[][] every(double[][] rows, boolean fifth) {
    List<double[]> some = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      if ((i % 5 == 0) == fifth) {
        some.add(rows[i]);
      }
    }
    return some.toArray(double[][]::new);
  }
}
