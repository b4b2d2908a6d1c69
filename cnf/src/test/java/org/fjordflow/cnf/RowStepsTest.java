package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.SolveSettings.Steps;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.Kernels;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A row's result does not depend on the rows beside it. */
final class RowStepsTest {

  private static final int ROWS = 60;
  private static final int CONTEXT = 2;
  private static final int PROBES = 2;
  private static final double TOLERANCE = 1e-5;
  private static final double DEVIATIONS = 1e3;

  /** A model, its rows and its way to solve. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Problem(
      BuiltModel<ModelConfig> model, double[][] rows, double[][] contexts, boolean exact)
      implements AutoCloseable {

    static Problem of(String layer, int context, int blocks, String dtype, boolean exact) {
      return of(layer, context, blocks, dtype, exact, 2);
    }

    static Problem of(
        String layer, int context, int blocks, String dtype, boolean exact, int threads) {
      int dim = 3;
      ModelConfig config = SmallModels.config(layer, dim, context, 12, blocks).withDtype(dtype);
      BuiltModel<ModelConfig> model = SmallModels.create(config, threads);
      double[][] contexts = split(SmallModels.rows(ROWS, CONTEXT, SEED + 1), CONTEXT);
      return new Problem(model, split(SmallModels.rows(ROWS, dim, SEED), dim), contexts, exact);
    }

    /** Computes some rows together: log-densities, base points and samples. */
    double[][] compute(Steps steps, int... chosen) {
      Divergence divergence = exact ? new ExactTrace() : probes(chosen);
      SolveSettings settings =
          SolveSettings.exact()
              .withSolver(
                  SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, TOLERANCE, TOLERANCE))
              .withEvaluationDivergence(divergence)
              .withEvaluationSteps(steps);
      Flow flow = SmallModels.solved(model, settings).flow();
      double[][] x = Arrays.stream(chosen).mapToObj(i -> rows[i]).toArray(double[][]::new);
      Context context =
          model.config().context() == 0
              ? Context.none()
              : Context.of(
                  Arrays.stream(chosen).mapToObj(i -> contexts[i]).toArray(double[][]::new));
      SplittableRandom random = new SplittableRandom(SEED);
      double[] logProb = flow.logProb(x, context, random);
      double[][] base = flow.toBase(x, context, random);
      double[][] samples = flow.fromBase(x, context, random);
      double[][] all = new double[chosen.length][];
      for (int i = 0; i < all.length; i++) {
        all[i] =
            Stream.of(new double[] {logProb[i]}, base[i], samples[i])
                .flatMapToDouble(Arrays::stream)
                .toArray();
      }
      return all;
    }

    /** Every row has probes of its own, whatever rows are beside it. */
    private Divergence probes(int[] chosen) {
      int dim = model.config().dim();
      double[] directions = new double[PROBES * chosen.length * dim];
      for (int k = 0; k < PROBES; k++) {
        for (int i = 0; i < chosen.length; i++) {
          Random signs = new Random(SEED + 31L * chosen[i] + k);
          for (int j = 0; j < dim; j++) {
            directions[(k * chosen.length + i) * dim + j] = signs.nextBoolean() ? 1 : -1;
          }
        }
      }
      return Divergence.replayed(PROBES, directions);
    }

    @Override
    public void close() {
      model.close();
    }
  }

  static Stream<Arguments> problems() {
    List<Arguments> all = new ArrayList<>();
    for (String dtype : new String[] {"float64", "float32"}) {
      for (String layer : SmallModels.layers()) {
        all.add(Arguments.of(layer, 0, 1, dtype, true));
      }
      all.add(Arguments.of("concatsquash", CONTEXT, 2, dtype, true));
      all.add(Arguments.of("concatsquash", CONTEXT, 2, dtype, false));
      all.add(Arguments.of("mlp", CONTEXT, 2, dtype, false));
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("problems")
  void aRowIsWhatItIsAlone(String layer, int context, int blocks, String dtype, boolean exact) {
    try (Problem problem = Problem.of(layer, context, blocks, dtype, exact)) {
      int[] all = IntStream.range(0, ROWS).toArray();
      double[][] alone =
          Arrays.stream(all)
              .mapToObj(i -> problem.compute(Steps.BY_ROW, i)[0])
              .toArray(double[][]::new);
      assertClose(alone, problem.compute(Steps.BY_ROW, all), all, dtype, "together");
      List<Integer> order = new ArrayList<>(Arrays.stream(all).boxed().toList());
      Collections.shuffle(order, new Random(SEED));
      int[] shuffled = order.stream().mapToInt(i -> i).toArray();
      assertClose(alone, problem.compute(Steps.BY_ROW, shuffled), shuffled, dtype, "shuffled");
      for (int i = 0; i < ROWS; i += 3) {
        for (int j = 0; j < problem.rows[i].length; j++) {
          problem.rows[i][j] *= DEVIATIONS;
        }
      }
      int[] near = Arrays.stream(all).filter(i -> i % 3 != 0).toArray();
      double[][] beside = problem.compute(Steps.BY_ROW, all);
      double[][] nearOnes = Arrays.stream(near).mapToObj(i -> beside[i]).toArray(double[][]::new);
      assertClose(alone, nearOnes, near, dtype, "beside rows far out");
    }
  }

  private static void assertClose(
      double[][] alone, double[][] together, int[] rows, String dtype, String how) {
    List<Double> apart = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      for (int k = 0; k < together[i].length; k++) {
        double expected = alone[rows[i]][k];
        apart.add(Math.abs(together[i][k] - expected) / Math.max(1, Math.abs(expected)));
      }
    }
    Collections.sort(apart);
    double largest = apart.get(apart.size() - 1);
    if (dtype.equals("float64")) {
      assertTrue(largest <= 1e-12, how + ": " + largest + ", seed " + SEED);
    } else {
      double most = apart.get((int) (0.999 * (apart.size() - 1)));
      assertTrue(most <= Kernels.rounding(1e-5), how + ": " + most + ", seed " + SEED);
      assertTrue(
          largest <= Kernels.rounding(10 * TOLERANCE), how + ": " + largest + ", seed " + SEED);
    }
  }

  @Test
  void withSharedStepsARowDependsOnTheOthers() {
    try (Problem problem = Problem.of("concatsquash", 0, 1, "float64", true)) {
      int[] all = IntStream.range(0, ROWS).toArray();
      double alone = problem.compute(Steps.SHARED, 7)[0][0];
      assertNotEquals(alone, problem.compute(Steps.SHARED, all)[7][0], 1e-12);
    }
  }

  @Test
  void bothWaysOfSteppingAgreeWithinTheTolerance() {
    for (boolean exact : new boolean[] {true, false}) {
      try (Problem problem = Problem.of("concatsquash", CONTEXT, 2, "float64", exact)) {
        int[] all = IntStream.range(0, ROWS).toArray();
        double[][] own = problem.compute(Steps.BY_ROW, all);
        double[][] shared = problem.compute(Steps.SHARED, all);
        for (int i = 0; i < ROWS; i++) {
          assertArrayEquals(shared[i], own[i], 100 * TOLERANCE, "row " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void threadsDoNotChangeABit(String layer, int context, int blocks, String dtype, boolean exact) {
    int[] all = IntStream.range(0, ROWS).toArray();
    double[][] expected = null;
    for (int threads = 1; threads <= 3; threads++) {
      try (Problem problem = Problem.of(layer, context, blocks, dtype, exact, threads)) {
        double[][] found = problem.compute(Steps.BY_ROW, all);
        expected = expected == null ? found : expected;
        for (int i = 0; i < ROWS; i++) {
          assertArrayEquals(expected[i], found[i], threads + " threads, row " + i);
        }
      }
    }
  }

  /** z' = z^2 ends at t = 1 / z. */
  private static final VectorField SQUARE =
      (tape, t, z, context) -> tape.apply(Elementwise.SQUARE, z);

  private static Flow flow(Backend backend, SolverConfig solver, VectorField field) {
    SolveSettings settings = SolveSettings.exact().withSolver(solver);
    return new Flow(
            DiagonalNormal.standard(2),
            new ContinuousFlow(2, 0, field, new EndTime.Fixed(1), settings),
            backend)
        .withChunkRows(3);
  }

  @Test
  void aRowThatFailsLeavesTheOthersAloneWhereItIsAsked() {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-9, 1e-9);
    double[][] x = {{0.3, 0.1}, {0.2, -0.5}, {0.1, 3}, {0.5, 0.4}, {1.5, 0.2}, {0.4, -2}, {0, 0.7}};
    List<Integer> bad = List.of(2, 4);
    try (Backend backend = new CpuBackend(DType.FLOAT64, 2)) {
      Flow flow = flow(backend, solver, SQUARE);
      SplittableRandom random = new SplittableRandom(SEED);
      assertFails(
          ErrorKey.SOLVE_FAILED,
          () -> flow.score(x, Context.none(), random),
          "1 of 3 rows",
          "row 2",
          "t = 0.33");
      Failures failures = new Failures();
      double[] scores = flow.score(x, Context.none(), random, failures).logProb();
      Failures ofMap = new Failures();
      double[][] base = flow.toBase(x, Context.none(), random, ofMap);
      assertEquals(bad, failures.list().stream().map(Failures.Failure::row).toList());
      assertEquals(bad, ofMap.list().stream().map(Failures.Failure::row).toList());
      for (int i = 0; i < x.length; i++) {
        double logProb = -Math.log(2 * Math.PI);
        for (int j = 0; j < 2; j++) {
          double z = x[i][j] / (1 - x[i][j]);
          logProb += -z * z / 2 - 2 * Math.log(1 - x[i][j]);
          assertEquals(bad.contains(i) ? Double.NaN : z, base[i][j], 1e-7);
        }
        assertEquals(bad.contains(i) ? Double.NaN : logProb, scores[i], 1e-7, "row " + i);
      }
      assertTrue(failures.list().get(0).reason().contains("t = 0.33"), failures.list().toString());
    }
  }

  @Test
  void overflowIsToldFromABudget() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      VectorField enormous = (tape, t, z, context) -> tape.affine(1e4, tape.multiply(z, z), 0);
      SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
      double[][] x = {{1e300, 1e300}, {0, 0}};
      Failures failures = new Failures();
      double[] scores =
          flow(backend, solver, enormous)
              .score(x, Context.none(), new SplittableRandom(SEED), failures)
              .logProb();
      assertTrue(Double.isNaN(scores[0]));
      assertFalse(Double.isNaN(scores[1]));
      assertTrue(failures.list().get(0).overflow(), failures.list().toString());
      Failures spent = new Failures();
      flow(backend, solver.withMaxEvaluations(5), SQUARE)
          .score(new double[][] {{0.3, 0.1}}, Context.none(), new SplittableRandom(SEED), spent);
      assertFalse(spent.list().get(0).overflow());
    }
  }

  @Test
  void workIsThatOfAllRows() {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      double[][] x = {{0.1, 0.1}, {0.2, -0.5}, {0.9, 0.8}};
      Flow flow = flow(backend, solver, SQUARE);
      SplittableRandom random = new SplittableRandom(SEED);
      Work together = flow.score(x, Context.none(), random).work();
      long sum = 0;
      for (double[] row : x) {
        Work alone = flow.score(new double[][] {row}, Context.none(), random).work();
        assertEquals(alone.forwardEvaluations(), alone.rowEvaluations());
        sum += alone.rowEvaluations();
      }
      assertEquals(sum, together.rowEvaluations());
      assertEquals((sum + 2) / 3, together.forwardEvaluations());
    }
  }

  /** Gradients in an evaluation pass go back steps that rows share. */
  @Test
  void passesThatRecordShareSteps() {
    try (Problem problem = Problem.of("concatsquash", 0, 1, "float64", true)) {
      Flow flow = problem.model.flow();
      Tape tape = Tape.recording(flow.backend());
      Pass pass = Pass.evaluation(tape, new SplittableRandom(SEED));
      double[] x = SmallModels.rows(ROWS, 3, SEED);
      flow.logProb(pass, tape.constant(x, ROWS, 3), null);
      assertEquals(0, pass.work().rowEvaluations());
      Pass byRow = Pass.evaluation(Tape.evaluating(flow.backend()), new SplittableRandom(SEED));
      flow.logProb(byRow, byRow.tape().constant(x, ROWS, 3), null);
      assertTrue(byRow.work().rowEvaluations() > 0);
    }
  }

  private static double[][] split(double[] values, int cols) {
    double[][] rows = new double[values.length / cols][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * cols, (i + 1) * cols));
    return rows;
  }
}
