package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.fjordflow.cli.compare.Summary;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Predictions;
import org.fjordflow.model.Predictions.Categories;
import org.fjordflow.model.TableSpec;

/**
 * Predictions of rows as a table, and beside what was observed.
 *
 * @param model that they are of
 * @param predictions of rows
 */
record PredictedTargets(FlowModel model, Predictions predictions) {

  /** Which names of columns have not. */
  private static final Pattern LINE_BREAK = Pattern.compile("\\R");

  /** Whether a column has values with probabilities in place of means and quantiles. */
  static boolean isCategory(ColumnSpec column) {
    return column.kind() == Kind.CATEGORY || column.kind() == Kind.YES_NO;
  }

  static boolean isComplete(double[] row) {
    return Arrays.stream(row).allMatch(Double::isFinite);
  }

  static double[] column(double[][] rows, int j) {
    return Arrays.stream(rows).mapToDouble(row -> row[j]).toArray();
  }

  static String name(FlowModel model, int j) {
    return model.columns().isEmpty() ? "x" + (j + 1) : model.columns().get(j);
  }

  /** What was computed rather than drawn. */
  String computed() {
    return predictions.categories(0).isPresent() ? "probabilities computed" : "quantiles computed";
  }

  /** A column of what is written. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  private record Written(String name, Table.Type type, double[] cells) {}

  /** Returns what is written of the rows. */
  Table table() {
    List<Written> columns = new ArrayList<>();
    for (int j = 0; j < model.dim(); j++) {
      String prefix = model.dim() == 1 ? "" : name(model, j) + "_";
      int column = j;
      predictions
          .categories(j)
          .ifPresentOrElse(
              found -> addCategories(columns, prefix, found),
              () -> addNumbers(columns, prefix, column));
    }
    double[][] rows = new double[predictions.rows()][columns.size()];
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < rows[i].length; k++) {
        rows[i][k] = columns.get(k).cells()[i];
      }
    }
    return Table.of(
        columns.stream().map(Written::name).toList(),
        columns.stream().map(Written::type).toList(),
        rows);
  }

  private void addNumbers(List<Written> columns, String prefix, int j) {
    TableSpec kinds = model.config().table();
    String pattern = kinds == null ? null : kinds.data().get(j).pattern();
    Table.Type type = pattern == null ? Table.Type.NUMBER : new Table.Type.Time(pattern);
    columns.add(new Written(prefix + "mean", type, column(predictions.mean(), j)));
    columns.add(
        new Written(prefix + "deviation", Table.Type.NUMBER, column(predictions.deviation(), j)));
    for (double level : predictions.levels()) {
      // 0.05 and not 0.050000
      String name = level == 0.5 ? "median" : "q" + Double.toString(level);
      columns.add(new Written(prefix + name, type, predictions.quantile(j, level)));
    }
  }

  private void addCategories(List<Written> columns, String prefix, Categories found) {
    Table.Type type = model.table(new double[][] {new double[model.dim()]}).type(found.column());
    columns.add(new Written(prefix + "mode", type, modes(found)));
    for (int k = 0; k < found.values().size(); k++) {
      columns.add(
          new Written(
              prefix + "p_" + LINE_BREAK.matcher(found.values().get(k)).replaceAll(" "),
              Table.Type.NUMBER,
              column(found.probability(), k)));
    }
  }

  /** The most probable cells. */
  private double[] modes(Categories found) {
    TableSpec table = model.config().table();
    List<Double> values = table == null ? List.of() : table.data().get(found.column()).values();
    return Arrays.stream(found.modes())
        .mapToDouble(mode -> mode < 0 ? Double.NaN : values.get(mode))
        .toArray();
  }

  /**
   * Says how good predictions are, by the rows whose targets are there.
   *
   * @param rows that were predicted. Not modified.
   * @param all their targets, or what there is of them. Not modified.
   * @param intervals probabilities of central intervals
   */
  void judge(Table rows, double[][] all, List<Double> intervals, Console console) {
    int[] chosen = IntStream.range(0, all.length).filter(i -> isComplete(all[i])).toArray();
    double[][] observed = Arrays.stream(chosen).mapToObj(i -> all[i]).toArray(double[][]::new);
    PredictedTargets judged = new PredictedTargets(model, predictions.select(chosen));
    double[] logProb = model.logProb(observed, model.context(rows.selectRows(chosen)));
    double[] finite = Arrays.stream(logProb).filter(Double::isFinite).toArray();
    Summary mean = Summary.of(finite);
    int none = logProb.length - finite.length;
    TableSpec table = model.config().table();
    boolean probable = table != null && table.data().stream().allMatch(ColumnSpec::isDiscrete);
    console.say(
        "mean log-%s of %d targets given the others %.4f +- %.4f nats%s",
        probable ? "probability" : "density",
        logProb.length,
        mean.mean(),
        mean.standardError(),
        none == 0 ? "" : " without " + none + " of density zero, -Infinity");
    for (int j = 0; j < model.dim(); j++) {
      double[] targets = column(observed, j);
      int column = j;
      console.say(
          "%s: %s",
          name(model, j),
          judged
              .predictions
              .categories(j)
              .map(found -> hits(judged.modes(found), targets))
              .orElseGet(() -> judged.covered(column, targets, intervals)));
    }
  }

  private static String hits(double[] modes, double[] targets) {
    Map<Double, Long> counts =
        DoubleStream.of(targets)
            .boxed()
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    long most = counts.values().stream().mapToLong(Long::longValue).max().orElse(0);
    long right = IntStream.range(0, modes.length).filter(i -> modes[i] == targets[i]).count();
    return String.format(
        Locale.ROOT,
        "%.1f %% of them have their most probable value; the most frequent one has %.1f %%",
        100.0 * right / modes.length,
        100.0 * most / modes.length);
  }

  private String covered(int j, double[] targets, List<Double> intervals) {
    return intervals.stream()
        .map(
            probability ->
                String.format(
                    Locale.ROOT,
                    "%.1f %% of them in intervals of %s %%",
                    100 * predictions.coverage(j, probability, targets),
                    percent(probability)))
        .collect(Collectors.joining(", "));
  }

  /** Such as 90 or 97.5. */
  private static String percent(double probability) {
    double percent = Math.rint(1e8 * probability) / 1e6;
    return percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent);
  }
}
