package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.Predictions.Categories;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.jspecify.annotations.Nullable;

/**
 * Probabilities of the values of categories and answers, given the context of each row: of one
 * column from a normal base computed, from another base by scores, of several the shares of
 * samples.
 */
final class CategoryShares {

  /** Values that are scored at once. */
  private static final int CHUNK = 1 << 13;

  private static final NormalDistribution NORMAL = new NormalDistribution(0, 1);

  private CategoryShares() {}

  /** Makes room for the probabilities of rows, of each column that has some. */
  static List<Categories> empty(FlowSpec spec, int rows) {
    TableSpec table = spec.table();
    return table == null
        ? List.of()
        : IntStream.range(0, spec.dim())
            .filter(j -> isCategory(table.data().get(j)))
            .mapToObj(j -> new Categories(j, written(table.data().get(j)), new double[rows][]))
            .toList();
  }

  private static boolean isCategory(ColumnSpec column) {
    return column.kind() == Kind.CATEGORY || column.kind() == Kind.YES_NO;
  }

  /** Whether a column is text, of whose codes there are no means. */
  static boolean isText(FlowSpec spec, int column) {
    TableSpec table = spec.table();
    return table != null && !table.data().get(column).labels().isEmpty();
  }

  /** Values as a table writes them. */
  private static List<String> written(ColumnSpec column) {
    double[][] cells =
        column.values().stream().map(value -> new double[] {value}).toArray(double[][]::new);
    Table table = Table.of(List.of(column.name()), List.of(Recoding.type(column)), cells);
    return IntStream.range(0, cells.length).mapToObj(i -> table.cell(i, 0)).toList();
  }

  /**
   * Fills in the probabilities of a flow of one column from a normal base: what the base has
   * between the images of the ends of each value's part.
   *
   * @param contexts of the rows, as they are given. Not modified.
   * @param into the column. Modified.
   * @param failures takes rows that cannot be mapped. Modified.
   */
  static void compute(
      Evaluation evaluation, double[][] contexts, Categories into, Failures failures) {
    int each = into.values().size() + 1;
    int step = Math.max(1, CHUNK / each);
    for (int from = 0; from < contexts.length; from += step) {
      int count = Math.min(step, contexts.length - from);
      Failures failed = new Failures();
      double[][] marks =
          evaluation
              .mapping()
              .marksToBase(
                  repeated(contexts, from, count, 1, evaluation.contextSize()), count, failed);
      for (Failure one : failed.list()) {
        failures.add(new Failure(from + one.row(), one.overflow(), one.reason()));
      }
      for (int i = 0; i < count; i++) {
        into.probability()[from + i] = between(marks[i]);
      }
    }
  }

  /** The probabilities of a standard normal between ends; the outer marks say which way is up. */
  private static double[] between(double[] marks) {
    int n = marks.length - 1;
    double sign = marks[n] >= marks[0] ? 1 : -1;
    double[] shares = new double[n];
    for (int k = 0; k < n; k++) {
      double lower = k == 0 ? Double.NEGATIVE_INFINITY : sign * marks[k];
      double upper = k == n - 1 ? Double.POSITIVE_INFINITY : sign * marks[k + 1];
      // Of the upper tail, where differences of probabilities near one would be rounded.
      double share = lower > 0 ? below(-lower) - below(-upper) : below(upper) - below(lower);
      shares[k] = Math.max(0, share); // steps of a solver may disagree in the last digits
    }
    return normalised(shares);
  }

  private static double below(double z) {
    return Double.isInfinite(z) ? (z > 0 ? 1 : 0) : NORMAL.cumulativeProbability(z);
  }

  /**
   * Fills in the probabilities of a flow of one column: of its values all are scored. Integrals are
   * sums over points, so that together they are nearly one.
   *
   * @param contexts of the rows, as they are given. Not modified.
   * @param into the column. Modified.
   * @param failures takes rows that cannot be scored. Modified.
   */
  static void score(
      Evaluation evaluation,
      double[][] contexts,
      Categories into,
      RandomGenerator random,
      Failures failures) {
    TableSpec table = evaluation.spec().table();
    if (table == null) {
      throw new IllegalStateException("categories are those of a table");
    }
    List<Double> values = table.data().get(into.column()).values();
    int each = values.size();
    int step = Math.max(1, CHUNK / each);
    for (int from = 0; from < contexts.length; from += step) {
      int count = Math.min(step, contexts.length - from);
      double[][] rows = new double[count * each][];
      Arrays.setAll(rows, i -> new double[] {values.get(i % each)});
      Context given = repeated(contexts, from, count, each, evaluation.contextSize());
      Failures failed = new Failures();
      double[] logProb = evaluation.score(rows, given, random, failed).logProb();
      for (Failure one : failed.list()) {
        failures.add(new Failure(from + one.row() / each, one.overflow(), one.reason()));
      }
      for (int i = 0; i < count; i++) {
        double[] own = Arrays.copyOfRange(logProb, i * each, (i + 1) * each);
        double greatest = Arrays.stream(own).max().orElse(0);
        into.probability()[from + i] =
            normalised(Arrays.stream(own).map(log -> Math.exp(log - greatest)).toArray());
      }
    }
  }

  /** Returns contexts each repeated so many times in a row. */
  static Context repeated(double[][] contexts, int from, int count, int each, int size) {
    return size == 0
        ? Context.none()
        : Context.of(
            IntStream.range(0, count * each)
                .mapToObj(i -> contexts[from + i / each])
                .toArray(double[][]::new));
  }

  private static double[] normalised(double[] shares) {
    double sum = Arrays.stream(shares).sum();
    return Arrays.stream(shares).map(share -> share / sum).toArray();
  }

  /**
   * Fills in the shares of samples.
   *
   * @param row that they are of
   * @param table what the columns stand for
   * @param drawn its samples. Not modified.
   */
  static void count(List<Categories> into, int row, @Nullable TableSpec table, double[][] drawn) {
    for (Categories categories : into) {
      double[] shares = new double[categories.values().size()];
      int column = categories.column();
      for (double[] sample : drawn) {
        int value = table == null ? -1 : table.data().get(column).indexOf(sample[column]);
        if (value >= 0) {
          shares[value]++;
        }
      }
      categories.probability()[row] =
          Arrays.stream(shares).map(count -> count / drawn.length).toArray();
    }
  }
}
