package org.fjordflow.model;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.LegendreRuleFactory;
import org.jspecify.annotations.Nullable;

/** The columns of data of a table on the real line, before they are standardised. */
final class DataColumns implements DataUnits {

  /** Made by its own factory: the one of all rules begins with constants of many digits, slowly. */
  private static final GaussIntegrator RULE =
      new GaussIntegrator(new LegendreRuleFactory().getRule(TableSpec.POINTS));

  private final List<ColumnSpec> columns;
  private final Cells[] cells;

  /** The number of each column among the whole numbers and categories, or -1. */
  private final int[] discrete;

  private final int discreteCount;

  DataColumns(TableSpec table) {
    this.columns = table.data();
    this.cells = columns.stream().map(Cells::new).toArray(Cells[]::new);
    this.discrete = new int[cells.length];
    int count = 0;
    for (int j = 0; j < cells.length; j++) {
      discrete[j] = cells[j].isDiscrete() ? count++ : -1;
    }
    this.discreteCount = count;
  }

  @Override
  public String quoted(int column) {
    return "'" + columns.get(column).name() + "'";
  }

  Cells[] cells() {
    return cells;
  }

  /** {@inheritDoc} They are an even net, or one where nothing is to be summed. */
  @Override
  public int points() {
    return discreteCount == 0 ? 1 : TableSpec.POINTS;
  }

  @Override
  public OnLine toLine(double[][] rows, int point) {
    double[] shares = net(point);
    return toLine(rows, (i, j) -> shares[discrete[j]]);
  }

  @Override
  public double logWeight(int point) {
    return points() == 1
        ? 0
        : Math.log(discreteCount == 1 ? RULE.getWeight(point) / 2 : 1.0 / TableSpec.POINTS);
  }

  @Override
  public OnLine toLine(double[][] rows, RandomGenerator random) {
    // Drawn in the order of cells.
    return toLine(rows, (i, j) -> 1 - random.nextDouble());
  }

  @Override
  public OnLine toMiddle(double[][] rows) {
    return toLine(rows, (i, j) -> 0.5);
  }

  @FunctionalInterface
  private interface Share {
    double of(int row, int column);
  }

  private OnLine toLine(double[][] rows, Share share) {
    double[][] z = new double[rows.length][cells.length];
    double[] logSlope = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < cells.length; j++) {
        double u = discrete[j] < 0 ? 0 : share.of(i, j);
        double value = cells[j].toLine(rows[i][j], u);
        if (Double.isNaN(value)) {
          logSlope[i] = Double.NEGATIVE_INFINITY;
        } else {
          z[i][j] = value;
          logSlope[i] += cells[j].logSlope(rows[i][j], value);
        }
      }
    }
    return new OnLine(z, logSlope);
  }

  /**
   * A point of Gauss and Legendre's rule for one column; for more of the additive recurrence with
   * the generalised golden ratio (Roberts 2018), whose points have equal weights.
   */
  private double[] net(int point) {
    double[] shares = new double[discreteCount];
    if (discreteCount == 1) {
      shares[0] = (1 + RULE.getPoint(point)) / 2;
      return shares;
    }
    double ratio = 2;
    for (int i = 0; i < 60; i++) {
      ratio = Math.pow(1 + ratio, 1.0 / (discreteCount + 1));
    }
    double step = 1;
    for (int j = 0; j < discreteCount; j++) {
      step /= ratio;
      double value = 0.5 + (point + 1) * step;
      // Never 0 or 1, where some maps are infinite.
      shares[j] = Math.min(1 - 1e-9, Math.max(1e-9, value - Math.floor(value)));
    }
    return shares;
  }

  @Override
  public double[][] toCells(double[][] z) {
    double[][] result = new double[z.length][cells.length];
    for (int i = 0; i < z.length; i++) {
      for (int j = 0; j < cells.length; j++) {
        result[i][j] = cells[j].toCell(z[i][j]);
      }
    }
    return result;
  }

  @Override
  public @Nullable FjordException unknown(double[] row) {
    for (int j = 0; j < cells.length; j++) {
      ColumnSpec column = columns.get(j);
      if (Double.isNaN(cells[j].toLine(row[j], 0.5))) {
        return column.scale() == ColumnSpec.Scale.CELLS
            ? column.noSuchValue(row[j])
            : new FjordException(
                ErrorKey.INVALID_ARGUMENT,
                "column '%s' is %s; expected %s"
                    .formatted(column.name(), row[j], expected(column)));
      }
    }
    return null;
  }

  @Override
  public double toCell(int column, double z) {
    return cells[column].toCell(z);
  }

  @Override
  public double logSlope(int column, double x, double z) {
    return cells[column].logSlope(x, z);
  }

  @Override
  public Moments neutral(Moments moments) {
    return Cells.neutral(moments, cells);
  }

  private static String expected(ColumnSpec column) {
    String what = column.isDiscrete() ? "a whole number" : "a number";
    return switch (column.scale()) {
      case LOG -> what + " above " + column.origin();
      case LOGIT ->
          "%s from %s to %s".formatted(what, column.origin(), column.origin() + column.width());
      case STANDARD, ROBUST, CIRCULAR, CELLS -> what;
    };
  }
}
