package org.fjordflow.model;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;

/** Rows of a sample that a flow carries to another one. */
final class SourceRows {

  private final double[][] rows;

  /**
   * Takes rows.
   *
   * @param rows standardised, as the flow has them; held. Not modified.
   */
  SourceRows(double[][] rows) {
    if (rows.length == 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "the source has no rows");
    }
    this.rows = rows;
  }

  /**
   * Draws rows, each as often as any other, up to one: the source may have fewer than are asked
   * for, or more.
   */
  double[][] sample(int n, RandomGenerator random) {
    double[][] drawn = new double[n][];
    int[] order = new int[rows.length];
    for (int i = 0; i < n; i++) {
      int k = i % rows.length;
      if (k == 0) {
        for (int j = 0; j < order.length; j++) {
          order[j] = j;
        }
      }
      int other = random.nextInt(k, rows.length);
      drawn[i] = rows[order[other]];
      order[other] = order[k];
    }
    return drawn;
  }

  /**
   * Finds the columns of data in a table of the source.
   *
   * @param source found by name where both have names, else in order. Not modified.
   * @param data names of the columns, or none
   * @throws FjordException SHAPE_MISMATCH, naming it, for a column that is not there; NON_FINITE
   *     for a missing cell
   */
  static double[][] of(Table source, FlowSpec spec, List<String> data) {
    return TablePlan.like(source, spec, data, List.of()).data().rows();
  }
}
