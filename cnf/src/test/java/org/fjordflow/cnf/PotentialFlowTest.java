package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Flows of potentials: known ones, and one that was trained with its penalties on two moons. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PotentialFlowTest {

  private static final String LAYER = ContinuousConfig.Field.POTENTIAL;
  private static final int ROWS = 40;

  private static final SolverConfig ACCURATE =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-11, 1e-11);

  private static final SolveSettings TRAINING =
      SolveSettings.exact()
          .withTrainingSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 8))
          .withPenalty(new EnergyPenalty(1.0 / 30, 0, 2.0 / 30));

  private final BuiltModel<ModelConfig> model =
      ModelConfig.builder(2)
          .layer(LAYER)
          .hidden(16, 16)
          .activation("tanh")
          .inputGain(4)
          .dtype("float64")
          .solve(TRAINING)
          .build()
          .create(new SplittableRandom(SEED));

  @BeforeAll
  void train() {
    TrainerConfig config = TrainerConfig.of(80, 128, SEED).withOptimizer(Adam.of(0.03));
    new Trainer(
            config,
            model.parameters(),
            Objectives.negativeLogLikelihood(model.flow()),
            BatchSource.sampled(ToyDensity.MOONS::sample),
            List.of())
        .train();
  }

  @AfterAll
  void close() {
    model.close();
  }

  private static SplittableRandom random() {
    return new SplittableRandom(SEED);
  }

  private static double[] moonsScore(Flow flow, double[][] rows) {
    return flow.logProb(rows, Context.none(), random());
  }

  @Test
  void itsDensityIsOneOfTheMoonsAndIntegratesToOne() {
    double[][] rows = ToyDensity.MOONS.sample(2000, random());
    double mean = Arrays.stream(moonsScore(model.flow(), rows)).average().orElseThrow();
    assertTrue(mean > -1.6, mean + ", where a normal has -2.2");
    int n = 150;
    double width = 12.0 / n;
    double[][] grid = new double[n * n][2];
    for (int i = 0; i < grid.length; i++) {
      int row = i / n;
      grid[i][0] = -6 + (row + 0.5) * width;
      grid[i][1] = -6 + (i % n + 0.5) * width;
    }
    double integral = 0;
    for (double logProb : moonsScore(model.flow(), grid)) {
      integral += Math.exp(logProb) * width * width;
    }
    assertEquals(1, integral, 1e-3);
  }

  /** Half the step, a sixteenth of the error, of states, log-determinants and penalties alike. */
  @Test
  void fewStepsConvergeWithTheFourthPower() {
    double[] errors = new double[3];
    double[] exact = ended(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 256));
    for (int k = 0; k < 3; k++) {
      double[] ended = ended(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 16 << k));
      for (int i = 0; i < exact.length; i++) {
        errors[k] += Math.abs(ended[i] - exact[i]);
      }
    }
    double order = Math.log(errors[1] / errors[2]) / Math.log(2);
    assertEquals(4, order, 0.5, Arrays.toString(errors));
    assertTrue(errors[2] < errors[1] && errors[1] < errors[0], Arrays.toString(errors));
  }

  /** States and log-determinants of a training pass. */
  private double[] ended(SolverConfig solver) {
    Flow flow = SmallModels.solved(model, TRAINING.withTrainingSolver(solver)).flow();
    Tape tape = Tape.evaluating(flow.backend());
    double[] rows = SmallModels.rows(ROWS, 2, SEED);
    var ended =
        flow.bijection().forward(Pass.training(tape, random()), tape.constant(rows, ROWS, 2), null);
    double[] states = SmallModels.read(flow.backend(), ended.value().value());
    double[] all = Arrays.copyOf(states, states.length + ROWS);
    System.arraycopy(SmallModels.logDet(flow.backend(), ended), 0, all, states.length, ROWS);
    return all;
  }

  @Test
  void itIsSavedAndLoadedAsAnyOther(@TempDir Path folder) {
    ModelFolder.save(folder, model, Map.of());
    double[][] rows = ToyDensity.MOONS.sample(20, random());
    try (BuiltModel<ModelConfig> loaded = BuiltModel.load(folder, ModelConfig.class)) {
      assertArrayEquals(moonsScore(model.flow(), rows), moonsScore(loaded.flow(), rows));
      assertEquals(model.config(), loaded.config());
    }
  }

  /** A potential {@code s^T A^T A s / 2 + b^T s} alone; other parameters are zero. */
  private static BuiltModel<ModelConfig> quadratic(
      double[] factor, double[] slope, double end, SolveSettings solve) {
    BuiltModel<ModelConfig> model =
        ModelConfig.builder(2)
            .layer(LAYER)
            .hidden(3, 3)
            .activation("tanh")
            .endTime(end)
            .dtype("float64")
            .solve(solve)
            .build()
            .create(random());
    Parameters parameters = model.parameters();
    double[] values = new double[parameters.size()];
    parameters
        .entries()
        .forEach(
            entry -> {
              String name = entry.parameter().name();
              double[] own =
                  name.endsWith("factor") ? factor : name.endsWith("slope") ? slope : null;
              if (own != null) {
                System.arraycopy(own, 0, values, entry.offset(), own.length);
              }
            });
    parameters.set(values);
    return model;
  }

  /**
   * {@code dz/dt = -M z} carries a normal to the standard one: rows have the density of a normal
   * with deviations {@code exp(M T)} along M's axes.
   */
  @Test
  void aQuadraticPotentialHasNormalDensities() {
    double[] scales = {0.7, -0.4};
    double end = 1.3;
    // M = A^T A is diag(a^2, b^2).
    double[] factor = {scales[0], 0, 0, 0, scales[1], 0, 0, 0, 0};
    SolveSettings solve = SolveSettings.exact().withSolver(ACCURATE);
    try (BuiltModel<ModelConfig> known = quadratic(factor, new double[3], end, solve)) {
      double[][] rows = ToyDensity.MOONS.sample(ROWS, random());
      double[] scores = moonsScore(known.flow(), rows);
      for (int i = 0; i < ROWS; i++) {
        double expected = -Math.log(2 * Math.PI);
        for (int j = 0; j < 2; j++) {
          double growth = scales[j] * scales[j] * end;
          expected -= growth + Math.pow(rows[i][j] * Math.exp(-growth), 2) / 2;
        }
        assertEquals(expected, scores[i], 1e-9, "row " + i);
      }
    }
  }

  /** Straight paths at a constant speed solve the Hamilton-Jacobi-Bellman equation. */
  @Test
  void straightPathsHaveTheirTransportAlone() {
    double[] slope = {0.6, -0.8, 0.5};
    double end = 1.7;
    SolveSettings solve =
        SolveSettings.exact().withSolver(ACCURATE).withPenalty(new EnergyPenalty(0.3, 0, 5));
    try (BuiltModel<ModelConfig> straight = quadratic(new double[9], slope, end, solve)) {
      // |grad Phi|^2 / 2 is 0.5, which is dPhi/dt.
      assertArrayEquals(constant(0.3 * 1 * end / 2), penalties(straight), 1e-12);
    }
    slope[2] = -0.2;
    try (BuiltModel<ModelConfig> off = quadratic(new double[9], slope, end, solve)) {
      assertArrayEquals(constant((0.3 + 5 * 0.7) * end / 2), penalties(off), 1e-12);
    }
  }

  private static double[] constant(double value) {
    double[] all = new double[ROWS];
    Arrays.fill(all, value);
    return all;
  }

  private static double[] penalties(BuiltModel<ModelConfig> model) {
    Tape tape = Tape.evaluating(model.flow().backend());
    Pass pass = Pass.training(tape, random());
    model.flow().logProb(pass, tape.constant(SmallModels.rows(ROWS, 2, SEED), ROWS, 2), null);
    return SmallModels.read(
        model.flow().backend(), Objects.requireNonNull(pass.penalties().sum()).value());
  }

  @Test
  void whatDoesNotFitIsToldPlainly() {
    ModelConfig.Builder builder = ModelConfig.builder(2).layer(LAYER).activation("tanh");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> builder.hidden(4, 3).build(), "hidden", "equal");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> builder.hidden(List.of()).build(), "hidden");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> builder.hidden(4, 4).activation("elu").build(),
        "activation",
        "tanh");
    SolveSettings penalized = SolveSettings.exact().withPenalty(new EnergyPenalty(0, 0, 1));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> ModelConfig.mlp(2).withSolve(penalized),
        "penalty.hjb",
        LAYER);
    ClosedFormFlow known = ClosedFormFlow.translation();
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new ContinuousFlow(2, 0, known.field(), new EndTime.Fixed(1), penalized),
        "penalty.hjb",
        LAYER);
  }
}
