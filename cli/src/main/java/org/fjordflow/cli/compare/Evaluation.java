package org.fjordflow.cli.compare;

import java.util.Arrays;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Validation;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowModel;

/** What a trained model is judged by. Log-densities of the test are exact. */
final class Evaluation {

  private static final int ROUND_TRIP_ROWS = 1_000;

  /** Of continuous flows with more columns, in validations. */
  private static final int VALIDATION_PROBES = 8;

  private final FlowModel model;
  private final ComparisonData data;
  private final int points;
  private final RandomStreams streams;

  Evaluation(FlowModel model, ComparisonData data, int points, long seed) {
    this.model = model;
    this.data = data;
    this.points = points;
    this.streams = new RandomStreams(seed);
  }

  /**
   * Returns the validation of a model: exact, or by the same probes each time where that is slow.
   */
  static Validation validation(FlowModel model, ComparisonData data) {
    if (model.dim() <= VALIDATION_PROBES) {
      return model.validation(data.validation());
    }
    Divergence divergence = new Hutchinson(ProbeDistribution.HADAMARD, VALIDATION_PROBES);
    return model
        .withSolve(solve -> solve.withEvaluationDivergence(divergence))
        .validation(data.validation());
  }

  /**
   * Measures.
   *
   * @param name of the model
   * @param seed it was trained with
   * @param parameters how many it has
   * @param training what its training came to
   * @throws org.fjordflow.base.FjordException NON_FINITE or SOLVE_FAILED if it cannot be evaluated
   */
  ComparisonResult measure(String name, long seed, int parameters, Training.Outcome training) {
    Summary test = Summary.of(scores(data.test()).logProb());
    double[][] rows = new double[points][];
    Arrays.setAll(rows, i -> data.test()[i % data.test().length]);
    long start = System.nanoTime();
    LogDensity scores = scores(rows);
    double scoreSeconds = seconds(start);
    // The first samples are slower: what they run is not compiled yet.
    int warmedUp = sample(Math.max(1, points / 10), 1);
    start = System.nanoTime();
    int sampled = sample(points, 0);
    double sampleSeconds = seconds(start);
    if (warmedUp + sampled < points) {
      throw new IllegalStateException("samples went missing");
    }
    return new ComparisonResult(
        name,
        seed,
        ComparisonResult.DONE,
        "",
        test.mean(),
        test.standardError(),
        -training.bestLoss,
        training.bestStep,
        training.steps,
        parameters,
        training.seconds,
        training.evaluations,
        scoreSeconds,
        sampleSeconds,
        scores.work().forwardEvaluations(),
        roundTripError());
  }

  private LogDensity scores(double[][] rows) {
    return model.score(rows, Context.none(), streams.generator(Purpose.TEST));
  }

  private int sample(int count, long index) {
    return model.sample(count, Context.none(), streams.generator(Purpose.SAMPLES, index)).length;
  }

  /** The largest of all differences, so that one bad row shows; NaN if something is not finite. */
  private double roundTripError() {
    double[][] x = Arrays.copyOf(data.test(), Math.min(ROUND_TRIP_ROWS, data.test().length));
    double[][] z = model.toBase(x, Context.none());
    double[][] back = model.fromBase(z, Context.none());
    double[] deviation = Moments.of(data.shown()).standardDeviation();
    double largest = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < deviation.length; j++) {
        largest = Math.max(largest, Math.abs(back[i][j] - x[i][j]) / deviation[j]);
      }
    }
    return largest;
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) * 1e-9;
  }
}
