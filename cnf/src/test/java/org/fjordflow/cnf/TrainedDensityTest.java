package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.Statistics;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold of a density however it came about, for one that was trained on two moons. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TrainedDensityTest {

  private final RandomGenerator random = new SplittableRandom(SEED);
  private final BuiltModel<ModelConfig> model =
      SmallModels.config("concatsquash", 2, 0, 24, 1).create(new SplittableRandom(SEED));

  @BeforeAll
  void train() {
    TrainerConfig config = TrainerConfig.of(100, 128, SEED).withOptimizer(Adam.of(0.02));
    TrainingResult result =
        new Trainer(
                config,
                model.parameters(),
                Objectives.negativeLogLikelihood(model.flow()),
                BatchSource.sampled(ToyDensity.MOONS::sample),
                List.of())
            .train();
    double first = result.history().get(0).loss();
    assertTrue(result.finalLoss() < first - 0.3, first + " to " + result.finalLoss());
  }

  @AfterAll
  void close() {
    model.close();
  }

  private Flow solved(SolverMethod method, double tolerance) {
    SolverConfig solver = SolverConfig.adaptive(method, tolerance, tolerance);
    return SmallModels.solved(model, SolveSettings.exact().withSolver(solver)).flow();
  }

  private double[][] moons(int n) {
    return ToyDensity.MOONS.sample(n, random);
  }

  /**
   * The rectangle rule on a grid, which converges fast for what vanishes at the edges. The mean of
   * log p over the flow's own samples has to be its integral too: samples are those of the density.
   */
  @Test
  void integratesToOneAndIsThatOfItsSamples() {
    Flow flow = solved(SolverMethod.DORMAND_PRINCE_54, 1e-6);
    int n = 150;
    double from = -6;
    double width = 12.0 / n;
    double[][] grid = new double[n * n][2];
    for (int i = 0; i < grid.length; i++) {
      int row = i / n;
      grid[i][0] = from + (row + 0.5) * width;
      grid[i][1] = from + (i % n + 0.5) * width;
    }
    double[] logProb = flow.logProb(grid, Context.none(), random);
    double integral = 0;
    double[] moments = new double[3];
    for (int i = 0; i < grid.length; i++) {
      double p = Math.exp(logProb[i]) * width * width;
      integral += p;
      moments[0] += p * logProb[i];
      moments[1] += p * grid[i][0];
      moments[2] += p * grid[i][0] * grid[i][1];
    }
    assertEquals(1, integral, 1e-3);
    Sample sample = flow.sampleAndLogProb(4000, Context.none(), random);
    double[][] all = new double[4000][];
    for (int i = 0; i < all.length; i++) {
      all[i] = new double[] {sample.logProb()[i], sample.rows()[i][0], sample.rows()[i][1]};
    }
    Statistics.assertMean(all, row -> row[0], moments[0], "log p, seed " + SEED);
    Statistics.assertMean(all, row -> row[1], moments[1], "first column, seed " + SEED);
    Statistics.assertMean(all, row -> row[1] * row[2], moments[2], "product, seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({
    "DORMAND_PRINCE_54, 1e-3", "DORMAND_PRINCE_54, 1e-5", "DORMAND_PRINCE_54, 1e-7",
    "DORMAND_PRINCE_54, 1e-9", "HIGHAM_HALL_54, 1e-5", "DORMAND_PRINCE_853, 1e-5",
    "DORMAND_PRINCE_853, 1e-9"
  })
  void forwardThenBackwardReturnsTheInput(SolverMethod method, double tolerance) {
    Flow flow = solved(method, tolerance);
    double[][] x = moons(200);
    double[][] z = flow.toBase(x, Context.none(), random);
    double[][] back = flow.fromBase(z, Context.none(), random);
    double[][] base = flow.base().sample(200, random);
    double[][] there =
        flow.toBase(flow.fromBase(base, Context.none(), random), Context.none(), random);
    for (int i = 0; i < x.length; i++) {
      assertArrayEquals(x[i], back[i], 10 * tolerance, "data, row " + i);
      // Each row is solved to the tolerance of its own, and the way to the base stretches errors.
      assertArrayEquals(base[i], there[i], 50 * tolerance, "base, row " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-5, 1e-8})
  void theInverseHasTheNegativeLogDeterminant(double tolerance) {
    Flow flow = solved(SolverMethod.DORMAND_PRINCE_54, tolerance);
    Backend backend = flow.backend();
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random);
    double[][] x = moons(100);
    Var rows = tape.constant(flat(x), 100, 2);
    Transformed z = flow.bijection().forward(pass, rows, null);
    Transformed back = flow.bijection().inverse(pass, z.value(), null);
    double[] forward = SmallModels.logDet(backend, z);
    double[] inverse = SmallModels.logDet(backend, back);
    for (int i = 0; i < forward.length; i++) {
      double bound = 20 * tolerance * Math.max(1, Math.abs(forward[i]));
      assertEquals(-forward[i], inverse[i], bound, "row " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-5, 1e-8})
  void samplesComeWithTheirDensity(double tolerance) {
    Flow flow = solved(SolverMethod.DORMAND_PRINCE_54, tolerance);
    Sample sample = flow.sampleAndLogProb(300, Context.none(), random);
    double[] scored = flow.logProb(sample.rows(), Context.none(), random);
    for (int i = 0; i < scored.length; i++) {
      double bound = 50 * tolerance * Math.max(1, Math.abs(scored[i]));
      assertEquals(scored[i], sample.logProb()[i], bound, "sample " + i);
    }
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }
}
