package org.fjordflow.core.train;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/** See {@link BatchSource#shuffled}. Keeps the order of one epoch, which is only a cache. */
final class ShuffledEpochs implements BatchSource {

  private final Batch data;
  private int[] order = new int[0];
  private long orderedEpoch = -1;
  private long orderedSeed;

  ShuffledEpochs(Batch data) {
    requireFinite(data.rows(), "data");
    double[][] context = data.context();
    if (context != null) {
      requireFinite(context, "context");
    }
    this.data = data;
  }

  private static void requireFinite(double[][] rows, String what) {
    int unused = RowArrays.flatten(rows, rows[0].length, what).length;
  }

  @Override
  public Batch batch(long step, int size, RandomStreams streams) {
    int n = Math.min(size, data.size());
    double[][] rows = new double[n][];
    double[][] allContext = data.context();
    double @Nullable [][] context = allContext == null ? null : new double[n][];
    long first = (step - 1) * n;
    for (int i = 0; i < n; i++) {
      long epoch = (first + i) / data.size();
      int row = order(epoch, streams)[(int) ((first + i) % data.size())];
      rows[i] = data.rows()[row];
      if (context != null && allContext != null) {
        context[i] = allContext[row];
      }
    }
    return new Batch(rows, context);
  }

  /** The order of an epoch, after Fisher and Yates. */
  private int[] order(long epoch, RandomStreams streams) {
    if (epoch == orderedEpoch && streams.seed() == orderedSeed) {
      return order;
    }
    RandomGenerator random = streams.generator(RandomStreams.Purpose.DATA, epoch);
    order = new int[data.size()];
    Arrays.setAll(order, i -> i);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    orderedEpoch = epoch;
    orderedSeed = streams.seed();
    return order;
  }
}
