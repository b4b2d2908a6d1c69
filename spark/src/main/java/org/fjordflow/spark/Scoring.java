package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
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
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Detection;

/**
 * Scores the rows of a partition, some thousands at once.
 *
 * @param model shared by the tasks of an executor
 * @param inputs where values are
 * @param latent whether images in the base are wanted too
 * @param alarm rate of false alarms of rows told as anomalies, or 0 where none are to be told
 * @param keeps whether a row that cannot be scored has NaN; else it is an error
 * @param batch rows at once
 */
record Scoring(
    Broadcast<SparkModel> model,
    Inputs inputs,
    boolean latent,
    double alarm,
    boolean keeps,
    int batch)
    implements MapPartitionsFunction<Row, Row>, Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Anomaly, p-value and score of a row without a score. */
  private static final List<Object> NOT_TOLD = List.of(false, Double.NaN, Double.NaN);

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
      List<Object> cells = cells(rows.get(i));
      cells.add(logProb[i]);
      if (latent) {
        cells.add(Vectors.dense(images[i]));
      }
      if (alarm > 0) {
        cells.addAll(NOT_TOLD);
      }
      all.add(RowFactory.create(cells.toArray()));
    }
    return alarm > 0 ? told(rows, all, failures) : all;
  }

  /** The same with what a detector says of the rows that it has a score for. */
  private List<Row> told(List<Row> rows, List<Row> scored, Failures failures) {
    int[] sound = IntStream.range(0, rows.size()).filter(i -> !failures.contains(i)).toArray();
    AnomalyDetector detector = model.value().detector();
    Detection detection =
        detector.detect(
            inputs.whole(detector.model(), IntStream.of(sound).mapToObj(rows::get).toList()),
            Alarm.rate(alarm));
    List<Row> told = new ArrayList<>(scored);
    for (int k = 0; k < sound.length; k++) {
      List<Object> cells = cells(scored.get(sound[k]));
      List<Object> last = cells.subList(cells.size() - NOT_TOLD.size(), cells.size());
      last.set(0, detection.anomaly()[k]);
      last.set(1, detection.pValue()[k]);
      last.set(2, detection.score()[k]);
      told.set(sound[k], RowFactory.create(cells.toArray()));
    }
    return told;
  }

  private static List<Object> cells(Row row) {
    List<Object> cells = new ArrayList<>(row.size() + 1);
    for (int j = 0; j < row.size(); j++) {
      cells.add(row.get(j));
    }
    return cells;
  }
}
