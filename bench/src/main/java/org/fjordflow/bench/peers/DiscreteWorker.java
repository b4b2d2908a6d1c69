package org.fjordflow.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.jspecify.annotations.Nullable;

/**
 * A process that trains discrete flows as it is asked to; {@code bench/peers/discrete_worker.py}
 * says what is asked, and answers for other libraries.
 */
public final class DiscreteWorker implements AutoCloseable {

  private static final double NANOS = 1e9;

  private double[][] train = {};
  private double[][] test = {};
  private @Nullable ComparedFlow model;

  DiscreteWorker() {}

  /**
   * Answers lines of the standard input until it ends; or, with arguments, exports data sets.
   *
   * @param args nothing, or the folder that gets a folder for each data set, and their names
   */
  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      Exports.run(
          published -> {
            for (String name : Arrays.asList(args).subList(1, args.length)) {
              export(SplitData.of(name), published, Path.of(args[0]).resolve(name));
            }
          });
      return;
    }
    try (DiscreteWorker worker = new DiscreteWorker()) {
      Requests.serve(worker::answer);
    }
  }

  /** Writes the rows of a data set, in float32. */
  static void export(SplitData data, Path published, Path folder) {
    SplitData.Rows rows = data.rows(published);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("train", tensor(rows.train()));
    tensors.put("test", tensor(rows.test()));
    new SafetensorsFile(tensors, Map.of())
        .write(AtomicFiles.createFolder(folder).resolve("data.safetensors"));
  }

  private static Tensor tensor(double[][] rows) {
    int dim = rows[0].length;
    return Tensor.float32(RowArrays.flatten(rows, dim, "data"), rows.length, dim);
  }

  /**
   * Does what is asked.
   *
   * @param request an object with {@code do} and what that needs
   * @return what came of it
   */
  JsonNode answer(JsonNode request) {
    String task = request.path("do").asText();
    return switch (task) {
      case "load" -> load(request);
      case "step" -> step(request);
      case "fit" -> fit(request);
      default -> throw new IllegalArgumentException("asked to do '" + task + "'");
    };
  }

  private JsonNode load(JsonNode request) {
    close();
    Path folder = Path.of(request.path("folder").asText());
    SafetensorsFile data = SafetensorsFile.read(folder.resolve("data.safetensors"));
    train = data.tensor("train").toRows();
    test = data.tensor("test").toRows();
    model = new ComparedFlow(request.path("setting"), train[0].length);
    String version = "Java %s, %d threads".formatted(Runtime.version(), model.threads());
    return JsonConfig.object()
        .put("version", version)
        .put("parameters", model.size())
        .put("columns", train[0].length);
  }

  private JsonNode step(JsonNode request) {
    double[][] batch = Arrays.copyOf(train, request.path("batch").asInt());
    List<StepMetrics> steps = model().steps(batch, request.path("times").asInt(1));
    List<Double> seconds = new ArrayList<>();
    for (int i = 1; i < steps.size(); i++) {
      seconds.add(steps.get(i).seconds() - steps.get(i - 1).seconds());
    }
    return Requests.answer(seconds).put("loss", steps.get(steps.size() - 1).loss());
  }

  private JsonNode fit(JsonNode request) {
    ComparedFlow trained = model();
    long start = System.nanoTime();
    trained.fit(
        train,
        request.path("steps").asInt(),
        request.path("batch").asInt(),
        request.path("rate").asDouble(),
        request.path("clip").asDouble());
    ObjectNode answer = Requests.answer(List.of((System.nanoTime() - start) / NANOS));
    return answer.put("test", trained.meanLogProb(test)).put("train", trained.meanLogProb(train));
  }

  private ComparedFlow model() {
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
