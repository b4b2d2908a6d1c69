package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;

/**
 * Cells that a model gives neither density nor probability, such as texts that it has not seen. A
 * row with one has density zero, and so have all of them: nothing would tell them apart, and a few
 * among the rows held out would hide every anomaly. For scores, such a cell is what the others make
 * likeliest, at a fixed price.
 */
final class Unseen {

  private final FlowModel model;
  private final TableSpec table;
  private final double[][] values;
  private final double price;

  private Unseen(FlowModel model, TableSpec table, double[][] values, double price) {
    this.model = model;
    this.table = table;
    this.values = values;
    this.price = price;
  }

  /**
   * Rows of which every cell has a density.
   *
   * @param rows n x dim, cells without one replaced
   * @param logProb of these rows, in nats
   * @param cells of each row, the numbers of the columns that were replaced
   * @param price of a replaced cell, in nats
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Seen(double[][] rows, double[] logProb, int[][] cells, double price) {

    /** Returns log-densities with the price of what was replaced. */
    double[] priced() {
      double[] priced = logProb.clone();
      Arrays.setAll(priced, i -> logProb[i] - prices(i));
      return priced;
    }

    /** Returns the price of what was replaced in a row. */
    double prices(int row) {
      return price * cells[row].length;
    }
  }

  /**
   * Replaces cells without density.
   *
   * @param model whose columns they are
   * @param values of each column that are tried
   * @param price of such a cell, in nats
   * @param rows n x dim. Not modified.
   * @param logProb of the rows. Not modified.
   */
  static Seen replace(
      FlowModel model,
      double[][] values,
      double price,
      double[][] rows,
      Context context,
      double[] logProb) {
    int[][] cells = new int[rows.length][0];
    TableSpec table = model.config().table();
    if (table == null) {
      return new Seen(rows, logProb, cells, price);
    }
    Unseen unseen = new Unseen(model, table, values, price);
    for (int i = 0; i < rows.length; i++) {
      cells[i] = logProb[i] == Double.NEGATIVE_INFINITY ? unseen.cells(rows[i]) : new int[0];
    }
    int[] some = IntStream.range(0, rows.length).filter(i -> cells[i].length > 0).toArray();
    return some.length == 0
        ? new Seen(rows, logProb, cells, price)
        : unseen.replace(rows, context, logProb, cells, some);
  }

  private int[] cells(double[] row) {
    return IntStream.range(0, row.length)
        .filter(j -> !hasDensity(table.data().get(j), row[j]))
        .toArray();
  }

  private static boolean hasDensity(ColumnSpec column, double cell) {
    double place = (cell - column.origin()) / column.width();
    return switch (column.scale()) {
      case CELLS -> column.values().contains(cell);
      case LOG -> place > 0;
      case LOGIT -> place >= 0 && place <= 1;
      case STANDARD, ROBUST, CIRCULAR -> true;
    };
  }

  /** One column after the other is made what the others let expect. */
  private Seen replace(
      double[][] rows, Context context, double[] logProb, int[][] cells, int[] some) {
    double[][] seen = rows.clone();
    double[] logProbs = logProb.clone();
    for (int i : some) {
      seen[i] = rows[i].clone();
      for (int j : cells[i]) {
        seen[i][j] = usual(j);
      }
    }
    for (int column = 0; column < values.length; column++) {
      int j = column;
      int[] with = Arrays.stream(some).filter(i -> Arrays.binarySearch(cells[i], j) >= 0).toArray();
      for (double value : with.length == 0 ? new double[0] : values[j]) {
        double[][] tried =
            Arrays.stream(with)
                .mapToObj(
                    i -> {
                      double[] row = seen[i].clone();
                      row[j] = value;
                      return row;
                    })
                .toArray(double[][]::new);
        double[] found = model.logProb(tried, context.select(with));
        for (int k = 0; k < with.length; k++) {
          if (found[k] > logProbs[with[k]]) {
            logProbs[with[k]] = found[k];
            seen[with[k]] = tried[k];
          }
        }
      }
    }
    return new Seen(seen, logProbs, cells, price);
  }

  private double usual(int column) {
    ColumnSpec spec = table.data().get(column);
    int best = 0;
    for (int k = 1; k < spec.shares().size(); k++) {
      best = spec.shares().get(k) > spec.shares().get(best) ? k : best;
    }
    return spec.values().isEmpty()
        ? values[column][values[column].length / 2]
        : spec.values().get(best);
  }
}
