package org.fjordflow.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.FlowConfig;
import org.fjordflow.discrete.Flows;

/** A discrete flow that is trained beside those of other libraries. */
final class ComparedFlow implements AutoCloseable {

  private final long seed;
  private final Backend backend;
  private final Parameters parameters;
  private final Flow flow;
  private final Objective objective;

  /**
   * Creates a flow.
   *
   * @param setting an object with {@code flow}, {@code layers}, {@code hidden}, {@code seed} and,
   *     if not all processors are wanted, {@code threads}
   * @param dim columns
   */
  ComparedFlow(JsonNode setting, int dim) {
    int threads = setting.path("threads").asInt(Runtime.getRuntime().availableProcessors());
    seed = setting.path("seed").asLong();
    backend = new CpuBackend(DType.FLOAT32, threads);
    parameters = new Parameters(backend);
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.INITIALIZATION);
    flow =
        config(
                setting.path("flow").asText(),
                dim,
                setting.path("layers").asInt(),
                setting.path("hidden").asInt())
            .create(parameters, random);
    objective = Objectives.negativeLogLikelihood(flow);
  }

  private static FlowConfig config(String name, int dim, int layers, int hidden) {
    return switch (name) {
      case "maf" -> Flows.maf(dim, layers, hidden);
      case "nsf-autoregressive" -> Flows.autoregressiveNsf(dim, layers, hidden);
      case "nsf-coupling" -> Flows.nsf(dim, layers, hidden);
      case "realnvp" -> Flows.realNvp(dim, layers, hidden);
      default ->
          throw new FjordException(ErrorKey.INVALID_ARGUMENT, "no flow '" + name + "' is known");
    };
  }

  /** Returns the number of trained values. */
  int size() {
    return parameters.size();
  }

  /** Returns the number of threads. */
  int threads() {
    return backend.threads();
  }

  /**
   * Makes training steps on one batch, and one before that is not counted.
   *
   * @param rows the batch
   * @param steps how many
   * @return metrics of the uncounted step and of the others
   */
  List<StepMetrics> steps(double[][] rows, int steps) {
    Batch batch = Batch.of(rows);
    TrainerConfig config = TrainerConfig.of(1L + steps, rows.length, seed);
    return new Trainer(config, parameters, objective, (step, n, streams) -> batch, List.of())
        .train()
        .history();
  }

  /** Trains in shuffled epochs. */
  void fit(double[][] rows, int steps, int batchSize, double rate, double clipNorm) {
    TrainerConfig config =
        TrainerConfig.of(steps, batchSize, seed)
            .withOptimizer(Adam.of(rate))
            .withClipNorm(clipNorm);
    int made =
        new Trainer(config, parameters, objective, BatchSource.shuffled(Batch.of(rows)), List.of())
            .train()
            .history()
            .size();
    if (made < steps) {
      throw new IllegalStateException("only %d of %d steps were made".formatted(made, steps));
    }
  }

  /** The mean log-density of rows, in nats. */
  double meanLogProb(double[][] rows) {
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.TEST);
    return Arrays.stream(flow.logProb(rows, Context.none(), random)).average().orElseThrow();
  }

  @Override
  public void close() {
    backend.close();
  }
}
