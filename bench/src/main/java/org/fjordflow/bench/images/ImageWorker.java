package org.fjordflow.bench.images;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.peers.Requests;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
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
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.ImageRecipe;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;

/**
 * A process that trains a flow of images by its recipe as it is asked to; {@code
 * bench/peers/images_worker.py} says what is asked, and answers for PyTorch's libraries.
 */
public final class ImageWorker implements AutoCloseable {

  private static final double NANOS = 1e9;
  private static final int IMAGES = 4_096;
  private static final int LEVELS = 256;
  private static final int INITIALIZATION = 64;

  /** A flow that is trained. */
  private record Trained(
      ImageRecipe recipe, CpuBackend backend, Parameters parameters, Objective objective) {}

  private final double[][] levels;
  private final ImageShape shape;
  private @Nullable Trained trained;

  /** Where the training goes on: Adam's moments too. */
  private @Nullable TrainingState reached;

  private ImageWorker(Images images) {
    this.levels = Arrays.copyOf(images.rows(), Math.min(IMAGES, images.rows().length));
    this.shape = images.shape();
  }

  /**
   * Answers lines of the standard input until it ends.
   *
   * @param args where the images are
   */
  public static void main(String[] args) throws IOException {
    Images.Options options = Images.Options.standard().unlabelled();
    Images images = Images.read(args[0], options);
    try (ImageWorker worker = new ImageWorker(images)) {
      Requests.serve(worker::answer);
    }
  }

  private JsonNode answer(JsonNode request) {
    String task = request.path("do").asText();
    return switch (task) {
      case "load" -> load(request);
      case "train" -> train(request);
      default -> throw new IllegalArgumentException("asked to do '" + task + "'");
    };
  }

  private JsonNode load(JsonNode request) {
    close();
    ImageRecipe recipe = ImageRecipe.of(request.path("model").asText());
    CpuBackend backend = new CpuBackend(DType.FLOAT32, request.path("threads").asInt(1));
    Parameters parameters = new Parameters(backend);
    RandomGenerator random = new RandomStreams(0).generator(Purpose.INITIALIZATION);
    DiagonalNormal base = DiagonalNormal.standard(shape.size());
    Flow flow = new Flow(base, recipe.flow(shape, 0).bijection(parameters, random), backend);
    Objective objective =
        recipe.objective() == TrainingObjective.Kind.MATCHING
            ? FlowMatching.of(flow.bijection(), base::sample, FlowMatching.Options.standard())
            : Objectives.negativeLogLikelihood(flow);
    trained = new Trained(recipe, backend, parameters, objective);
    reached = null;
    if (!parameters.awaitingData().isEmpty()) {
      flow.initialize(
          source().batch(1, INITIALIZATION, new RandomStreams(0)).rows(), Context.none(), random);
    }
    return Requests.answer(List.of())
        .put("version", "Java " + Runtime.version())
        .put("parameters", parameters.size());
  }

  /** Images in turn, dequantised, as the flow sees them. */
  private BatchSource source() {
    Dequantization scale = new Dequantization(LEVELS, trained().recipe().pixels().scale());
    return (step, size, streams) -> {
      double[][] rows = new double[size][];
      Arrays.setAll(rows, i -> levels[(int) ((step * size + i) % levels.length)]);
      return Batch.of(scale.apply(rows, streams.generator(Purpose.DATA, step)));
    };
  }

  private JsonNode train(JsonNode request) {
    Trained model = trained();
    int batch = request.path("batch").asInt();
    TrainingState before = reached;
    long made = before == null ? 0 : before.step();
    TrainerConfig config =
        TrainerConfig.of(made + request.path("steps").asLong(), batch, 0)
            .withOptimizer(Adam.of(model.recipe().learningRate()));
    long wall = System.nanoTime();
    long start = processorTime();
    Trainer trainer =
        new Trainer(config, model.parameters(), model.objective(), source(), List.of());
    TrainingResult result = before == null ? trainer.train() : trainer.resume(before);
    double seconds = (processorTime() - start) / NANOS;
    double passed = (System.nanoTime() - wall) / NANOS;
    reached = result.state();
    List<StepMetrics> steps = result.history();
    return Requests.answer(List.of(seconds))
        .put("passed", passed)
        .put("loss", steps.get(steps.size() - 1).loss())
        .put("evaluations", steps.stream().mapToLong(StepMetrics::forwardEvaluations).sum());
  }

  /** Of all threads, in nanoseconds: others' work on the machine changes it little. */
  private static long processorTime() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private Trained trained() {
    if (trained == null) {
      throw new IllegalStateException("asked to compute before anything was loaded");
    }
    return trained;
  }

  @Override
  public void close() {
    if (trained != null) {
      trained.backend().close();
      trained = null;
    }
  }
}
