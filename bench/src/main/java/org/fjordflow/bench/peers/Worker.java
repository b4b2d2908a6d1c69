package org.fjordflow.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.bench.ResidentMemory;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.internal.JsonConfig;
import org.jspecify.annotations.Nullable;

/**
 * A process that computes what it is asked for: one JSON object a line in, one out. {@code
 * bench/peers/worker.py} says what is asked; every library has such a worker.
 */
public final class Worker implements AutoCloseable {

  private static final double NANOS = 1e9;

  private @Nullable Loaded loaded;

  Worker() {}

  /** Answers lines of the standard input until it ends. */
  public static void main(String[] args) throws IOException {
    try (Worker worker = new Worker()) {
      Requests.serve(worker::answer);
    }
  }

  /**
   * Does what is asked.
   *
   * @param request an object with {@code do} and what that needs
   * @return what came of it
   */
  JsonNode answer(JsonNode request) throws IOException {
    String task = request.path("do").asText();
    return switch (task) {
      case "load" -> load(request);
      case "gradient" -> gradient(request);
      case "score" -> score(request);
      case "sample" -> sample(request);
      case "solve" -> solve(request);
      case "resident" ->
          JsonConfig.object().put("now", ResidentMemory.now()).put("peak", ResidentMemory.peak());
      case "reset-peak" -> JsonConfig.object().put("reset", ResidentMemory.resetPeak());
      default -> throw new IllegalArgumentException("asked to do '" + task + "'");
    };
  }

  private JsonNode load(JsonNode request) {
    close();
    loaded =
        new Loaded(
            new WorkloadFolder(Path.of(request.path("folder").asText())),
            request.path("weights").asText(),
            request.path("dtype").asText(),
            request.path("tolerance").asDouble());
    String version = "Java %s, %d threads".formatted(Runtime.version(), loaded.threads());
    return JsonConfig.object().put("version", version);
  }

  private JsonNode gradient(JsonNode request) {
    Loaded work = loaded();
    Work[] cost = new Work[1];
    ObjectNode answer = timed(request, () -> cost[0] = work.gradient());
    answer.put("loss", work.loss());
    answer.put("forward", cost[0].forwardEvaluations());
    answer.put("backward", cost[0].backwardEvaluations());
    save(request, work.gradientTensors());
    return answer;
  }

  private JsonNode score(JsonNode request) {
    Loaded work = loaded();
    LogDensity[] result = new LogDensity[1];
    ObjectNode answer = timed(request, () -> result[0] = work.score(chunk(request)));
    double[] values = result[0].logProb();
    answer.put("forward", result[0].work().forwardEvaluations());
    save(request, file("scores", values, values.length, 1));
    return answer;
  }

  private JsonNode sample(JsonNode request) {
    Loaded work = loaded();
    double[][][] result = new double[1][][];
    ObjectNode answer = timed(request, () -> result[0] = work.sample(chunk(request)));
    if (request.hasNonNull("save")) {
      answer.put("forward", work.sampleWork(chunk(request)).forwardEvaluations());
    }
    int dim = result[0][0].length;
    save(
        request,
        file("samples", RowArrays.flatten(result[0], dim, "samples"), result[0].length, dim));
    return answer;
  }

  private JsonNode solve(JsonNode request) {
    FlowSolve solve = new FlowSolve(loaded(), request);
    ObjectNode answer = timed(request, solve::run);
    Work work = solve.work();
    answer.put("evaluations", work.forwardEvaluations() + work.backwardEvaluations());
    answer.put("accepted", work.acceptedSteps());
    answer.put("rejected", work.rejectedSteps());
    save(request, solve.result());
    return answer;
  }

  private static SafetensorsFile file(String name, double[] values, int rows, int columns) {
    return new SafetensorsFile(Map.of(name, Tensor.float64(values, rows, columns)), Map.of());
  }

  private static void save(JsonNode request, SafetensorsFile result) {
    if (request.hasNonNull("save")) {
      result.write(Path.of(request.path("save").asText()));
    }
  }

  private static int chunk(JsonNode request) {
    return request.path("chunk").asInt();
  }

  private static ObjectNode timed(JsonNode request, Runnable task) {
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < request.path("times").asInt(1); i++) {
      long start = System.nanoTime();
      task.run();
      seconds.add((System.nanoTime() - start) / NANOS);
    }
    return Requests.answer(seconds);
  }

  private Loaded loaded() {
    if (loaded == null) {
      throw new IllegalStateException("asked to compute before anything was loaded");
    }
    return loaded;
  }

  @Override
  public void close() {
    if (loaded != null) {
      loaded.close();
      loaded = null;
    }
  }
}
