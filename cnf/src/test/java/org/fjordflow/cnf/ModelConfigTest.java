package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.Ids;
import org.fjordflow.core.backend.BackendKind;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.JsonConfig;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations are checked, come through JSON unchanged, and every choice can be built. */
final class ModelConfigTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static ObjectNode json() {
    return MAPPER.valueToTree(ModelConfig.ffjord(3).withDtype("float64"));
  }

  private static Stream<ModelConfig> configs() {
    return Stream.of(
        ModelConfig.ffjord(2),
        ModelConfig.mlp(5)
            .withStandardization(
                Arrays.asList(0.1, -2.0, 3e7, 0.0, 1.0 / 3), List.of(1e-9, 2.0, 0.5, 1.0, Math.PI)),
        SmallModels.config("hyper", 4, 3, 7, 5)
            .withSolve(
                new SolveConfig(
                    "rk4",
                    1e-3,
                    1e-7,
                    1e-6,
                    1e-9,
                    13,
                    4321,
                    "continuous",
                    "gaussian",
                    3,
                    "rademacher",
                    9,
                    "mixed",
                    0.01,
                    1e-3)),
        ModelConfig.mlp(5)
            .withSolve(
                SolveConfig.exact()
                    .withDivergence("hutch++", 4)
                    .withTestDivergence("orthogonal", 5)),
        ModelConfig.mlp(5).withSolve(SolveConfig.exact().withTestDivergence("hadamard", 8)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gbs", "adams-bashforth", "adams-moulton"})
  void methodsThatCannotGiveAGradientAreRefusedWhenBuilt(String method) {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.of(method), 1e-5, 1e-5);
    for (Runnable build :
        List.<Runnable>of(
            () -> SolveConfig.exact().withSolver(method, 1e-5, 1e-5, 1),
            () -> SolveSettings.exact().withSolver(solver))) {
      FjordException thrown = assertThrows(FjordException.class, build::run);
      assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
      assertTrue(thrown.toString().contains("continuous"), thrown.toString());
      assertTrue(thrown.toString().contains("dopri5"), thrown.toString());
    }
    SolveConfig continuous = SolveConfig.exact().withAdjoint("continuous");
    assertEquals(method, continuous.withSolver(method, 1e-5, 1e-5, 1).method());
    SolveSettings evaluating = SolveSettings.exact().withEvaluationSolver(solver);
    assertEquals(solver, evaluating.evaluation(), "evaluations need no gradient");
  }

  @ParameterizedTest
  @MethodSource("configs")
  void comesThroughJsonUnchanged(ModelConfig config) throws JsonProcessingException {
    JsonNode tree = MAPPER.readTree(JsonConfig.tree(config).toString());
    assertEquals(config, JsonConfig.value(tree, ModelConfig.class, "model.json"));
    assertEquals(14, tree.size(), "its components and nothing else");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "dim; 0; dim",
        "context; -1; context",
        "layer; \"dense\"; dense",
        "layer; null; layer",
        "hidden; [8, 0]; hidden",
        "hidden; null; hidden",
        "hidden; [8, null]; hidden",
        "activation; \"sine\"; sine",
        "activation; null; activation",
        "inputGain; 0; inputGain",
        "inputGain; \"NaN\"; inputGain",
        "blocks; 0; blocks",
        "endTime; 0; endTime",
        "endTime; -1; endTime",
        "endTime; \"NaN\"; endTime",
        "endTime; \"Infinity\"; endTime",
        "backend; \"tpu\"; tpu",
        "backend; null; backend",
        "dtype; \"float16\"; float16",
        "dtype; null; dtype",
        "solve; null; solve",
        "mean; [1, 2, 3]; deviation",
        "deviation; [1, 2, 3]; deviation"
      })
  void whatIsWrongIsNamed(String field, String value, String mentioned)
      throws JsonProcessingException {
    ObjectNode json = json();
    json.set(field, MAPPER.readTree(value));
    refused(json, ModelConfig.class, mentioned);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[1, 2]; [1, 2, 3]; mean",
        "[1, 2, 3]; [1, 2]; deviation",
        "[1, 2, null]; [1, 2, 3]; mean",
        "[1, 2, 3]; [1, 0, 3]; deviation",
        "[1, \"NaN\", 3]; [1, 1, 3]; mean"
      })
  void momentsAreOneForEachColumn(String mean, String deviation, String mentioned)
      throws JsonProcessingException {
    ObjectNode json = json();
    json.set("mean", MAPPER.readTree(mean));
    json.set("deviation", MAPPER.readTree(deviation));
    refused(json, ModelConfig.class, mentioned);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "method; \"rk5\"; rk5",
        "method; null; method",
        "rtol; -1; rtol",
        "atol; \"NaN\"; atol",
        "testRtol; -1; testRtol",
        "testRtol; 1e-17; rtol",
        "testAtol; \"NaN\"; testAtol",
        "maxEvaluations; 0; maxEvaluations",
        "adjoint; \"none\"; none",
        "adjoint; null; adjoint",
        "divergence; \"cauchy\"; cauchy",
        "divergence; null; divergence",
        "testDivergence; \"\"; divergence",
        "testDivergence; null; testDivergence",
        "errorNorm; \"l2\"; l2",
        "errorNorm; null; errorNorm",
        "kineticPenalty; -0.01; kineticPenalty",
        "kineticPenalty; \"NaN\"; kineticPenalty",
        "jacobianPenalty; -1; jacobianPenalty",
        "jacobianPenalty; \"Infinity\"; jacobianPenalty",
        "jacobianPenalty; null; jacobianPenalty"
      })
  void whatIsWrongInASolveIsNamed(String field, String value, String mentioned)
      throws JsonProcessingException {
    ObjectNode json = MAPPER.valueToTree(SolveConfig.exact());
    json.set(field, MAPPER.readTree(value));
    refused(json, SolveConfig.class, mentioned);
  }

  @Test
  void numbersOfStepsAndProbesMustFitTheirUse() {
    SolveConfig exact = SolveConfig.exact();
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> exact.withDivergence("gaussian", 0));
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> exact.withTestDivergence("rademacher", -1));
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> exact.withSolver("rk4", 1e-5, 1e-5, 0));
    assertEquals(0, exact.withSolver("dopri5", 1e-5, 1e-5, 0).steps(), "not used");
  }

  @Test
  void directionsMustFitTheColumns() {
    SolveConfig exact = SolveConfig.exact();
    for (SolveConfig solve :
        List.of(
            exact.withDivergence("orthogonal", 4),
            exact.withTestDivergence("hadamard", 5),
            exact.withDivergence("hutch++", 4))) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> ModelConfig.mlp(3).withSolve(solve),
          "3 dimensions");
    }
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> exact.withDivergence("hutch++", 1), "two");
    assertEquals(3, ModelConfig.mlp(3).withSolve(exact.withDivergence("hutch++", 3)).dim());
  }

  @ParameterizedTest
  @CsvSource({"exact, 1, 3", "rademacher, 9, 9", "orthogonal, 3, 3", "hutch++, 3, 3"})
  void divergencesAreFoundByName(String name, int probes, int directions) {
    SolveSettings options =
        SolveConfig.exact().withDivergence(name, probes).withTestDivergence(name, probes).options();
    assertEquals(directions, options.trainingDivergence().directions(3));
    assertEquals(options.trainingDivergence(), options.evaluationDivergence());
  }

  @Test
  void evaluationsHaveTolerancesOfTheirOwn() {
    SolveConfig both = SolveConfig.exact().withSolver("dopri5", 1e-3, 1e-4, 1);
    assertEquals(both.options().training(), both.options().evaluation());
    SolveConfig finer = both.withTestTolerances(1e-6, 1e-7);
    assertEquals(both.options().training(), finer.options().training());
    assertEquals(
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-7)
            .withMaxEvaluations(SolveConfig.DEFAULT_MAX_EVALUATIONS),
        finer.options().evaluation());
  }

  private static void refused(JsonNode json, Class<?> type, String mentioned) {
    FjordException e =
        assertThrows(FjordException.class, () -> JsonConfig.value(json, type, "model.json"));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("model.json") && message.contains(mentioned), message);
    List<ErrorKey> keys = List.of(ErrorKey.INVALID_CONFIGURATION, ErrorKey.INVALID_ARGUMENT);
    assertTrue(keys.contains(e.key()), e.key().toString());
  }

  private static Stream<Arguments> choices() {
    return SmallModels.layers().stream()
        .flatMap(layer -> Stream.of(Activation.values()).map(a -> Arguments.of(layer, a.id())));
  }

  private static ModelConfig choice(
      String layer, String activation, String backend, String dtype, SolveConfig solve) {
    return new ModelConfig(
        2,
        1,
        layer,
        List.of(4, 3),
        activation,
        1,
        2,
        0.3,
        true,
        backend,
        dtype,
        solve,
        List.of(1.0, -1.0),
        List.of(2.0, 0.5));
  }

  @ParameterizedTest
  @MethodSource("choices")
  void everyFieldCanBeBuiltAndInverted(String layer, String activation) {
    SolveConfig rk4 = SolveConfig.exact().withSolver("rk4", 1e-5, 1e-5, 4);
    for (String dtype : List.of("float32", "float64")) {
      ModelConfig config = choice(layer, activation, "cpu", dtype, rk4);
      try (ContinuousModel model = ContinuousModel.create(config, new SplittableRandom(SEED))) {
        double[][] x = {{0.5, -1.2}, {1.4, 0.1}};
        SplittableRandom unused = new SplittableRandom(SEED);
        Context context = Context.shared(new double[] {0.3});
        double[][] z = model.flow().toBase(x, context, unused);
        double[][] back = model.flow().fromBase(z, context, unused);
        for (int i = 0; i < 2; i++) {
          assertArrayEquals(x[i], back[i], 1e-3);
          assertTrue(Double.isFinite(model.flow().logProb(x, context, unused)[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyBackendCanBeBuilt(BackendKind backend) {
    SolveConfig euler = SolveConfig.exact().withSolver("euler", 1e-5, 1e-5, 1);
    for (String layer : SmallModels.layers()) {
      for (String dtype : List.of("float32", "float64")) {
        ModelConfig config = choice(layer, "tanh", backend.id(), dtype, euler);
        try (ContinuousModel model = ContinuousModel.create(config, new SplittableRandom(SEED))) {
          assertEquals(backend.id(), model.flow().backend().name());
          assertEquals(dtype, Ids.of(model.flow().backend().dtype()));
          Context context = Context.shared(new double[] {0.3});
          double[][] x = {{0.5, -1.2}};
          double logProb = model.flow().logProb(x, context, new SplittableRandom(SEED))[0];
          assertTrue(Double.isFinite(logProb), layer);
        }
      }
    }
  }

  /** Of the first layer of each block, whatever multiplies its input, and its bias. */
  @ParameterizedTest
  @MethodSource("org.fjordflow.cnf.SmallModels#layers")
  void theGainIsOfFirstLinearMapsAlone(String layer) {
    ModelConfig plain = SmallModels.config(layer, 2, 1, 4, 2);
    ModelConfig finer = withInputGain(plain, 3);
    try (ContinuousModel a = ContinuousModel.create(plain, new SplittableRandom(SEED));
        ContinuousModel b = ContinuousModel.create(finer, new SplittableRandom(SEED))) {
      double[] before = a.parameters().get();
      double[] after = b.parameters().get();
      int scaled = 0;
      for (Parameters.Entry entry : a.parameters().entries()) {
        String name = entry.parameter().name();
        boolean first = name.contains(".layers.0.") && !name.matches(".*(_hyper(_|\\.)|net\\.0).*");
        scaled += first ? 1 : 0;
        for (int i = 0; i < entry.parameter().value().size(); i++) {
          int at = entry.offset() + i;
          assertEquals((first ? 3 : 1) * before[at], after[at], 1e-15, name);
        }
      }
      assertEquals(layer.equals("blend") ? 8 : 4, scaled, "weights and biases of two blocks");
    }
  }

  private static ModelConfig withInputGain(ModelConfig config, double gain) {
    ObjectNode json = MAPPER.valueToTree(config);
    json.put("inputGain", gain);
    return JsonConfig.value(json, ModelConfig.class, "model.json");
  }

  /** Only the standardisation's log-determinant depends on it, and by its closed form. */
  @Test
  void standardizationComesFirst() {
    ModelConfig plain = SmallModels.config("mlp", 2, 0, 4, 1);
    double[] mean = {3, -2};
    double[] deviation = {0.5, 4};
    ModelConfig scaled = plain.withStandardization(List.of(3.0, -2.0), List.of(0.5, 4.0));
    double[][] u = {{0.2, -0.9}, {1.5, 0.4}};
    double[][] x = new double[2][2];
    for (int i = 0; i < 2; i++) {
      Arrays.setAll(x[i], j -> mean[j]);
      for (int j = 0; j < 2; j++) {
        x[i][j] += deviation[j] * u[i][j];
      }
    }
    SplittableRandom unused = new SplittableRandom(SEED);
    try (ContinuousModel inner = ContinuousModel.create(plain, new SplittableRandom(SEED));
        ContinuousModel outer = ContinuousModel.create(scaled, new SplittableRandom(SEED))) {
      double[] expected = inner.flow().logProb(u, Context.none(), unused);
      double[] found = outer.flow().logProb(x, Context.none(), unused);
      for (int i = 0; i < 2; i++) {
        assertEquals(expected[i] - Math.log(0.5 * 4), found[i], 1e-12);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parametersHaveTheNamesOfFfjord(boolean trained) {
    ModelConfig ffjord = SmallModels.config("concatsquash", 2, 0, 4, 2);
    ModelConfig config =
        new ModelConfig(
            2,
            0,
            ffjord.layer(),
            ffjord.hidden(),
            "tanh",
            1,
            2,
            0.5,
            trained,
            "cpu",
            "float64",
            ffjord.solve(),
            null,
            null);
    try (ContinuousModel model = ContinuousModel.create(config, new SplittableRandom(SEED))) {
      List<String> names =
          model.parameters().entries().stream().map(e -> e.parameter().name()).toList();
      assertEquals(trained, names.contains("chain.1.sqrt_end_time"));
      assertTrue(names.contains("chain.1.odefunc.diffeq.layers.0._layer.weight"));
      assertTrue(names.contains("chain.0.odefunc.diffeq.layers.1._hyper_gate.bias"));
    }
  }
}
