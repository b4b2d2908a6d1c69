package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.GradientStep;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.internal.SolverChange;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.SolverConfig;
import org.jspecify.annotations.Nullable;

/** A workload with one set of weights, ready to be computed. */
final class Loaded implements AutoCloseable {

  private static final double[][] NOTHING = {};

  private final BuiltModel<ModelConfig> model;
  private final SolveSettings solve;
  private final double[][] batch;
  private Flow flow;
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
    SolverChange tolerances = new SolverChange(null, tolerance, tolerance, null, null);
    SolveSettings solve = tolerances.applyTo(config.solve());
    config = config.withSolve(solve);
    SafetensorsFile data = folder.data();
    model = config.create(random);
    Path file = folder.weights(weights);
    ModelTensors.load(SafetensorsFile.read(file), model.parameters(), file.toString());
    this.solve = replay(solve, data);
    BuiltModel<ModelConfig> replaying = solved(this.solve);
    flow = replaying.flow();
    batch = rows(data, WorkloadFolder.BATCH);
    boolean estimates = !solve.evaluation().divergence().isExact();
    step = description.gradientRows() == 0 ? null : new GradientStep(replaying, batch);
    // Estimates take the probes of the batch, and so its rows.
    scored = estimates ? batch : rows(data, WorkloadFolder.SCORED);
    base = rows(data, WorkloadFolder.BASE);
  }

  private static SolveSettings replay(SolveSettings solve, SafetensorsFile data) {
    Tensor probes = data.tensors().get(WorkloadFolder.PROBES);
    if (probes == null) {
      return solve;
    }
    SolveSettings replaying = solve;
    Divergence replayed = Divergence.replayed(1, probes.values());
    if (!solve.training().divergence().isExact()) {
      replaying = replaying.withTrainingDivergence(replayed);
    }
    if (!solve.evaluation().divergence().isExact()) {
      replaying = replaying.withEvaluationDivergence(replayed);
    }
    return replaying;
  }

  private static double[][] rows(SafetensorsFile data, String name) {
    Tensor tensor = data.tensors().get(name);
    return tensor == null ? NOTHING : tensor.toRows();
  }

  /** Returns how many threads compute at most. */
  int threads() {
    return flow.backend().threads();
  }

  /** Returns the rows that gradients are for. */
  double[][] batch() {
    return batch;
  }

  /**
   * Returns the same model, with the same weights and probes, solved otherwise.
   *
   * @param solver how to solve, forwards and backwards
   * @param adjoint how to get gradients
   */
  BuiltModel<ModelConfig> solvedBy(SolverConfig solver, Adjoint adjoint) {
    return solved(solve.withSolver(solver).withAdjoint(adjoint));
  }

  private BuiltModel<ModelConfig> solved(SolveSettings other) {
    return model.withBijection(ContinuousFlow.solved(model.flow().bijection(), old -> other));
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

  /**
   * Computes log-densities.
   *
   * @param chunkRows rows at once; all of them where log-densities are estimates
   */
  LogDensity score(int chunkRows) {
    return inChunks(chunkRows).score(scored, Context.none(), random);
  }

  /**
   * Maps base points to data.
   *
   * @param chunkRows rows at once
   */
  double[][] sample(int chunkRows) {
    return inChunks(chunkRows).fromBase(base, Context.none(), random);
  }

  /**
   * Counts what {@link #sample} costs, by doing it again: rows alone do not tell.
   *
   * @param chunkRows rows at once
   */
  Work sampleWork(int chunkRows) {
    Work work = new Work();
    Tape tape = Tape.evaluating(flow.backend());
    for (int from = 0; from < base.length; from += chunkRows) {
      tape.reset();
      double[][] rows = Arrays.copyOfRange(base, from, Math.min(base.length, from + chunkRows));
      double[] values = RowArrays.flatten(rows, flow.dim(), WorkloadFolder.BASE);
      Var z = tape.constant(values, rows.length, flow.dim());
      flow.bijection().inverse(new Pass(tape, random, false, false, work), z, null);
    }
    return work;
  }

  /** A flow has arrays of its own: one is kept as long as chunks stay the same. */
  private Flow inChunks(int rows) {
    if (flow.chunkRows() != rows) {
      flow = flow.withChunkRows(rows);
    }
    return flow;
  }

  @Override
  public void close() {
    model.close();
  }
}
