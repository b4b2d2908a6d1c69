package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Which rows a step has: every row once before any comes again, in an order of each pass that
 * everybody knows.
 *
 * @param offsets number of the first row of each shard, and how many there are in all
 * @param batch rows a step
 * @param seed of the orders
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record BatchRows(long[] offsets, int batch, long seed) implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  int shards() {
    return offsets.length - 1;
  }

  /** Returns the numbers of the rows of a step, from 1, as {@code row = offset + index}. */
  long[] of(long step) {
    long all = offsets[shards()];
    long[] rows = new long[batch];
    RowPermutation order = null;
    long passed = -1;
    for (int i = 0; i < batch; i++) {
      long place = (step - 1) * batch + i;
      if (order == null || place / all != passed) {
        passed = place / all;
        order = new RowPermutation(all, RowKey.mix(seed) + passed);
      }
      rows[i] = order.at(place % all);
    }
    return rows;
  }

  /** Returns the same by shard, as indices in each. */
  int[][] byShard(long step) {
    long[] rows = of(step);
    int[] counts = new int[shards()];
    int[] owners = new int[batch];
    for (int i = 0; i < batch; i++) {
      int found = Arrays.binarySearch(offsets, rows[i]);
      int owner = found < 0 ? -found - 2 : found;
      while (offsets[owner + 1] == offsets[owner]) {
        owner++; // a shard of no rows begins where the next one does
      }
      owners[i] = owner;
      counts[owner]++;
    }
    int[][] indices = new int[shards()][];
    Arrays.setAll(indices, shard -> new int[counts[shard]]);
    for (int i = batch - 1; i >= 0; i--) {
      int owner = owners[i];
      indices[owner][--counts[owner]] = (int) (rows[i] - offsets[owner]);
    }
    return indices;
  }
}
