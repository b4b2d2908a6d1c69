package org.fjordflow.bench;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.peers.PeerData;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;

/** Errors of estimated log-densities of a flow that was trained on a mixture of normals. */
final class LogDensityErrors implements AutoCloseable {

  private static final int BATCH = 256;
  private static final int WIDTH = 96;

  /**
   * Errors of an estimate.
   *
   * @param error root mean square of the error
   * @param told root mean square of the standard errors that came with it; NaN where there are none
   */
  record Errors(double error, double told) {}

  private final BuiltModel<ModelConfig> model;
  private final String name;
  private final double[][] rows;
  private final double[] exact;

  private LogDensityErrors(BuiltModel<ModelConfig> model, String name, double[][] rows) {
    this.model = model;
    this.name = name;
    this.rows = rows;
    exact = score(new ExactTrace()).logProb();
  }

  /**
   * Trains FFJORD's model on a mixture.
   *
   * @param dim columns
   * @param steps steps of training
   * @param rows rows that are scored
   */
  static LogDensityErrors ofMixture(int dim, int steps, int rows) {
    RandomStreams streams = new RandomStreams(5);
    PeerData mixture = PeerData.mixture(dim, streams);
    ModelConfig config =
        ModelConfig.builder(dim)
            .layer("concatsquash")
            .hidden(WIDTH, WIDTH)
            .activation("tanh")
            .trainEndTime(true)
            .dtype("float64")
            .solve(SolveSettings.hutchinson())
            .build();
    BuiltModel<ModelConfig> model = config.create(streams.generator(Purpose.INITIALIZATION));
    new Trainer(
            TrainerConfig.of(steps, BATCH, 5).withOptimizer(Adam.of(5e-3)),
            model.parameters(),
            Objectives.negativeLogLikelihood(model.flow()),
            BatchSource.sampled(mixture.sampler()),
            List.of())
        .train();
    double[][] scored = mixture.sampler().sample(rows, streams.generator(Purpose.TEST, 1));
    return new LogDensityErrors(model, "flow, " + dim + " columns", scored);
  }

  /** Returns what the flow is called in tables. */
  String name() {
    return name;
  }

  /** Returns the errors with a divergence, over all rows. */
  Errors of(Divergence divergence) {
    LogDensity found = score(divergence);
    double squares = 0;
    double told = 0;
    for (int i = 0; i < exact.length; i++) {
      squares += Math.pow(found.logProb()[i] - exact[i], 2);
      told += Math.pow(found.standardError()[i], 2);
    }
    return new Errors(Math.sqrt(squares / exact.length), Math.sqrt(told / exact.length));
  }

  private LogDensity score(Divergence divergence) {
    RandomGenerator random = new RandomStreams(6).generator(Purpose.PROBES);
    Bijection evaluated =
        ContinuousFlow.solved(
            model.flow().bijection(), solve -> solve.withEvaluationDivergence(divergence));
    return model.withBijection(evaluated).flow().score(rows, Context.none(), random);
  }

  @Override
  public void close() {
    model.close();
  }
}
