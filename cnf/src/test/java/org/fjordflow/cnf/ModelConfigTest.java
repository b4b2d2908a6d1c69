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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.cnf.internal.SolverChange;
import org.fjordflow.cnf.internal.json.SolverJson;
import org.fjordflow.core.backend.BackendProvider;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations are checked, come through JSON unchanged, and every choice can be built. */
final class ModelConfigTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final SolverConfig MULTISTEP =
      SolverConfig.multistep(SolverMethod.ADAMS_MOULTON, 3, 1e-3, 1e-7).withFirstStep(0.01);

  private static final SolverConfig BOUNDED =
      SolverConfig.adaptive(SolverMethod.HIGHAM_HALL_54, 1e-6, 1e-9)
          .withStepBounds(1e-7, 0.25)
          .withErrorNorm(ErrorNorm.mixed());

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
                new SolveSettings(
                    new SolveSettings.Training(
                        SolverConfig.fixed(SolverMethod.LUTHER, 13).withMaxEvaluations(4321),
                        new ContinuousAdjoint(MULTISTEP),
                        Divergence.of("gaussian", 3),
                        new EnergyPenalty(0.01, 1e-3)),
                    new SolveSettings.Evaluation(
                        MULTISTEP, Divergence.of("rademacher", 9), SolveSettings.Steps.SHARED))),
        ModelConfig.mlp(5)
            .withSolve(
                SolveSettings.exact()
                    .withSolver(BOUNDED)
                    .withAdjoint(DiscreteAdjoint.recomputing())
                    .withTrainingDivergence(Divergence.of("hutch++", 4))
                    .withEvaluationDivergence(Divergence.of("orthogonal", 5))),
        ModelConfig.mlp(5)
            .withSolve(
                SolveSettings.exact()
                    .withTrainingDivergence(new HutchPlusPlus(1, 3))
                    .withEvaluationDivergence(Divergence.of("hadamard", 8))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gbs", "adams-bashforth", "adams-moulton"})
  void methodsThatCannotGiveAGradientAreRefusedWhenBuilt(String method) {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.of(method), 1e-5, 1e-5);
    SolveSettings exact = SolveSettings.exact();
    for (Runnable build :
        List.<Runnable>of(
            () -> SolverChange.toMethod(method).applyTo(exact), () -> exact.withSolver(solver))) {
      FjordException thrown = assertThrows(FjordException.class, build::run);
      assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
      assertTrue(thrown.toString().contains("continuous"), thrown.toString());
      assertTrue(thrown.toString().contains("dopri5"), thrown.toString());
    }
    SolveSettings continuous = exact.withAdjoint(new ContinuousAdjoint());
    assertEquals(
        method, SolverChange.toMethod(method).applyTo(continuous).training().solver().name());
    SolveSettings evaluating = exact.withEvaluationSolver(solver);
    assertEquals(solver, evaluating.evaluation().solver(), "evaluations need no gradient");
  }

  @ParameterizedTest
  @MethodSource("configs")
  void comesThroughJsonUnchanged(ModelConfig config) throws JsonProcessingException {
    JsonNode tree = MAPPER.readTree(JsonConfig.tree(config).toString());
    assertEquals(config, JsonConfig.value(tree, ModelConfig.class, "model.json"));
    assertEquals(9, tree.size(), "its components and nothing else");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "dim; 0; dim",
        "context; -1; context",
        "field; null; field",
        "field/layer; \"dense\"; dense",
        "field/layer; null; layer",
        "field/hidden; [8, 0]; hidden",
        "field/hidden; null; hidden",
        "field/hidden; [8, null]; hidden",
        "field/activation; \"sine\"; sine",
        "field/activation; null; activation",
        "field/inputGain; 0; inputGain",
        "field/inputGain; \"NaN\"; inputGain",
        "chain; null; chain",
        "chain/blocks; 0; blocks",
        "chain/endTime; 0; endTime",
        "chain/endTime; -1; endTime",
        "chain/endTime; \"NaN\"; endTime",
        "chain/endTime; \"Infinity\"; endTime",
        "backend; \"tpu\"; tpu",
        "backend; null; backend",
        "dtype; \"float16\"; float16",
        "dtype; null; dtype",
        "solve; null; solve",
        "solve/training; null; training",
        "solve/evaluation; null; evaluation",
        "solve/training/solver; null; solver",
        "solve/training/solver; 5; solver",
        "solve/training/solver/method; \"rk5\"; rk5",
        "solve/training/solver/method; null; method",
        "solve/training/solver/method; \"rk4\"; of type 'fixed'",
        "solve/training/solver/type; \"fixed\"; of type 'adaptive'",
        "solve/training/solver/rtol; -1; rtol",
        "solve/training/solver/atol; \"NaN\"; atol",
        "solve/training/solver/steps; 20; steps",
        "solve/evaluation/solver/rtol; 1e-17; rtol",
        "solve/evaluation/solver/atol; null; atol",
        "solve/evaluation/solver/maxEvaluations; 0; maxEvaluations",
        "solve/evaluation/solver/maxEvaluations; 1.5; maxEvaluations",
        "solve/evaluation/solver/errorNorm; \"l2\"; l2",
        "solve/evaluation/solver/errorNorm; null; errorNorm",
        "solve/training/adjoint; \"none\"; none",
        "solve/training/adjoint; null; adjoint",
        "solve/training/adjoint/memoryBudget; -1; memory",
        "solve/training/adjoint/backwardConfig; null; backwardConfig",
        "solve/training/divergence; \"cauchy\"; cauchy",
        "solve/training/divergence; null; divergence",
        "solve/training/divergence; {\"probes\": 2}; type",
        "solve/training/divergence/probes; 2; probes",
        "solve/evaluation/divergence; \"\"; divergence",
        "solve/training/penalty; null; penalty",
        "solve/training/penalty/kinetic; -0.01; penalty.kinetic",
        "solve/training/penalty/kinetic; \"NaN\"; penalty.kinetic",
        "solve/training/penalty/jacobian; -1; penalty.jacobian",
        "solve/training/penalty/jacobian; \"Infinity\"; penalty.jacobian",
        "solve/training/penalty/jacobian; null; jacobian",
        "mean; [1, 2, 3]; deviation",
        "deviation; [1, 2, 3]; deviation"
      })
  void whatIsWrongIsNamed(String field, String value, String mentioned)
      throws JsonProcessingException {
    ObjectNode json = json();
    int last = field.lastIndexOf('/');
    ObjectNode parent = last < 0 ? json : (ObjectNode) json.at("/" + field.substring(0, last));
    parent.set(field.substring(last + 1), MAPPER.readTree(value));
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

  @Test
  void numbersOfStepsAndProbesMustFitTheirUse() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Divergence.of("gaussian", 0));
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Divergence.of("rademacher", -1));
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Divergence.of("hutch++", 1), "two");
    SolverChange none = new SolverChange("rk4", null, null, 0, null);
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> none.applyTo(SolveSettings.exact()), "steps");
  }

  @Test
  void directionsMustFitTheColumns() {
    SolveSettings exact = SolveSettings.exact();
    for (SolveSettings solve :
        List.of(
            exact.withTrainingDivergence(Divergence.of("orthogonal", 4)),
            exact.withEvaluationDivergence(Divergence.of("hadamard", 5)),
            exact.withTrainingDivergence(Divergence.of("hutch++", 4)))) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> ModelConfig.mlp(3).withSolve(solve),
          "3 dimensions");
    }
    SolveSettings fits = exact.withTrainingDivergence(Divergence.of("hutch++", 3));
    assertEquals(fits, ModelConfig.mlp(3).withSolve(fits).solve());
  }

  @ParameterizedTest
  @CsvSource({"exact, 1, 3", "rademacher, 9, 9", "orthogonal, 3, 3", "hutch++, 3, 3"})
  void divergencesAreFoundByName(String name, int probes, int directions) {
    assertEquals(directions, Divergence.of(name, probes).directions(3));
  }

  /** A name alone stands for a type with the values that it has by default. */
  @Test
  void whatIsLeftOutHasDefaults() throws JsonProcessingException {
    ObjectNode json = json();
    ObjectNode training = (ObjectNode) json.at("/solve/training");
    training.set("solver", MAPPER.readTree("{\"method\": \"rk4\"}"));
    training.put("adjoint", "continuous");
    training.put("divergence", "hutch++");
    ModelConfig read = JsonConfig.value(json, ModelConfig.class, "model.json");
    SolveSettings.Training expected =
        new SolveSettings.Training(
            SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, SolverJson.DEFAULT_STEPS)
                .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS),
            new ContinuousAdjoint(),
            new HutchPlusPlus(1, 1),
            EnergyPenalty.NONE);
    assertEquals(expected, read.solve().training());
  }

  @Test
  void everySolverHasTheValuesThatItUses() {
    ObjectNode fixed = SolverJson.write(SolverConfig.fixed(SolverMethod.EULER, 3));
    assertEquals(Set.of("type", "method", "steps", "maxEvaluations"), names(fixed));
    Set<String> free = new HashSet<>(Set.of("type", "method", "rtol", "atol", "maxEvaluations"));
    free.addAll(Set.of("firstStep", "minStep", "maxStep"));
    free.add("errorNorm");
    assertEquals(free, names(SolverJson.write(BOUNDED)));
    free.remove("errorNorm");
    free.add("previousSteps");
    assertEquals(free, names(SolverJson.write(MULTISTEP)));
  }

  private static Set<String> names(ObjectNode node) {
    Set<String> names = new HashSet<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void whatHasNoNameCannotBeWritten() {
    SolveSettings exact = SolveSettings.exact();
    ErrorNorm unnamed = ErrorNorm.mixed().withFactors(ContinuousFlow.ENERGIES, 2, 2);
    SolverConfig solver =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5).withErrorNorm(unnamed);
    Divergence replayed = Divergence.replayed(1, new double[3]);
    for (SolveSettings solve :
        List.of(exact.withSolver(solver), exact.withEvaluationDivergence(replayed))) {
      ModelConfig config = ModelConfig.mlp(3).withSolve(solve);
      assertFails(ErrorKey.UNSUPPORTED, () -> JsonConfig.tree(config), "cannot be written");
    }
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
        .flatMap(
            layer ->
                Stream.of(Activation.values())
                    .filter(a -> !isPotential(layer) || a == Activation.TANH)
                    .map(a -> Arguments.of(layer, a.id())));
  }

  private static boolean isPotential(String layer) {
    return layer.equals(ContinuousConfig.Field.POTENTIAL);
  }

  private static ModelConfig choice(
      String layer, String activation, String backend, String dtype, SolveSettings solve) {
    return ModelConfig.builder(2)
        .context(1)
        .layer(layer)
        .hidden(4, isPotential(layer) ? 4 : 3)
        .activation(activation)
        .blocks(2)
        .endTime(0.3)
        .trainEndTime(true)
        .backend(backend)
        .dtype(dtype)
        .solve(solve)
        .standardization(List.of(1.0, -1.0), List.of(2.0, 0.5))
        .build();
  }

  @ParameterizedTest
  @MethodSource("choices")
  void everyFieldCanBeBuiltAndInverted(String layer, String activation) {
    SolveSettings rk4 = new SolverChange("rk4", null, null, 4, null).applyTo(SolveSettings.exact());
    for (String dtype : List.of("float32", "float64")) {
      ModelConfig config = choice(layer, activation, "cpu", dtype, rk4);
      try (BuiltModel<ModelConfig> model = config.create(new SplittableRandom(SEED))) {
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

  private static List<String> backends() {
    return Backends.all().stream().map(BackendProvider::id).toList();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void everyBackendCanBeBuilt(String backend) {
    SolveSettings euler =
        new SolverChange("euler", null, null, 1, null).applyTo(SolveSettings.exact());
    for (String layer : SmallModels.layers()) {
      for (String dtype : List.of("float32", "float64")) {
        ModelConfig config = choice(layer, "tanh", backend, dtype, euler);
        try (BuiltModel<ModelConfig> model = config.create(new SplittableRandom(SEED))) {
          assertEquals(backend, model.flow().backend().name());
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
    ModelConfig finer = plain.toBuilder().inputGain(3).build();
    try (BuiltModel<ModelConfig> a = plain.create(new SplittableRandom(SEED));
        BuiltModel<ModelConfig> b = finer.create(new SplittableRandom(SEED))) {
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
    try (BuiltModel<ModelConfig> inner = plain.create(new SplittableRandom(SEED));
        BuiltModel<ModelConfig> outer = scaled.create(new SplittableRandom(SEED))) {
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
    ModelConfig config = ffjord.toBuilder().endTime(0.5).trainEndTime(trained).build();
    try (BuiltModel<ModelConfig> model = config.create(new SplittableRandom(SEED))) {
      List<String> names =
          model.parameters().entries().stream().map(e -> e.parameter().name()).toList();
      assertEquals(trained, names.contains("chain.1.sqrt_end_time"));
      assertTrue(names.contains("chain.1.odefunc.diffeq.layers.0._layer.weight"));
      assertTrue(names.contains("chain.0.odefunc.diffeq.layers.1._hyper_gate.bias"));
    }
  }
}
