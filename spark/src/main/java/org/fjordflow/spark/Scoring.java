package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;

/**
 * Scores the rows of a partition, some thousands at once.
 *
 * @param model shared by the tasks of an executor
 * @param inputs where values are
 * @param latent whether images in the base are wanted too
 * @param keeps whether a row that cannot be scored has NaN; else it is an error
 * @param batch rows at once
 */
record Scoring(Broadcast<SparkModel> model, Inputs inputs, boolean latent, boolean keeps, int batch)
    implements MapPartitionsFunction<Row, Row>, Serializable {
  @Serial private static final long serialVersionUID = 1;

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    FlowModel flow = model.value().model();
    return new Iterator<>() {
      private Iterator<Row> scored = List.<Row>of().iterator();

      @Override
      public boolean hasNext() {
        return scored.hasNext() || rows.hasNext();
      }

      @Override
      public Row next() {
        if (!scored.hasNext()) {
          List<Row> next = new ArrayList<>(batch);
          while (next.size() < batch && rows.hasNext()) {
            next.add(rows.next());
          }
          scored = scored(flow, next).iterator();
        }
        return scored.next();
      }
    };
  }

  private List<Row> scored(FlowModel flow, List<Row> rows) {
    Failures failures = new Failures();
    Inputs.Prepared prepared = inputs.prepared(flow, rows, failures);
    double[][] data = prepared.data();
    Context context = prepared.context();
    // The default solves have exact traces, so that nothing is drawn; a row of one with probes has
    // those of its place in the batch.
    double[] logProb =
        flow.score(data, context, new RandomStreams(0).generator(Purpose.PROBES), failures)
            .logProb();
    if (!keeps && !failures.list().isEmpty()) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "%d of %d rows of a batch cannot be scored, the first one is %s: %s; setHandleInvalid(\"keep\") gives them NaN"
              .formatted(
                  failures.list().size(),
                  rows.size(),
                  rows.get(failures.list().get(0).row()),
                  failures.list().get(0).reason()));
    }
    double[][] images = latent ? flow.toBase(data, context, failures) : new double[0][];
    List<Row> all = new ArrayList<>(rows.size());
    for (int i = 0; i < logProb.length; i++) {
      Object[] cells = Arrays.copyOf(cells(rows.get(i)), rows.get(i).size() + (latent ? 2 : 1));
      cells[rows.get(i).size()] = logProb[i];
      if (latent) {
        cells[cells.length - 1] = Vectors.dense(images[i]);
      }
      all.add(RowFactory.create(cells));
    }
    return all;
  }

  private static Object[] cells(Row row) {
    return IntStream.range(0, row.size()).mapToObj(row::get).toArray();
  }
}
