package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.Statistics;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Directions that are drawn together, or by the field where a solve begins. */
final class EstimatorsInFlowsTest {

  private static final int DIM = 4;
  private static final int CONTEXT = 2;

  private static final SolverConfig RK4 = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3);

  private static SolveSettings options(Divergence divergence) {
    return SolveSettings.exact().withSolver(RK4).withTrainingDivergence(divergence);
  }

  /** With eight columns the exact trace is found without products with unit vectors. */
  private static Stream<Arguments> complete() {
    return Stream.of(4, 8).flatMap(dim -> complete(dim).map(d -> Arguments.of(dim, d)));
  }

  private static Stream<Divergence> complete(int dim) {
    return Stream.of(
        new Hutchinson(ProbeDistribution.ORTHOGONAL, dim),
        new Hutchinson(ProbeDistribution.HADAMARD, dim),
        new HutchPlusPlus(1, dim - 1),
        new HutchPlusPlus(2, dim - 2),
        new HutchPlusPlus(dim - 1, 1));
  }

  /** With as many directions as dimensions nothing is left to chance, there and back. */
  @ParameterizedTest
  @MethodSource("complete")
  void asManyDirectionsAsDimensionsAreExact(int dim, Divergence divergence) {
    ModelConfig config = SmallModels.config("concatsquash", dim, CONTEXT, 8, 2);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      for (boolean forward : new boolean[] {true, false}) {
        double[] exact = logDet(model, new ExactTrace(), forward);
        double[] found = logDet(model, divergence, forward);
        assertArrayEquals(exact, found, 1e-12, () -> divergence + ", seed " + SEED);
      }
    }
  }

  private static double[] logDet(
      BuiltModel<ModelConfig> model, Divergence divergence, boolean forward) {
    Flow flow = SmallModels.solved(model, options(divergence)).flow();
    Tape tape = Tape.evaluating(flow.backend());
    int dim = model.config().dim();
    Var x = SmallModels.input(tape, SmallModels.rows(40, dim, SEED), dim);
    Var context = SmallModels.input(tape, SmallModels.rows(40, CONTEXT, SEED + 1), CONTEXT);
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    Transformed out =
        forward
            ? flow.bijection().forward(pass, x, context)
            : flow.bijection().inverse(pass, x, context);
    int sketches = divergence instanceof HutchPlusPlus ? 2 : 0;
    assertEquals(2 * 3 * 4 + sketches, pass.work().forwardEvaluations());
    double[] variance = Objects.requireNonNull(out.logDet()).variance();
    if (variance != null) {
      assertArrayEquals(new double[40], variance);
    }
    return SmallModels.logDet(flow.backend(), out);
  }

  private static Stream<Divergence> incomplete() {
    return Stream.of(
        new Hutchinson(ProbeDistribution.ORTHOGONAL, 2),
        new Hutchinson(ProbeDistribution.HADAMARD, 2),
        new HutchPlusPlus(1, 1),
        new HutchPlusPlus(1, 2));
  }

  /** Hutch++ holds its subspace fixed: the log-density and its gradient are right on average. */
  @ParameterizedTest
  @MethodSource("incomplete")
  void logDensitiesAndGradientsAreUnbiased(Divergence divergence) {
    int rows = 2500;
    ModelConfig config = SmallModels.config("concatsquash", DIM, 0, 8, 2);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      double[] exact = valueAndGradient(model, new ExactTrace(), 1)[0];
      double[][] found = valueAndGradient(model, divergence, rows);
      for (int j = 0; j <= DIM; j++) {
        int column = j;
        String what = "%s, column %d, seed %d".formatted(divergence, j, SEED);
        Statistics.assertMean(found, row -> row[column], exact[column], what);
      }
    }
  }

  /** One point again and again, each time with directions of its own. */
  private static double[][] valueAndGradient(
      BuiltModel<ModelConfig> model, Divergence divergence, int rows) {
    Flow flow = SmallModels.solved(model, options(divergence)).flow();
    Backend backend = flow.backend();
    Tape tape = Tape.recording(backend);
    double[] point = {0.4, -1.1, 0.2, 0.9};
    double[] repeated = new double[rows * DIM];
    Arrays.setAll(repeated, i -> point[i % DIM]);
    Var x = SmallModels.input(tape, repeated, DIM);
    Var logProb = flow.logProb(Pass.training(tape, new SplittableRandom(SEED)), x, null);
    tape.backward(tape.columnSum(logProb));
    double[] values = SmallModels.read(backend, logProb.value());
    double[] gradients = SmallModels.read(backend, x.gradient());
    double[][] all = new double[rows][1 + DIM];
    for (int i = 0; i < rows; i++) {
      all[i][0] = values[i];
      System.arraycopy(gradients, i * DIM, all[i], 1, DIM);
    }
    return all;
  }

  private static Stream<Arguments> types() {
    return incomplete()
        .flatMap(d -> Stream.of("float32", "float64").map(dtype -> Arguments.of(d, dtype)));
  }

  /** Several parts, several groups that share sums of gradients. */
  @ParameterizedTest
  @MethodSource("types")
  void anyNumberOfThreadsGivesTheSameBits(Divergence divergence, String dtype) {
    ModelConfig config = SmallModels.config("concatsquash", DIM, 0, 100, 2).withDtype(dtype);
    assertTrue(RowParts.of(150, 1 + divergence.directions(DIM), 100).count() > 1);
    for (int rows : new int[] {1, 700}) {
      List<double[]> expected = compute(config, divergence, rows, 1);
      for (int threads : new int[] {2, 3}) {
        List<double[]> found = compute(config, divergence, rows, threads);
        for (int i = 0; i < expected.size(); i++) {
          assertArrayEquals(
              expected.get(i),
              found.get(i),
              "%s, %d rows, %d threads, seed %d".formatted(divergence, rows, threads, SEED));
        }
      }
    }
  }

  private static List<double[]> compute(
      ModelConfig config, Divergence divergence, int rows, int threads) {
    SolverConfig adaptive = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-3, 1e-3);
    SolveSettings options =
        SolveSettings.exact().withSolver(adaptive).withTrainingDivergence(divergence);
    List<double[]> all = new ArrayList<>();
    try (BuiltModel<ModelConfig> model = SmallModels.create(config, threads)) {
      Flow flow = SmallModels.solved(model, options).flow();
      Backend backend = flow.backend();
      // Twice, since the second one finds the memory of the first.
      for (int repetition = 0; repetition < 2; repetition++) {
        model.parameters().zeroGradient();
        Tape tape = Tape.recording(backend);
        Var x = SmallModels.input(tape, SmallModels.rows(rows, DIM, SEED), DIM);
        Var logProb = flow.logProb(Pass.training(tape, new SplittableRandom(SEED)), x, null);
        tape.backward(tape.columnSum(logProb));
        all.add(SmallModels.read(backend, logProb.value()));
        all.add(model.parameters().gradient());
        all.add(SmallModels.read(backend, x.gradient()));
      }
    }
    return all;
  }

  /** Rows do not meet under fixed steps, so parts are of no consequence but for rounding. */
  @Test
  void theSketchOfARowIsItsOwn() {
    ModelConfig config = SmallModels.config("mlp", DIM, 0, 100, 1);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config, 2)) {
      double[][] many = valueAndGradient(model, new HutchPlusPlus(2, 2), 300);
      double[] exact = valueAndGradient(model, new ExactTrace(), 1)[0];
      for (double[] row : many) {
        assertArrayEquals(exact, row, 1e-10);
      }
    }
  }
}
