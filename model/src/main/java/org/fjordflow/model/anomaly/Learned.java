package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;

/**
 * What a detector knows beside its model.
 *
 * @param scoring what makes a row unlike others
 * @param typical mean of minus the log-density of normal rows, 0 where it is not needed
 * @param contamination share of normal rows that may have been anomalies
 * @param unseen price in nats of a cell that has neither density nor probability
 * @param calibration scores of the rows held out
 * @param values of each column that are tried for reasons, increasing, at least one
 * @param second beside the flow, or null
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record Learned(
    Scoring scoring,
    double typical,
    double contamination,
    double unseen,
    Calibration calibration,
    double[][] values,
    @Nullable SecondOpinion second) {

  /** Scores before there is a calibration. */
  static double[] scores(
      Scoring scoring,
      double typical,
      @Nullable SecondOpinion second,
      Unseen.Seen seen,
      Context context) {
    double[] scores = scoring.scores(seen.priced(), typical);
    if (second != null) {
      double[] others = second.surprise(seen.rows(), context);
      Arrays.setAll(scores, i -> Math.max(scores[i], others[i] + seen.prices(i)));
    }
    return scores;
  }

  double[] scores(Unseen.Seen seen, Context context) {
    return scores(scoring, typical, second, seen, context);
  }

  /** What is greatest for the rows that are least unlike normal ones, cells being what they are. */
  double[] likelihood(FlowModel model, double[][] rows, Context context) {
    double[] likelihood = model.logProb(rows, context);
    if (second != null) {
      double[] others = second.surprise(rows, context);
      Arrays.setAll(likelihood, i -> Math.min(likelihood[i], -others[i]));
    }
    return likelihood;
  }

  /**
   * What each column adds to the score.
   *
   * @throws org.fjordflow.base.FjordException as {@link FlowModel#conditionalLogProb}
   */
  double[][] parts(FlowModel model, double[][] rows, Context context) {
    double[][] parts = model.conditionalLogProb(rows, context);
    for (double[] row : parts) {
      Arrays.setAll(row, j -> 0 - row[j]);
    }
    if (second == null) {
      return parts;
    }
    double[][] others = second.parts(rows, context);
    return IntStream.range(0, parts.length)
        .mapToObj(
            i ->
                Arrays.stream(others[i]).sum() > Arrays.stream(parts[i]).sum()
                    ? others[i]
                    : parts[i])
        .toArray(double[][]::new);
  }
}
