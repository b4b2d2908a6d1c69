package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import org.fjordflow.core.train.Batch;

/**
 * Rows that are trained on together: a part of all rows that does not depend on partitions, in an
 * order that does not either. Held as one array.
 *
 * @param id from 0
 * @param size how many rows
 * @param columns of data
 * @param given columns of context behind them
 * @param values row by row, prepared as the model has its cells
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record Shard(int id, int size, int columns, int given, double[] values) implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Returns the id, the number of rows, and what tells its values from others. */
  long[] summary() {
    long key = RowKey.mix(id);
    for (double value : values) {
      key = RowKey.mix(key + Double.doubleToLongBits(value));
    }
    return new long[] {id, size, key};
  }

  /** Returns some rows. */
  Batch batch(int[] rows) {
    double[][] data = new double[rows.length][];
    double[][] context = new double[rows.length][];
    int width = columns + given;
    for (int i = 0; i < rows.length; i++) {
      int from = rows[i] * width;
      data[i] = Arrays.copyOfRange(values, from, from + columns);
      context[i] = Arrays.copyOfRange(values, from + columns, from + width);
    }
    return given == 0 ? Batch.of(data) : new Batch(data, context);
  }
}
