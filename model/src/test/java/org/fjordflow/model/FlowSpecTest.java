package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Lists of bijections, continuous and discrete ones, from any base. */
final class FlowSpecTest {

  private static final long SEED = 4;

  private static final SolverConfig DOPRI =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);

  /** For finite differences. */
  private static final SolverConfig ACCURATE = SolverConfig.fixed(SolverMethod.LUTHER, 12);

  @TempDir Path folder;

  private static ContinuousConfig ffjord(int context, SolverConfig solver) {
    ModelConfig config = ModelConfig.ffjord(2).toBuilder().hidden(6).context(context).build();
    return config.withSolve(config.solve().withSolver(solver)).flow();
  }

  /** An FFJORD block, a spline flow and a Student-t base. */
  private static FlowSpec mixed(int context, SolverConfig solver) {
    return FlowSpec.of(
            ffjord(context, solver),
            Flows.nsf(2, 2, 6).withTransform(ColumnTransform.spline(3, 5)).withContext(context))
        .withBase(new BaseConfig.StudentT(4))
        .withDtype("float64");
  }

  @Test
  void anyKindsComposeTrainSaveAndLoadBitEqual() {
    Table rows = FlowModelTest.moons(300, SEED);
    FitOptions options = FitOptions.builder(mixed(0, DOPRI)).steps(40).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      assertTrue(model.fitted().orElseThrow().finalLoss() < 2.5, model.fitted().toString());
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.config(), loaded.config());
        assertArrayEquals(model.parameters().get(), loaded.parameters().get());
        assertArrayEquals(model.logProb(rows), loaded.logProb(rows));
        assertArrayEquals(model.sample(20, 1).rows(), loaded.sample(20, 1).rows());
      }
      assertTrue(
          model.parameters().entries().stream()
              .anyMatch(entry -> entry.parameter().name().startsWith("flow.1.layers.0.")),
          "names begin with the number of the bijection");
    }
  }

  @TestFactory
  Stream<DynamicTest> mixedFlowsKeepTheContractOfBijections() {
    return Stream.of(0, 2)
        .flatMap(
            context ->
                BijectionContract.of(
                        "ffjord and spline, context " + context,
                        (parameters, random) -> {
                          FlowSpec spec = mixed(context, ACCURATE);
                          return new Composition(
                              List.of(
                                  parameters.within(
                                      "flow.0.",
                                      () -> spec.flow().get(0).bijection(parameters, random)),
                                  parameters.within(
                                      "flow.1.",
                                      () -> spec.flow().get(1).bijection(parameters, random))));
                        })
                    .withTolerances(1e-8, 1e-7, 1e-4)
                    .tests());
  }

  @Test
  void embeddedContextsAreTrainedSavedAndLoaded() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[400][];
    for (int i = 0; i < rows.length; i++) {
      double c = random.nextDouble(-1, 1);
      double d = random.nextDouble(-1, 1);
      rows[i] = new double[] {c * d + 0.1 * random.nextGaussian(), c, d};
    }
    Table table = Table.of(List.of("y", "c", "d"), rows);
    FlowRecipe recipe = Recipe.MAF.withEmbedding(EmbeddingConfig.of(4, 16));
    FitOptions options = FitOptions.builder(recipe).context("c", "d").steps(100).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(table, options)) {
      assertEquals(4, model.config().flow().get(0).contextSize());
      assertEquals(2, model.contextSize());
      double mean = Arrays.stream(model.logProb(table)).average().orElseThrow();
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertArrayEquals(model.logProb(table), loaded.logProb(table));
      }
      // A normal with the deviation of y alone has a mean log-density of about -0.4.
      assertTrue(mean > -0.2, "mean log-density " + mean);
    }
  }

  /** Heavy tails: the same flow with a Student-t base has the higher held-out likelihood. */
  @Test
  void aStudentBaseWinsOnHeavyTails() {
    for (double degrees : new double[] {1, 2}) {
      double[][] train = student(1_500, degrees, SEED);
      double[][] test = student(4_000, degrees, SEED + 1);
      double[] means = new double[2];
      for (int i = 0; i < 2; i++) {
        FlowRecipe recipe = i == 0 ? Recipe.NSF : Recipe.NSF.withBase(new BaseConfig.StudentT(3));
        FitOptions options = FitOptions.builder(recipe).steps(300).seed(SEED).build();
        try (FlowModel model = FlowModel.fit(train, options)) {
          means[i] = Arrays.stream(model.logProb(test)).average().orElseThrow();
        }
      }
      assertTrue(
          means[1] > means[0], degrees + " degrees, seed " + SEED + ": " + Arrays.toString(means));
    }
  }

  private static double[][] student(int n, double degrees, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[n][2];
    for (double[] row : rows) {
      for (int j = 0; j < 2; j++) {
        double squares = 0;
        for (int k = 0; k < degrees; k++) {
          squares += Math.pow(random.nextGaussian(), 2);
        }
        row[j] = random.nextGaussian() / Math.sqrt(squares / degrees);
      }
    }
    return rows;
  }

  @Test
  void everyPartComesThroughJson() {
    FlowSpec spec =
        mixed(3, DOPRI)
            .withEmbedding(EmbeddingConfig.of(2, 8))
            .withMoments(
                new Moments(new double[] {1, 2}, new double[] {3, 4}),
                new Moments(new double[] {1, 2, 3}, new double[] {3, 4, 5}));
    var json = JsonConfig.tree(spec);
    assertEquals(spec, JsonConfig.value(json, ModelSpec.class, "spec"));
    for (Recipe recipe : Recipe.values()) {
      FlowSpec own = recipe.spec(5, 0);
      assertEquals(own, JsonConfig.value(JsonConfig.tree(own), ModelSpec.class, "spec"));
    }
  }

  /** Files of earlier versions have no dropout, and no average of parameters. */
  @Test
  void whatEarlierFilesLackHasItsDefault() {
    for (Recipe recipe : List.of(Recipe.MAF, Recipe.NSF)) {
      FlowSpec spec = recipe.spec(3, 0);
      ObjectNode json = (ObjectNode) JsonConfig.tree(spec);
      JsonNode removed = ((ObjectNode) json.path("flow").get(0)).remove("dropout");
      assertEquals(0, removed.asDouble());
      assertEquals(spec, JsonConfig.value(json, ModelSpec.class, "spec"));
    }
    TrainerConfig training = TrainerConfig.of(5, 6, 7);
    ObjectNode json = (ObjectNode) JsonConfig.tree(training);
    assertEquals(0, json.remove("averageDecay").asDouble());
    assertEquals(training, JsonConfig.value(json, TrainerConfig.class, "training"));
    assertEquals(
        training.withAverage(0.9),
        JsonConfig.value(
            JsonConfig.tree(training.withAverage(0.9)), TrainerConfig.class, "training"));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> JsonConfig.value(json.without("seed"), TrainerConfig.class, "training"),
        "seed");
  }

  @Test
  void whatDoesNotFitIsToldPlainly() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowSpec.of(Flows.maf(2, 1, 4), Flows.maf(3, 1, 4)),
        "dim of a bijection is 3",
        "expected 2");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowSpec.of(Flows.maf(2, 1, 4)).withEmbedding(EmbeddingConfig.of(2)),
        "embedding");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            FlowSpec.of(Flows.maf(2, 1, 4))
                .withMoments(new Moments(new double[1], new double[] {1}), null),
        "moments",
        "2 columns");
  }
}
