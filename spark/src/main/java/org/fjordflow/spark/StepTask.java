package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.GradientSums;

/**
 * What the shards of a partition add to a step. Each shard is computed by itself, with draws of its
 * own, so that partitions decide on the order of the last sums alone.
 *
 * @param model shared by the tasks of an executor
 * @param weights of the step
 * @param rows which are whose
 */
record StepTask(Broadcast<TrainingModel> model, Broadcast<StepWeights> weights, BatchRows rows)
    implements FlatMapFunction<Iterator<Shard>, StepSums>, Serializable {
  @Serial private static final long serialVersionUID = 1;

  @Override
  public Iterator<StepSums> call(Iterator<Shard> shards) {
    long step = weights.value().step();
    double[] values = weights.value().values();
    GradientSums sums = model.value().sums();
    sums.advance(step, values);
    StepSums all = new StepSums(values.length);
    int[][] indices = rows.byShard(step);
    while (shards.hasNext()) {
      Shard shard = shards.next();
      int[] own = indices[shard.id()];
      if (own.length > 0) {
        add(sums, step, shard.batch(own), draws(step, shard.id(), rows.shards()), all);
      }
    }
    return List.of(all).iterator();
  }

  /** What tells the rows of a shard and a step from all others. */
  static long draws(long step, int shard, int shards) {
    return step * shards + shard;
  }

  private static void add(GradientSums sums, long step, Batch batch, long draws, StepSums all) {
    try {
      all.add(sums.add(step, batch, draws, all.gradient()), batch.size());
    } catch (FjordException e) {
      if (e.key() != ErrorKey.NON_FINITE && e.key() != ErrorKey.SOLVE_FAILED) {
        throw e;
      }
      // It would fail again wherever it is tried: the driver rolls the step back.
      all.fail(String.valueOf(e.getMessage()), batch.size());
    }
  }
}
