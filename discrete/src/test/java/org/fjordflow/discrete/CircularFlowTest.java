package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Densities of angles: their seam, their integral, and what training makes of known ones. */
final class CircularFlowTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final double PI = Math.PI;
  private static final double[] CONTEXT = {0.4, -1};

  @TempDir private Path folder;

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  static Stream<FlowConfig> flows() {
    return Stream.of(
            Flows.autoregressiveNsf(1, 2, 8).withCircular(List.of(0)),
            Flows.autoregressiveNsf(2, 2, 8).withCircular(List.of(1)),
            Flows.autoregressiveNsf(2, 2, 8).withCircular(List.of(0, 1)),
            Flows.autoregressiveNsf(4, 2, 8)
                .withOrdering(AutoregressiveConfig.Ordering.RANDOM)
                .withCircular(List.of(3, 0)),
            Flows.nsf(2, 3, 8).withCircular(List.of(0)),
            Flows.nsf(2, 3, 8).withCircular(List.of(0, 1)),
            Flows.nsf(5, 3, 8).withCircular(List.of(0, 2, 3)))
        .flatMap(config -> Stream.of(config, config.withContext(2)));
  }

  private static Context context(FlowConfig config) {
    return config.contextSize() == 0 ? Context.none() : Context.shared(CONTEXT);
  }

  /** A model whose layers do something. */
  private static BuiltModel<DiscreteConfig> shaken(FlowConfig config, String dtype) {
    BuiltModel<DiscreteConfig> model =
        DiscreteConfig.of(config).withDtype(dtype).create(random(), 2);
    double[] values = model.parameters().get();
    RandomGenerator noise = random();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.3 * noise.nextGaussian();
    }
    model.parameters().set(values);
    return model;
  }

  /** Standard normal numbers, and angles from all around. */
  private static double[][] rows(int n, FlowConfig config, RandomGenerator random) {
    double[][] rows = new double[n][config.dim()];
    for (double[] row : rows) {
      Arrays.setAll(
          row,
          j -> config.circular().contains(j) ? random.nextDouble(-PI, PI) : random.nextGaussian());
    }
    return rows;
  }

  private static double apart(double a, double b) {
    return Math.abs(Math.IEEEremainder(a - b, 2 * PI));
  }

  @ParameterizedTest
  @MethodSource("flows")
  void densityAndImageAreContinuousAcrossTheSeam(FlowConfig config) {
    try (BuiltModel<DiscreteConfig> model = shaken(config, "float64")) {
      for (int column : config.circular()) {
        double[][] below = rows(20, config, random());
        double[][] above = rows(20, config, random());
        double[][] turned = rows(20, config, random());
        for (int i = 0; i < below.length; i++) {
          below[i][column] = PI - 1e-6;
          above[i][column] = -PI + 1e-6;
          turned[i][column] = PI - 1e-6 + 4 * PI;
        }
        double[] expected = model.flow().logProb(below, context(config), random());
        double[] got = model.flow().logProb(above, context(config), random());
        assertArrayEquals(expected, got, 1e-3, "log-density");
        double[] off = model.flow().logProb(turned, context(config), random());
        assertArrayEquals(expected, off, 1e-9, "log-density, two turns off");
        double[][] z = model.flow().toBase(below, context(config), random());
        double[][] w = model.flow().toBase(above, context(config), random());
        for (int i = 0; i < z.length; i++) {
          for (int j = 0; j < z[i].length; j++) {
            double distance =
                config.circular().contains(j) ? apart(z[i][j], w[i][j]) : z[i][j] - w[i][j];
            assertEquals(0, distance, 1e-3, "column " + j);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("flows")
  void samplesAreInRangeAndHaveTheirDensity(FlowConfig config) {
    for (String dtype : List.of("float32", "float64")) {
      try (BuiltModel<DiscreteConfig> model = shaken(config, dtype)) {
        double[][] samples = model.flow().sample(2_000, context(config), random());
        for (double[] row : samples) {
          for (int column : config.circular()) {
            assertTrue(row[column] >= -PI && row[column] < PI, dtype + ": " + row[column]);
          }
        }
        double[] densities = model.flow().logProb(samples, context(config), random());
        assertTrue(Arrays.stream(densities).allMatch(Double::isFinite), "finite densities");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("flows")
  void aLoadedModelScoresAndSamplesTheSameBits(FlowConfig config) {
    double[][] rows = rows(7, config, random());
    try (BuiltModel<DiscreteConfig> model = shaken(config, "float32")) {
      ModelFolder.save(folder, model, Map.of());
      try (BuiltModel<DiscreteConfig> loaded = BuiltModel.load(folder, DiscreteConfig.class)) {
        assertEquals(model.config(), loaded.config());
        assertArrayEquals(
            model.flow().logProb(rows, context(config), random()),
            loaded.flow().logProb(rows, context(config), random()));
        assertArrayEquals(
            model.flow().sample(4, context(config), random()),
            loaded.flow().sample(4, context(config), random()));
      }
    }
  }

  /** The rectangle rule once around. */
  private static double integral(Flow flow, int dim, int grid, Context context) {
    int points = dim == 1 ? grid : grid * grid;
    double step = 2 * PI / grid;
    double[][] rows = new double[points][dim];
    for (int i = 0; i < points; i++) {
      for (int j = 0; j < dim; j++) {
        rows[i][j] = -PI + step * ((j == 0 ? i % grid : i / grid) + 0.5);
      }
    }
    double[] densities = flow.logProb(rows, context, random());
    return Arrays.stream(densities).map(Math::exp).sum() * Math.pow(step, dim);
  }

  static Stream<FlowConfig> tori() {
    return flows().filter(config -> config.circular().size() == config.dim());
  }

  @ParameterizedTest
  @MethodSource("tori")
  void theDensityIntegratesToOneBeforeAndAfterTraining(FlowConfig config) {
    int grid = config.dim() == 1 ? 4_000 : 300;
    try (BuiltModel<DiscreteConfig> model = shaken(config, "float64")) {
      assertEquals(1, integral(model.flow(), config.dim(), grid, context(config)), 1e-3);
      train(
          model,
          60,
          (random, row, given) -> {
            Arrays.setAll(row, j -> vonMises(PI, 3, random));
            Arrays.setAll(given, j -> random.nextGaussian());
          });
      assertEquals(1, integral(model.flow(), config.dim(), grid, context(config)), 1e-3);
    }
  }

  /** Draws a row of data, and its context. */
  @FunctionalInterface
  private interface Source {
    void draw(RandomGenerator random, double[] row, double[] given);
  }

  private static Batch batch(FlowConfig config, int n, Source source, RandomGenerator random) {
    double[][] rows = new double[n][config.dim()];
    double[][] contexts = new double[n][config.contextSize()];
    for (int i = 0; i < n; i++) {
      source.draw(random, rows[i], contexts[i]);
    }
    return config.contextSize() == 0 ? Batch.of(rows) : new Batch(rows, contexts);
  }

  private static void train(BuiltModel<DiscreteConfig> model, int steps, Source source) {
    FlowConfig config = model.config().flow();
    BatchSource batches =
        (step, size, streams) -> batch(config, size, source, streams.generator(Purpose.DATA, step));
    new Trainer(
            TrainerConfig.of(steps, 256, 1).withOptimizer(Adam.of(5e-3)),
            model.parameters(),
            Objectives.negativeLogLikelihood(model.flow()),
            batches,
            List.of())
        .train();
  }

  /** Von Mises by rejection, in [-pi, pi). */
  private static double vonMises(double mean, double concentration, RandomGenerator random) {
    double angle = random.nextDouble(-PI, PI);
    while (random.nextDouble() > Math.exp(concentration * (Math.cos(angle) - 1))) {
      angle = random.nextDouble(-PI, PI);
    }
    double turned = Math.IEEEremainder(angle + mean, 2 * PI);
    return turned >= PI ? -PI : turned;
  }

  /** The modified Bessel function of the first kind, by its series. */
  private static double bessel(int order, double x) {
    double term = Math.pow(x / 2, order);
    for (int i = 2; i <= order; i++) {
      term /= i;
    }
    double sum = 0;
    for (int k = 1; k < 60; k++) {
      sum += term;
      term *= x * x / 4 / (k * (k + order));
    }
    return sum;
  }

  private static double logVonMises(double angle, double mean, double concentration) {
    return concentration * Math.cos(angle - mean) - Math.log(2 * PI * bessel(0, concentration));
  }

  private static double heldOut(BuiltModel<DiscreteConfig> model, Batch rows) {
    Context context = rows.context() == null ? Context.none() : Context.of(rows.context());
    double[] densities = model.flow().logProb(rows.rows(), context, random());
    return Arrays.stream(densities).average().orElseThrow();
  }

  /** The mean held-out log-density, beside that of the density that drew the rows. */
  private static double excess(
      FlowConfig config, int steps, Source source, LogDensity truth, String name) {
    try (BuiltModel<DiscreteConfig> model = DiscreteConfig.of(config).create(random(), 2)) {
      train(model, steps, source);
      Batch held = batch(config, 20_000, source, random());
      double[][] given = held.context();
      double exact = 0;
      for (int i = 0; i < held.size(); i++) {
        exact += truth.at(held.rows()[i], given == null ? new double[0] : given[i]) / held.size();
      }
      double excess = exact - heldOut(model, held);
      System.out.printf("%s: %.4f nats from the density itself; seed %d%n", name, excess, SEED);
      return excess;
    }
  }

  /** The logarithm of the density that drew a row. */
  @FunctionalInterface
  private interface LogDensity {
    double at(double[] row, double[] given);
  }

  /** Von Mises around the seam; its entropy is known: log(2 pi I0) - k I1 / I0. */
  @Test
  void trainingApproachesTheEntropyOfVonMises() {
    double k = 4;
    FlowConfig config =
        Flows.autoregressiveNsf(1, 2, 8).withTransform(spline(8)).withCircular(List.of(0));
    try (BuiltModel<DiscreteConfig> model = DiscreteConfig.of(config).create(random(), 2)) {
      Source source = (random, row, given) -> row[0] = vonMises(PI, k, random);
      train(model, 300, source);
      double i0 = bessel(0, k);
      double entropy = Math.log(2 * PI * i0) - k * bessel(1, k) / i0;
      // Its expectation under the density itself, on a grid, instead of samples.
      int n = 2_000;
      double[][] grid = new double[n][1];
      for (int i = 0; i < n; i++) {
        grid[i][0] = -PI + 2 * PI * (i + 0.5) / n;
      }
      double[] logs = model.flow().logProb(grid, Context.none(), random());
      double crossEntropy = 0;
      for (int i = 0; i < n; i++) {
        crossEntropy -= Math.exp(logVonMises(grid[i][0], PI, k)) * logs[i] * 2 * PI / n;
      }
      System.out.printf(
          "von Mises: entropy %.4f nats, cross entropy %.4f; seed %d%n",
          entropy, crossEntropy, SEED);
      assertEquals(entropy, crossEntropy, 0.01);
      assertTrue(crossEntropy > entropy - 1e-4, "no model is below the entropy");
    }
  }

  @Test
  void aMixtureAcrossTheSeamIsLearned() {
    Source source =
        (random, row, given) -> {
          boolean first = random.nextDouble() < 0.6;
          double b = vonMises(first ? PI : 0.5, first ? 8 : 3, random);
          row[0] = b;
          row[1] = vonMises(2 * b + 0.3, 5, random);
        };
    LogDensity truth =
        (row, given) ->
            Math.log(
                    0.6 * Math.exp(logVonMises(row[0], PI, 8))
                        + 0.4 * Math.exp(logVonMises(row[0], 0.5, 3)))
                + logVonMises(row[1], 2 * row[0] + 0.3, 5);
    for (FlowConfig config :
        List.of(
            Flows.autoregressiveNsf(2, 3, 32).withTransform(spline(8)).withCircular(List.of(0, 1)),
            Flows.nsf(2, 4, 32).withTransform(spline(8)).withCircular(List.of(0, 1)))) {
      String name = "two angles, " + config.getClass().getSimpleName();
      double excess = excess(config, 500, source, truth, name);
      assertTrue(excess < 0.12 && excess > -0.01, name + ": " + excess);
    }
  }

  /** (y, angle), where y goes with the sine of the angle: both see the other without a seam. */
  @Test
  void aTableOfAnAngleAndANumberIsLearned() {
    Source source =
        (random, row, given) -> {
          row[1] = vonMises(3, 2, random);
          row[0] = 2 * Math.sin(row[1]) + 0.4 * random.nextGaussian();
        };
    LogDensity truth =
        (row, given) -> {
          double e = (row[0] - 2 * Math.sin(row[1])) / 0.4;
          return logVonMises(row[1], 3, 2) - e * e / 2 - Math.log(0.4 * Math.sqrt(2 * PI));
        };
    for (FlowConfig config :
        List.of(
            Flows.autoregressiveNsf(2, 3, 32).withTransform(spline(8)).withCircular(List.of(1)),
            Flows.nsf(2, 4, 32).withTransform(spline(8)).withCircular(List.of(1)))) {
      String name = "an angle and a number, " + config.getClass().getSimpleName();
      double excess = excess(config, 500, source, truth, name);
      assertTrue(excess < 0.08 && excess > -0.01, name + ": " + excess);
    }
  }

  /** The mean direction goes once around as the context does. */
  @Test
  void anAngleGivenAContextIsLearned() {
    Source source =
        (random, row, given) -> {
          given[0] = random.nextDouble(-1, 1);
          row[0] = vonMises(PI * given[0] + 1, 6, random);
        };
    double excess =
        excess(
            Flows.autoregressiveNsf(1, 2, 32)
                .withTransform(spline(8))
                .withContext(1)
                .withCircular(List.of(0)),
            500,
            source,
            (row, given) -> logVonMises(row[0], PI * given[0] + 1, 6),
            "an angle given a number");
    assertTrue(excess < 0.05 && excess > -0.01, "excess " + excess);
  }

  private static ColumnTransform spline(int bins) {
    return ColumnTransform.spline(bins, 5);
  }

  @Test
  void flowsWithoutMapsOfTheCircleRefuse() {
    List<Integer> first = List.of(0);
    for (FlowConfig config :
        List.of(
            Flows.planar(2, 1),
            Flows.radial(2, 1),
            Flows.sylvester(2, 1, 1),
            Flows.maf(2, 1, 3),
            Flows.iaf(2, 1, 3),
            Flows.nice(2, 1, 3),
            Flows.realNvp(2, 1, 3),
            Flows.glow(2, 1, 3),
            Flows.glow(new ImageShape(2, 2, 1), 1, 1, 3),
            Flows.tarFlow(2, 2, 1, 4))) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION, () -> config.withCircular(first), "nsf and nsf-ar");
      assertEquals(config, config.withCircular(List.of()), "none is what it has");
    }
  }

  @Test
  void columnsThatAreNotThereAndLayersThatScaleAreRefused() {
    ErrorKey key = ErrorKey.INVALID_CONFIGURATION;
    CouplingConfig nsf = Flows.nsf(3, 2, 4);
    assertFails(key, () -> nsf.withCircular(List.of(3)), "circular is [3]", "0 to 2");
    assertFails(key, () -> nsf.withCircular(List.of(-1)), "circular");
    assertFails(key, () -> nsf.withCircular(List.of(1, 1)), "circular is [1, 1]", "different");
    CouplingConfig angle = nsf.withCircular(List.of(1));
    assertFails(key, angle::withBatchNormalization, "batch normalisation");
    assertFails(key, () -> angle.withTransform(ColumnTransform.affine()), "nsf and nsf-ar");
    assertFails(
        key, () -> nsf.withTransform(ColumnTransform.circularSpline(8)), "named by circular");
    DiscreteConfig config = DiscreteConfig.of(angle);
    assertFails(
        key,
        () -> config.withStandardization(List.of(0.0, 0.5, 0.0), List.of(1.0, 1.0, 1.0)),
        "circular column 1",
        "mean 0.5");
    assertEquals(
        List.of(1.0, 0.0, 2.0),
        config.withStandardization(List.of(1.0, 0.0, 2.0), List.of(1.0, 1.0, 3.0)).mean());
  }

  /** Folders of before have no such list, and flows without angles write none. */
  @Test
  void jsonHasAnglesWhereThereAreSome() {
    for (FlowConfig config : List.of(Flows.nsf(3, 2, 4), Flows.autoregressiveNsf(3, 2, 4))) {
      JsonNode without = JsonConfig.tree(DiscreteConfig.of(config));
      assertFalse(without.get("flow").has("circular"));
      assertEquals(
          DiscreteConfig.of(config), JsonConfig.value(without, DiscreteConfig.class, "model.json"));
      DiscreteConfig angles = DiscreteConfig.of(config.withCircular(List.of(2, 0)));
      ObjectNode with = (ObjectNode) JsonConfig.tree(angles);
      assertEquals("[0,2]", with.get("flow").get("circular").toString());
      assertEquals(angles, JsonConfig.value(with, DiscreteConfig.class, "model.json"));
      ((ObjectNode) with.get("flow")).putArray("circular").add(7);
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> JsonConfig.value(with, DiscreteConfig.class, "model.json"),
          "model.json",
          "circular is [7]");
    }
  }
}
