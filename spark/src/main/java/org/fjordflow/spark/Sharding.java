package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.train.Batch;
import scala.Tuple2;

/**
 * Deals rows out to shards by their keys, prepared for a model.
 *
 * @param model whose cells rows become
 * @param inputs where values are
 * @param shards how many
 * @param seed of the keys
 * @param from place of the first key that is trained on; those before it are kept to validate on
 */
record Sharding(Broadcast<TrainingModel> model, Inputs inputs, int shards, long seed, double from)
    implements PairFlatMapFunction<Iterator<Row>, Integer, Sharding.Piece>, Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Rows that are prepared at once. */
  private static final int CHUNK = 1 << 15;

  /** Some rows of a shard, with their keys. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Piece(long[] keys, double[][] data, double[][] given) implements Serializable {
    @Serial private static final long serialVersionUID = 1;

    int compare(int i, int j) {
      int order = Long.compare(keys[i], keys[j]);
      order = order == 0 ? Arrays.compare(data[i], data[j]) : order;
      return order == 0 ? Arrays.compare(given[i], given[j]) : order;
    }
  }

  /**
   * Makes the shards.
   *
   * @param rows all of them
   * @param partitions how many to put the shards into
   */
  JavaRDD<Shard> of(JavaRDD<Row> rows, int partitions) {
    return rows.mapPartitionsToPair(this)
        .partitionBy(new HashPartitioner(partitions))
        .mapPartitions(new Gathering(), /* preservesPartitioning= */ true);
  }

  @Override
  public Iterator<Tuple2<Integer, Piece>> call(Iterator<Row> rows) {
    return new Iterator<>() {
      private Iterator<Tuple2<Integer, Piece>> ready = List.<Tuple2<Integer, Piece>>of().iterator();

      @Override
      public boolean hasNext() {
        while (!ready.hasNext() && rows.hasNext()) {
          ready = pieces(chunk(rows));
        }
        return ready.hasNext();
      }

      @Override
      public Tuple2<Integer, Piece> next() {
        return ready.next();
      }
    };
  }

  private List<Row> chunk(Iterator<Row> rows) {
    List<Row> chunk = new ArrayList<>();
    while (chunk.size() < CHUNK && rows.hasNext()) {
      Row row = rows.next();
      if (RowKey.place(RowKey.of(row, seed)) >= from) {
        chunk.add(row);
      }
    }
    return chunk;
  }

  private Iterator<Tuple2<Integer, Piece>> pieces(List<Row> rows) {
    if (rows.isEmpty()) {
      return List.<Tuple2<Integer, Piece>>of().iterator();
    }
    Failures failures = new Failures();
    Inputs.Prepared prepared = inputs.prepared(model.value().model(), rows, failures);
    if (!failures.list().isEmpty()) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, failures.list().get(0).reason());
    }
    double[][] data = prepared.data();
    double[][] given = new double[data.length][0];
    if (model.value().model().contextSize() > 0) {
      Arrays.setAll(given, i -> prepared.context().row(i));
    }
    boolean conditional = given[0].length > 0;
    model.value().sums().require(conditional ? new Batch(data, given) : Batch.of(data));
    long[] keys = rows.stream().mapToLong(row -> RowKey.of(row, seed)).toArray();
    Map<Integer, List<Integer>> own = new TreeMap<>();
    for (int i = 0; i < keys.length; i++) {
      int shard = (int) Long.remainderUnsigned(RowKey.mix(keys[i]), shards);
      own.computeIfAbsent(shard, any -> new ArrayList<>()).add(i);
    }
    return own.entrySet().stream()
        .map(
            shard -> {
              int[] some = shard.getValue().stream().mapToInt(i -> i).toArray();
              return new Tuple2<>(
                  shard.getKey(),
                  new Piece(
                      Arrays.stream(some).mapToLong(i -> keys[i]).toArray(),
                      Arrays.stream(some).mapToObj(i -> data[i]).toArray(double[][]::new),
                      Arrays.stream(some).mapToObj(i -> given[i]).toArray(double[][]::new)));
            })
        .iterator();
  }

  /** Puts the pieces of shards together, in an order that their rows' values alone decide on. */
  private record Gathering()
      implements FlatMapFunction<Iterator<Tuple2<Integer, Piece>>, Shard>, Serializable {
    @Serial private static final long serialVersionUID = 1;

    @Override
    public Iterator<Shard> call(Iterator<Tuple2<Integer, Piece>> pieces) {
      Map<Integer, List<Piece>> all = new TreeMap<>();
      while (pieces.hasNext()) {
        Tuple2<Integer, Piece> next = pieces.next();
        all.computeIfAbsent(next._1(), any -> new ArrayList<>()).add(next._2());
      }
      List<Shard> shards = new ArrayList<>();
      all.forEach((id, own) -> shards.add(shard(id, own)));
      return shards.iterator();
    }

    private static Shard shard(int id, List<Piece> pieces) {
      Piece rows =
          new Piece(
              pieces.stream().flatMapToLong(piece -> Arrays.stream(piece.keys())).toArray(),
              pieces.stream().flatMap(p -> Arrays.stream(p.data())).toArray(double[][]::new),
              pieces.stream().flatMap(p -> Arrays.stream(p.given())).toArray(double[][]::new));
      Integer[] order = new Integer[rows.keys().length];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, rows::compare);
      int columns = rows.data()[0].length;
      int given = rows.given()[0].length;
      int width = columns + given;
      double[] values = new double[order.length * width];
      for (int i = 0; i < order.length; i++) {
        System.arraycopy(rows.data()[order[i]], 0, values, i * width, columns);
        System.arraycopy(rows.given()[order[i]], 0, values, i * width + columns, given);
      }
      return new Shard(id, order.length, columns, given, values);
    }
  }
}
