package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Table.Split;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;

/** Leaves out the rows that look least like the others. */
final class Trimming {

  private Trimming() {}

  /**
   * Leaves out the rows of the highest scores, each by a flow that has not seen it: one that has
   * learns a few anomalies as well as any other row. Two flows are trained, each on one half.
   *
   * @param rows Not modified.
   * @param fit how they are trained
   * @param scoring whether a normal stands beside each
   * @param count of the rows that are left out
   */
  static Table trimmed(Table rows, FitOptions fit, Scoring scoring, int count) {
    Split halves =
        fit.columns()
            .plan(rows)
            .splitTable(0, 0.5, new RandomStreams(fit.seed()).generator(Purpose.SPLIT, 2));
    double[][] all =
        Stream.of(halves.train(), halves.test())
            .flatMap(half -> Arrays.stream(half.rows()))
            .toArray(double[][]::new);
    double[] scores =
        Stream.of(
                scores(halves.test(), halves.train(), fit, scoring),
                scores(halves.train(), halves.test(), fit, scoring))
            .flatMapToDouble(Arrays::stream)
            .toArray();
    return Table.of(rows.names(), rows.types(), all).selectRows(lowest(scores, all.length - count));
  }

  private static double[] scores(Table trained, Table scored, FitOptions fit, Scoring scoring) {
    try (FlowModel model = FlowModel.fit(trained, fit)) {
      double[] scores = Scoring.DENSITY.scores(model.logProb(scored), 0);
      SecondOpinion second = scoring == Scoring.EITHER ? SecondOpinion.of(model, trained) : null;
      if (second != null) {
        double[] others = second.surprise(model.data(scored), model.context(scored));
        Arrays.setAll(scores, i -> Math.max(scores[i], others[i]));
      }
      return scores;
    }
  }

  /** Returns the numbers of the rows of the lowest scores, in their order. */
  static int[] lowest(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((i, j) -> Double.compare(scores[i], scores[j]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .sorted()
        .toArray();
  }
}
