package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.JointNormal;
import org.jspecify.annotations.Nullable;

/**
 * A normal with all covariances beside a flow: where rows are few for their columns it tells
 * anomalies that a flow passes, for it has less to learn.
 *
 * @param normal fitted to the rows that the flow was trained on
 * @param slope what its surprise is multiplied with, and
 * @param shift what is then added, in nats: over those rows its median and its 95 % quantile become
 *     those of the flow's
 */
record SecondOpinion(JointNormal normal, double slope, double shift) {

  /** Rows that it is fitted to at most, and those that both are compared on. */
  private static final int MOST_ROWS = 50_000;

  private static final int MOST_COMPARED = 5_000;

  private static final double MIDDLE = 0.5;
  private static final double HIGH = 0.95;

  /**
   * Asks for one.
   *
   * @param model that was trained
   * @param rows that it was trained on. Not modified.
   * @return null where no column is real, or one of both is constant
   */
  static @Nullable SecondOpinion of(FlowModel model, Table rows) {
    Table complete = some(rows.selectRows(AnomalyDetector.complete(model, rows)), MOST_ROWS);
    if (complete.rowCount() == 0) {
      return null;
    }
    JointNormal normal =
        JointNormal.fit(model, model.data(complete), model.context(complete)).orElse(null);
    return normal == null ? null : compared(normal, model, some(complete, MOST_COMPARED));
  }

  /** Rows in equal distances, so many at most. */
  private static Table some(Table rows, int most) {
    int count = Math.min(most, rows.rowCount());
    return rows.selectRows(
        IntStream.range(0, count).map(k -> (int) ((long) k * rows.rowCount() / count)).toArray());
  }

  private static @Nullable SecondOpinion compared(JointNormal normal, FlowModel model, Table rows) {
    double[] flow =
        Arrays.stream(model.logProb(rows)).filter(Double::isFinite).map(p -> -p).toArray();
    double[] other =
        Arrays.stream(normal.surprise(model.data(rows), model.context(rows)))
            .filter(Double::isFinite)
            .toArray();
    double wide = quantile(flow, HIGH) - quantile(flow, MIDDLE);
    double own = quantile(other, HIGH) - quantile(other, MIDDLE);
    double slope = wide / own;
    return slope > 0 && Double.isFinite(slope)
        ? new SecondOpinion(normal, slope, quantile(flow, MIDDLE) - slope * quantile(other, MIDDLE))
        : null;
  }

  /** A value of the sample; NaN of none. */
  private static double quantile(double[] values, double level) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[(int) (level * (sorted.length - 1))];
  }

  /** Returns how unlike normal rows it finds each of them, on the scale of the flow, in nats. */
  double[] surprise(double[][] rows, Context context) {
    double[] surprise = normal.surprise(rows, context);
    Arrays.setAll(surprise, i -> shift + slope * surprise[i]);
    return surprise;
  }

  /** Returns what each column adds to that, the shift in equal parts. */
  double[][] parts(double[][] rows, Context context) {
    double[][] parts = normal.parts(rows, context);
    for (double[] row : parts) {
      Arrays.setAll(row, j -> shift / row.length + slope * row[j]);
    }
    return parts;
  }
}
