package org.fjordflow.bench.peers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.fjordflow.bench.GradientStep;
import org.fjordflow.bench.Workload;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.internal.SolverChange;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.estimators.Divergence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTest {
  private static final int ROWS = 7;
  private static final RandomStreams STREAMS = new RandomStreams(3);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"TOY_100", "TABLE_6"})
  void gradientIsThatOfAGradientStep(Workload workload) throws IOException {
    WorkloadFolder files = prepared(workload.model());
    SafetensorsFile data = files.data();
    double loss;
    double[] gradient;
    try (GradientStep step =
        new GradientStep(replaying(files), data.tensor(WorkloadFolder.BATCH).toRows())) {
      step.run();
      loss = step.loss();
      gradient = step.model().parameters().gradient();
    }
    try (Worker worker = new Worker()) {
      worker.answer(load("trained"));
      Path saved = folder.resolve("gradient.safetensors");
      JsonNode answer = worker.answer(ask("gradient").put("save", saved.toString()));
      assertEquals(loss, answer.path("loss").asDouble());
      assertEquals(2, answer.path("seconds").size());
      assertTrue(answer.path("forward").asLong() > 0);
      assertTrue(answer.path("backward").asLong() > 0);
      SafetensorsFile tensors = SafetensorsFile.read(saved);
      try (BuiltModel<ModelConfig> model = model(files)) {
        ModelTensors.load(tensors, model.parameters(), saved.toString());
        assertArrayEquals(gradient, model.parameters().get());
      }
    }
  }

  @Test
  void scoresAndSamplesAreThoseOfTheFlow() throws IOException {
    WorkloadFolder files = prepared(Workload.TABLE_6.model());
    SafetensorsFile data = files.data();
    Path scores = folder.resolve("scores.safetensors");
    Path samples = folder.resolve("samples.safetensors");
    try (Worker worker = new Worker();
        BuiltModel<ModelConfig> model = model(files)) {
      worker.answer(load("initial"));
      JsonNode answer = worker.answer(ask("score").put("save", scores.toString()));
      assertTrue(answer.path("forward").asLong() > 0);
      answer = worker.answer(ask("sample").put("save", samples.toString()));
      assertTrue(answer.path("forward").asLong() > 0);
      Path weights = files.weights("initial");
      ModelTensors.load(SafetensorsFile.read(weights), model.parameters(), weights.toString());
      double[][] scored = data.tensor(WorkloadFolder.SCORED).toRows();
      assertArrayEquals(
          model
              .flow()
              .withChunkRows(ROWS)
              .logProb(scored, Context.none(), STREAMS.generator(Purpose.PROBES)),
          SafetensorsFile.read(scores).tensor("scores").values());
      double[][] base = data.tensor(WorkloadFolder.BASE).toRows();
      assertArrayEquals(
          model.flow().fromBase(base, Context.none(), STREAMS.generator(Purpose.PROBES)),
          SafetensorsFile.read(samples).tensor("samples").toRows());
    }
  }

  @Test
  void estimatedScoresReplayTheProbes() throws IOException {
    ModelConfig config = Workload.TABLE_6.model();
    config =
        config.withSolve(config.solve().withEvaluationDivergence(Divergence.of("rademacher", 1)));
    prepared(config);
    Path scores = folder.resolve("scores.safetensors");
    try (Worker worker = new Worker()) {
      worker.answer(load("initial"));
      worker.answer(ask("score").put("save", scores.toString()));
      JsonNode gradient = worker.answer(ask("gradient"));
      double[] values = SafetensorsFile.read(scores).tensor("scores").values();
      double mean = 0;
      for (double value : values) {
        mean -= value / values.length;
      }
      assertEquals(ROWS, values.length);
      assertEquals(gradient.path("loss").asDouble(), mean, 1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOY_100", "TABLE_6"})
  void endOfASolveGivesTheLogDensity(Workload workload) throws IOException {
    ModelConfig config = workload.model();
    WorkloadFolder files = prepared(config);
    Path saved = folder.resolve("end.safetensors");
    int dim = config.dim();
    try (Worker worker = new Worker()) {
      worker.answer(load("trained").put("dtype", "float64"));
      ObjectNode request = solve("dopri853", "forward", 1e-9).put("save", saved.toString());
      JsonNode answer = worker.answer(request);
      long steps = answer.path("accepted").asLong() + answer.path("rejected").asLong();
      assertEquals(2 + 12 * steps, answer.path("evaluations").asLong());
    }
    double[][] ends = SafetensorsFile.read(saved).tensor("state").toRows();
    double[] logDet = SafetensorsFile.read(saved).tensor("log_det").values();
    double[][] batch = files.data().tensor(WorkloadFolder.BATCH).toRows();
    assertEquals(batch.length, ends.length);
    try (BuiltModel<ModelConfig> model = scored(files)) {
      double[] expected =
          model.flow().logProb(batch, Context.none(), STREAMS.generator(Purpose.PROBES));
      for (int i = 0; i < ends.length; i++) {
        double logProb = logDet[i] - 0.5 * dim * Math.log(2 * Math.PI);
        for (double z : ends[i]) {
          logProb -= 0.5 * z * z;
        }
        assertEquals(expected[i], logProb, 1e-7);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"discrete", "continuous"})
  void gradientsOfASolveAreThoseOfTheLoss(String mode) throws IOException {
    prepared(Workload.TABLE_6.model());
    Path expected = folder.resolve("gradient.safetensors");
    Path found = folder.resolve("solve.safetensors");
    try (Worker worker = new Worker()) {
      worker.answer(load("trained").put("dtype", "float64").put("tolerance", 1e-10));
      worker.answer(ask("gradient").put("save", expected.toString()));
      JsonNode answer = worker.answer(solve("dopri853", mode, 1e-10).put("save", found.toString()));
      assertTrue(answer.path("evaluations").asLong() > 12 * answer.path("accepted").asLong());
      worker.answer(solve("midpoint", mode, 0).put("steps", 4));
    }
    SafetensorsFile.read(expected)
        .tensors()
        .forEach(
            (name, tensor) ->
                assertArrayEquals(
                    tensor.values(), SafetensorsFile.read(found).tensor(name).values(), 1e-7));
  }

  @Test
  void cardioIsReplacedWhereItIsAbsent() {
    PeerData data = SolverWorkload.CARDIO.data(folder);
    assertTrue(data.name().startsWith("mixture"));
    assertEquals(21, data.sampler().sample(1, STREAMS.generator(Purpose.TEST))[0].length);
    for (SolverWorkload workload : SolverWorkload.values()) {
      assertEquals(0, workload.describe(data).scoreRows());
    }
  }

  @Test
  void whatIsThereIsNotPreparedAgain() throws IOException {
    WorkloadFolder files = prepared(Workload.TOY_100.model());
    Path weights = files.weights("trained");
    byte[] before = Files.readAllBytes(weights);
    WorkloadDescription description = files.description();
    assertFalse(Preparation.prepare(description, PeerData.moons(), files));
    Files.delete(weights);
    Files.delete(folder.resolve("workload.json"));
    assertTrue(Preparation.prepare(description, PeerData.moons(), files));
    assertArrayEquals(before, Files.readAllBytes(weights));
  }

  @Test
  void everyWorkloadIsFoundByItsName() {
    for (PeerWorkload workload : PeerWorkload.values()) {
      assertEquals(workload, PeerWorkload.of(workload.id()));
    }
    assertEquals("score-100k-6d", PeerWorkload.SCORE_100K_6D.id());
  }

  private WorkloadFolder prepared(ModelConfig config) {
    WorkloadFolder files = new WorkloadFolder(folder);
    PeerData data = config.dim() == 2 ? PeerData.moons() : PeerData.mixture(config.dim(), STREAMS);
    WorkloadDescription description =
        new WorkloadDescription("small", ROWS, 2 * ROWS, ROWS, data.name(), 2, ROWS, 5, config);
    assertTrue(Preparation.prepare(description, data, files));
    return files;
  }

  private BuiltModel<ModelConfig> model(WorkloadFolder files) {
    return files.description().model().create(STREAMS.generator(Purpose.INITIALIZATION));
  }

  private BuiltModel<ModelConfig> replaying(WorkloadFolder files) {
    BuiltModel<ModelConfig> model = model(files);
    Path weights = files.weights("trained");
    ModelTensors.load(SafetensorsFile.read(weights), model.parameters(), weights.toString());
    if (model.config().dim() == 2) {
      return model;
    }
    double[] probes = files.data().tensor(WorkloadFolder.PROBES).values();
    Divergence replayed = Divergence.replayed(1, probes);
    return model.withBijection(
        ContinuousFlow.solved(
            model.flow().bijection(), solve -> solve.withTrainingDivergence(replayed)));
  }

  /** In float64, to compare end states with. */
  private BuiltModel<ModelConfig> scored(WorkloadFolder files) {
    ModelConfig config = files.description().model().withDtype("float64");
    SolveSettings solve =
        new SolverChange("dopri5", 1e-9, 1e-9, null, null).applyTo(config.solve());
    BuiltModel<ModelConfig> model =
        config.withSolve(solve).create(STREAMS.generator(Purpose.INITIALIZATION));
    Path weights = files.weights("trained");
    ModelTensors.load(SafetensorsFile.read(weights), model.parameters(), weights.toString());
    return model;
  }

  private static ObjectNode solve(String method, String mode, double tolerance) {
    return JsonConfig.object()
        .put("do", "solve")
        .put("method", method)
        .put("mode", mode)
        .put("rtol", tolerance)
        .put("atol", tolerance);
  }

  private ObjectNode load(String weights) {
    return JsonConfig.object()
        .put("do", "load")
        .put("folder", folder.toString())
        .put("weights", weights)
        .put("dtype", "float32")
        .put("tolerance", 1e-5);
  }

  private static ObjectNode ask(String task) {
    return JsonConfig.object().put("do", task).put("times", 2).put("chunk", ROWS);
  }
}
