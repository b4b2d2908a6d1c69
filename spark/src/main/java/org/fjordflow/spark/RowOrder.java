package org.fjordflow.spark;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/** An order of rows by their values, so that a model does not depend on partitions. */
final class RowOrder implements Comparator<Row> {

  @Override
  public int compare(Row a, Row b) {
    int order = 0;
    for (int j = 0; j < a.size() && order == 0; j++) {
      order = compareCells(a.get(j), b.get(j));
    }
    return order;
  }

  private static int compareCells(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return Double.compare(x.doubleValue(), y.doubleValue());
    }
    if (a instanceof Vector x && b instanceof Vector y) {
      return Arrays.compare(x.toArray(), y.toArray());
    }
    return a.toString().compareTo(b.toString());
  }
}
