package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.GradientStep;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveConfig;
import org.fjordflow.cnf.SolveOptions;
import org.fjordflow.core.data.SafetensorsFile;
import org.fjordflow.core.data.Tensor;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.LogDensity;
import org.fjordflow.core.flow.Work;
import org.fjordflow.core.train.ModelTensors;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.estimators.ReplayedProbes;
import org.jspecify.annotations.Nullable;

/** A workload with one set of weights, ready to be computed. */
final class Loaded implements AutoCloseable {

  private static final double[][] NOTHING = {};

  private final ContinuousModel model;
  private final Flow flow;
  private final @Nullable GradientStep step;
  private final double[][] scored;
  private final double[][] base;
  private final RandomGenerator random = new RandomStreams(0).generator(Purpose.PROBES);

  /**
   * Loads a workload.
   *
   * @param folder its files
   * @param weights the set of weights
   * @param dtype precision to compute with
   * @param tolerance relative and absolute
   */
  Loaded(WorkloadFolder folder, String weights, String dtype, double tolerance) {
    WorkloadDescription description = folder.description();
    ModelConfig config = description.model().withDtype(dtype);
    SolveConfig solve = config.solve();
    config =
        config.withSolve(solve.withSolver(solve.method(), tolerance, tolerance, solve.steps()));
    SafetensorsFile data = folder.data();
    model = ContinuousModel.create(config, random);
    Path file = folder.weights(weights);
    ModelTensors.load(SafetensorsFile.read(file), model.parameters(), file.toString());
    ContinuousModel replaying = model.withOptions(replay(config.solve(), data));
    // Estimates take one probe a row, replayed for all rows at once; exact traces go in chunks.
    boolean estimates = !solve.testDivergence().equals(SolveConfig.EXACT);
    step =
        description.gradientRows() == 0
            ? null
            : new GradientStep(replaying, rows(data, WorkloadFolder.BATCH));
    scored = rows(data, estimates ? WorkloadFolder.BATCH : WorkloadFolder.SCORED);
    flow = estimates ? replaying.flow().withChunkRows(scored.length) : replaying.flow();
    base = rows(data, WorkloadFolder.BASE);
  }

  private static SolveOptions replay(SolveConfig solve, SafetensorsFile data) {
    SolveOptions options = solve.options();
    Tensor probes = data.tensors().get(WorkloadFolder.PROBES);
    if (probes == null) {
      return options;
    }
    ReplayedProbes replayed = new ReplayedProbes(1, probes.values());
    if (!solve.divergence().equals(SolveConfig.EXACT)) {
      options = options.withTrainingDivergence(replayed);
    }
    if (!solve.testDivergence().equals(SolveConfig.EXACT)) {
      options = options.withEvaluationDivergence(replayed);
    }
    return options;
  }

  private static double[][] rows(SafetensorsFile data, String name) {
    Tensor tensor = data.tensors().get(name);
    return tensor == null ? NOTHING : tensor.toTable().rows();
  }

  /** Computes loss and gradient. */
  Work gradient() {
    return step().run();
  }

  /** Returns the loss of the last gradient, in nats a row. */
  double loss() {
    return step().loss();
  }

  /** Returns the last gradient under the parameters' names. */
  SafetensorsFile gradientTensors() {
    return GradientTensors.of(model.parameters(), Map.of("loss", Double.toString(loss())));
  }

  private GradientStep step() {
    if (step == null) {
      throw new IllegalStateException("this workload has no gradient");
    }
    return step;
  }

  /** Computes log-densities. */
  LogDensity score() {
    return flow.score(scored, Context.none(), random);
  }

  /** Maps base points to data. */
  double[][] sample() {
    return flow.fromBase(base, Context.none(), random);
  }

  @Override
  public void close() {
    model.close();
  }
}
