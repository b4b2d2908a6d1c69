package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.cnf.matching.MatchingPath;
import org.fjordflow.cnf.matching.Pairing;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.TrainingObjective.Kind;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that are matched, alone and before likelihood, beside densities that are known. */
final class MatchingFitTest {

  private static Table line(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double a = random.nextGaussian();
      rows[i] = new double[] {100 + 5 * a, 3 * a + random.nextGaussian()};
    }
    return Table.of(List.of("x", "y"), rows);
  }

  /** Entropy of the rows: the determinant of their covariance is 25 * 1. */
  private static final double ENTROPY = Math.log(2 * Math.PI * Math.E) + Math.log(5);

  private static double nll(FlowModel model, Table rows) {
    return -Arrays.stream(model.logProb(rows)).average().orElseThrow();
  }

  private static FitOptions options(Kind kind, int steps, TrainingListener... listeners) {
    return FitOptions.builder(Recipe.MLP)
        .objective(TrainingObjective.of(kind))
        .steps(steps)
        .seed(3)
        .threads(2)
        .listeners(listeners)
        .build();
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"MATCHING", "MATCHING_LIKELIHOOD"})
  void aMatchedModelHasTheDensityOfItsRows(Kind kind, @TempDir Path folder) {
    List<Long> begun = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void started(TrainerConfig config, long step) {
            begun.add(config.steps());
          }
        };
    int steps = kind == Kind.MATCHING ? 1_500 : 1_000;
    Table test = line(2_000, 2);
    try (FlowModel model = FlowModel.fit(line(4_000, 1), options(kind, steps, listener))) {
      assertEquals(kind == Kind.MATCHING ? List.of(1_500L) : List.of(500L, 500L), begun);
      assertEquals(ENTROPY, nll(model, test), 0.08);
      double[][] samples = model.sample(4_000, 4).rows();
      double mean = Arrays.stream(samples).mapToDouble(row -> row[0]).average().orElseThrow();
      assertEquals(100, mean, 0.6);
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertArrayEquals(model.logProb(test), loaded.logProb(test));
      }
    }
  }

  /** The base has to be the same for every context; see PairsTest for pairs that spoil it. */
  @Test
  void aConditionalModelMatchedByTransportKeepsTheDensityOfEachContext() {
    SplittableRandom random = new SplittableRandom(6);
    double[][] rows = new double[4_000][];
    for (int i = 0; i < rows.length; i++) {
      int c = i % 2;
      double spread = c == 0 ? 0.5 : 1;
      rows[i] = new double[] {(c == 0 ? -2 : 2) + spread * random.nextGaussian(), c};
    }
    TrainingObjective aware =
        TrainingObjective.of(Kind.MATCHING)
            .withMatching(
                FlowMatching.Options.standard()
                    .withPairing(new Pairing.ConditionalTransport(0.01)));
    FitOptions options =
        FitOptions.builder(Recipe.MLP)
            .context("c")
            .objective(aware)
            .steps(800)
            .seed(3)
            .threads(2)
            .build();
    Table table = Table.of(List.of("x", "c"), rows);
    try (FlowModel model = FlowModel.fit(table, options)) {
      for (int c = 0; c < 2; c++) {
        double[] given = {c};
        double[] drawn =
            Arrays.stream(model.sample(4_000, Context.shared(given), 8).rows())
                .mapToDouble(row -> row[0])
                .toArray();
        double mean = Arrays.stream(drawn).average().orElseThrow();
        double variance =
            Arrays.stream(drawn).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
        assertEquals(c == 0 ? -2 : 2, mean, 0.1);
        assertEquals(c == 0 ? 0.5 : 1, Math.sqrt(variance), 0.1);
      }
    }
    TrainingObjective blind =
        aware.withMatching(FlowMatching.Options.standard().withPairing(new Pairing.Transport()));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            FlowModel.fit(
                table, FitOptions.builder(Recipe.MLP).context("c").objective(blind).build()),
        "conditional-transport");
  }

  /** Mean squared distance of where one step of Euler's ends from where the flow does. */
  private static double bend(FlowModel model, double[][] points) {
    FlowModel step =
        model.withSolve(
            solve -> solve.withEvaluationSolver(SolverConfig.fixed(SolverMethod.EULER, 1)));
    double[][] ends = model.fromBase(points, Context.none());
    double[][] near = step.fromBase(points, Context.none());
    double sum = 0;
    for (int i = 0; i < ends.length; i++) {
      sum += Math.pow(ends[i][0] - near[i][0], 2) + Math.pow(ends[i][1] - near[i][1], 2);
    }
    return sum / ends.length;
  }

  @Test
  void reflowMakesPathsStraightAndKeepsTheDensity() {
    Table test = line(1_000, 2);
    double[][] points = DiagonalNormal.standard(2).sample(1_000, new SplittableRandom(7));
    try (FlowModel model = FlowModel.fit(line(4_000, 1), options(Kind.MATCHING, 600))) {
      double before = bend(model, points);
      TrainerConfig config =
          TrainerConfig.of(600, 256, 9)
              .withOptimizer(Adam.of(3e-3))
              .withSchedule(new Schedule.Cosine(600, 0.01))
              .withAverage(0.99);
      model.reflow(FlowMatching.Options.standard(), 2_000, config, List.of()).run();
      double after = bend(model, points);
      assertTrue(after < 0.1 * before, before + " before, " + after + " after");
      assertEquals(ENTROPY, nll(model, test), 0.15);
    }
  }

  @Test
  void discreteFlowsAreNotMatched() {
    FitOptions options =
        FitOptions.builder(Recipe.NSF).objective(TrainingObjective.of(Kind.MATCHING)).build();
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> FlowModel.fit(line(100, 1), options), "likelihood");
  }

  @Test
  void stepsTimeAndFallsAreSplit() {
    TrainerConfig whole =
        TrainerConfig.of(1_000, 64, 1)
            .withSchedule(new Schedule.Cosine(1_000, 0.01))
            .withTimeLimit(60);
    TrainingObjective objective =
        TrainingObjective.of(Kind.MATCHING_LIKELIHOOD).withFinishing(0.2, 0.1);
    TrainerConfig first = objective.first(whole);
    assertEquals(800, first.steps());
    assertEquals(48, first.timeLimit(), 1e-9);
    assertEquals(new Schedule.Cosine(800, 0.01), first.schedule());
    TrainerConfig last = objective.last(whole, 50);
    assertEquals(200, last.steps());
    assertEquals(12, last.timeLimit(), 1e-9, "a late first part takes nothing away");
    assertEquals(30, objective.last(whole, 30).timeLimit(), 1e-9);
    assertEquals(1e-4, last.optimizer().learningRate(), 1e-12);
    assertEquals(whole, TrainingObjective.of(Kind.MATCHING).first(whole));
    assertEquals(whole, TrainingObjective.of(Kind.LIKELIHOOD).adjusted(whole));
    assertEquals(0.999, objective.adjusted(whole).averageDecay());
  }

  @Test
  void objectivesAreJson() {
    TrainingObjective objective =
        TrainingObjective.of(Kind.MATCHING_LIKELIHOOD)
            .withMatching(
                new FlowMatching.Options(
                    new MatchingPath.Target(1e-3),
                    new FlowMatching.Times.LogitNormal(0.5, 2),
                    new Pairing.ConditionalTransport(0.05)));
    var tree = JsonConfig.tree(objective);
    assertEquals("matching+likelihood", tree.path("kind").asText());
    assertEquals("target", tree.at("/matching/path/type").asText());
    assertEquals(objective, JsonConfig.value(tree, TrainingObjective.class, "test"));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Kind.of("match"), "matching+likelihood");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> objective.withFinishing(1, 1), "finishing");
  }
}
