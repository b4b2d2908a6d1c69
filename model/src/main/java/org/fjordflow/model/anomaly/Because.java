package org.fjordflow.model.anomaly;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;

/**
 * Which columns make rows unlike others: for each column the log-density is maximised over that
 * cell, the others held. What is gained is how far the cell is from what the others let expect; of
 * a normal distribution it is half the square of the cell's conditional z-score.
 */
final class Because {

  /** Values of a column that are tried first. */
  static final int VALUES = 12;

  /** Values that are tried between the neighbours of the best one, and how often. */
  private static final int FINER = 4;

  private static final int ROUNDS = 2;

  /** Rows that are scored at once. */
  private static final int SLICE = 4096;

  /** Log-densities that are held. */
  private static final int MOST_HELD = 1 << 18;

  private final FlowModel model;
  private final double[][] values;
  private final Learned learned;

  /**
   * Prepares to give reasons.
   *
   * @param learned has values of each column, increasing, at least one
   */
  Because(FlowModel model, Learned learned) {
    this.model = model;
    this.values = learned.values();
    this.learned = learned;
  }

  /** Returns values to try: quantiles of normal rows, and of categories all there are. */
  static double[][] values(FlowModel model, double[][] rows) {
    TableSpec table = model.config().table();
    double[][] values = new double[model.dim()][];
    for (int j = 0; j < values.length; j++) {
      int at = j;
      List<Double> cells = table == null ? List.of() : table.data().get(j).values();
      double[] sorted = Arrays.stream(rows).mapToDouble(row -> row[at]).sorted().toArray();
      values[j] =
          cells.isEmpty() || cells.size() > VALUES
              ? IntStream.range(0, VALUES)
                  .mapToDouble(k -> sorted[(2 * k + 1) * sorted.length / (2 * VALUES)])
                  .distinct()
                  .toArray()
              : cells.stream().mapToDouble(Double::doubleValue).toArray();
    }
    return values;
  }

  /**
   * Gives reasons.
   *
   * @param rows as they are. Not modified.
   * @param seen the same rows with cells that have densities
   */
  List<List<Reason>> of(Table rows, Unseen.Seen seen) {
    Context context = model.context(rows);
    int perRow = Arrays.stream(values).mapToInt(column -> column.length).sum();
    int block = Math.max(1, MOST_HELD / perRow);
    List<List<Reason>> all = new ArrayList<>();
    for (int from = 0; from < seen.rows().length; from += block) {
      int[] some = IntStream.range(from, Math.min(seen.rows().length, from + block)).toArray();
      double[][] data = Arrays.stream(some).mapToObj(i -> seen.rows()[i]).toArray(double[][]::new);
      double[] own = learned.likelihood(model, data, context.select(some));
      Best[][] best = best(data, context.select(some));
      for (int i : some) {
        all.add(reasons(rows, seen, i, own[i - from], best[i - from]));
      }
    }
    return all;
  }

  /** The best value of a cell so far, and the ones beside it. */
  private static final class Best {
    double logProb = Double.NEGATIVE_INFINITY;
    double value;
    double lower;
    double upper;

    Best(double[] values) {
      lower = values[0];
      upper = values[values.length - 1];
    }

    void look(double[] tried, double[] logProbs, int from) {
      double left = lower;
      double right = upper;
      for (int k = 0; k < tried.length; k++) {
        if (logProbs[from + k] > logProb) {
          logProb = logProbs[from + k];
          value = tried[k];
          lower = k > 0 ? tried[k - 1] : left;
          upper = k < tried.length - 1 ? tried[k + 1] : right;
        }
      }
    }

    double[] finer() {
      return IntStream.rangeClosed(1, FINER)
          .mapToDouble(k -> lower + (upper - lower) * k / (FINER + 1))
          .toArray();
    }
  }

  private Best[][] best(double[][] data, Context context) {
    Best[][] best = new Best[data.length][values.length];
    for (Best[] row : best) {
      Arrays.setAll(row, j -> new Best(values[j]));
    }
    tryAll(data, context, best, false);
    for (int round = 0; round < ROUNDS; round++) {
      tryAll(data, context, best, true);
    }
    return best;
  }

  private boolean isContinuous(int column) {
    TableSpec table = model.config().table();
    return table == null || !table.data().get(column).isDiscrete();
  }

  private void tryAll(double[][] data, Context context, Best[][] best, boolean finer) {
    List<double[]> tried = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    List<Best> into = new ArrayList<>();
    List<double[]> candidates = new ArrayList<>();
    for (int i = 0; i < data.length; i++) {
      for (int j = 0; j < best[i].length; j++) {
        boolean refines = isContinuous(j) && best[i][j].logProb > Double.NEGATIVE_INFINITY;
        double[] cells = !finer ? values[j] : refines ? best[i][j].finer() : new double[0];
        for (double cell : cells) {
          double[] row = data[i].clone();
          row[j] = cell;
          tried.add(row);
          at.add(i);
        }
        into.add(best[i][j]);
        candidates.add(cells);
        if (tried.size() >= SLICE) {
          look(tried, at, context, into, candidates);
        }
      }
    }
    look(tried, at, context, into, candidates);
  }

  private void look(
      List<double[]> tried,
      List<Integer> at,
      Context context,
      List<Best> into,
      List<double[]> candidates) {
    if (!tried.isEmpty()) {
      int[] rows = at.stream().mapToInt(Integer::intValue).toArray();
      double[] logProbs =
          learned.likelihood(model, tried.toArray(double[][]::new), context.select(rows));
      int from = 0;
      for (int c = 0; c < into.size(); c++) {
        into.get(c).look(candidates.get(c), logProbs, from);
        from += candidates.get(c).length;
      }
    }
    tried.clear();
    at.clear();
    into.clear();
    candidates.clear();
  }

  private List<Reason> reasons(Table rows, Unseen.Seen seen, int i, double logProb, Best[] best) {
    double[] row = seen.rows()[i];
    double[] likely = row.clone();
    double[] gains = new double[row.length];
    for (int j = 0; j < row.length; j++) {
      if (best[j].logProb > logProb) {
        gains[j] = best[j].logProb - logProb;
        likely[j] = best[j].value;
      }
    }
    for (int j : seen.cells()[i]) {
      gains[j] += seen.price();
    }
    List<String> names = names();
    return IntStream.range(0, row.length)
        .boxed()
        .sorted((a, b) -> Double.compare(gains[b], gains[a]))
        .map(
            j ->
                new Reason(
                    names.get(j),
                    j,
                    gains[j],
                    text(rows, i, place(rows, names, j)),
                    text(model.table(new double[][] {likely}), 0, j)))
        .toList();
  }

  private List<String> names() {
    return model.table(new double[][] {new double[values.length]}).namesOrDefault();
  }

  private int place(Table rows, List<String> names, int column) {
    int found = model.columns().isEmpty() ? -1 : rows.names().indexOf(names.get(column));
    return found < 0 ? column : found;
  }

  /** A cell as people read it, numbers with four figures. */
  private static String text(Table rows, int row, int column) {
    return rows.isNumber(column)
        ? String.format(Locale.ROOT, "%.4g", rows.rows()[row][column])
        : rows.cell(row, column);
  }
}
