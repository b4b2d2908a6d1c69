package org.fjordflow.bench.matching;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.fjordflow.bench.matching.Points.Condition;
import org.fjordflow.bench.peers.Requests;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.cnf.matching.Pairing;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * A process that matches torchcfm's tutorial network as it is asked to; {@code
 * bench/peers/matching_worker.py} says what is asked, and answers for torchcfm.
 */
public final class MatchingWorker implements AutoCloseable {

  private static final int BATCH = 256;
  private static final double NANOS = 1e9;

  private @Nullable BuiltModel<ModelConfig> model;
  private Pairing pairing = new Pairing.Independent();

  private MatchingWorker() {}

  /** Answers lines of the standard input until it ends. */
  public static void main(String[] args) throws IOException {
    try (MatchingWorker worker = new MatchingWorker()) {
      Requests.serve(worker::answer);
    }
  }

  private JsonNode answer(JsonNode request) {
    String task = request.path("do").asText();
    return switch (task) {
      case "load" -> load(request);
      case "train" -> train(request);
      case "sample" -> sample(request);
      default -> throw new IllegalArgumentException("asked to do '" + task + "'");
    };
  }

  private JsonNode load(JsonNode request) {
    close();
    pairing =
        request.path("transport").asBoolean() ? new Pairing.Transport() : new Pairing.Independent();
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    ModelConfig config =
        ModelConfig.mlp(2).withSolve(SolveSettings.exact().withEvaluationSolver(solver));
    model =
        config.create(
            new RandomStreams(0).generator(Purpose.INITIALIZATION),
            request.path("threads").asInt(1));
    return Requests.answer(List.of())
        .put("version", "Java " + Runtime.version())
        .put("parameters", model.parameters().size());
  }

  private JsonNode train(JsonNode request) {
    BuiltModel<ModelConfig> trained = model();
    FlowMatching matching =
        FlowMatching.of(
            trained.flow().bijection(),
            Points::eightGaussians,
            FlowMatching.Options.standard().withPairing(pairing));
    BatchSource data =
        (step, size, own) -> Points.moons(size, Condition.NONE, own.generator(Purpose.DATA, step));
    long start = processorTime();
    double loss =
        new Trainer(
                TrainerConfig.of(request.path("steps").asLong(), BATCH, 0),
                trained.parameters(),
                matching,
                data,
                List.of())
            .train()
            .finalLoss();
    return Requests.answer(List.of((processorTime() - start) / NANOS)).put("loss", loss);
  }

  private JsonNode sample(JsonNode request) {
    RandomStreams streams = new RandomStreams(1);
    double[][] source =
        Points.eightGaussians(request.path("points").asInt(), streams.generator(Purpose.TEST));
    long start = processorTime();
    double[][] rows =
        model().flow().fromBase(source, Context.none(), streams.generator(Purpose.PROBES));
    return Requests.answer(List.of((processorTime() - start) / NANOS)).put("rows", rows.length);
  }

  /** Of all threads, in nanoseconds: others' work on the machine changes it little. */
  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private BuiltModel<ModelConfig> model() {
    if (model == null) {
      throw new IllegalStateException("asked to compute before anything was loaded");
    }
    return model;
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}
