package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RowwiseRun;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A row among others takes the steps that it takes alone, which are Hipparchus'. */
class RowwiseSolveTest {
  private static final int ROWS = 23;
  private static final int WIDTH = AnalyticRows.WIDTH;

  private static final Map<String, AnalyticRows.Field> FIELDS =
      Map.of(
          "van der Pol",
              (t, y, f) -> {
                f[0] = y[1];
                f[1] = 5 * (1 - y[0] * y[0]) * y[1] - y[0];
                f[2] = y[0] * y[1];
              },
          "pulse",
              (t, y, f) -> {
                double apart = t - 1.3 + 0.1 * Math.sin(y[0]);
                f[0] = -y[1] + 20 * Math.exp(-500 * apart * apart);
                f[1] = y[0];
                f[2] = Math.cos(t) * y[0];
              },
          "fast integral",
              (t, y, f) -> {
                f[0] = -0.01 * y[0];
                f[1] = 0.01 * y[1];
                f[2] = 30 * Math.cos(7 * t) * y[0];
              });

  /** A row's accepted steps and the states at their starts. */
  private record Steps(List<double[]> steps, List<double[]> states) {
    Steps() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (SolverMethod method : embedded()) {
      for (String name : FIELDS.keySet()) {
        for (Span span : new Span[] {new Span(0, 3), new Span(0.4, -0.1)}) {
          for (double tolerance : new double[] {1e-3, 1e-6, 1e-10}) {
            cases.add(Arguments.of(method, name, span, tolerance));
          }
        }
      }
    }
    return cases.stream();
  }

  private static List<SolverMethod> embedded() {
    return TestSystems.rungeKuttaMethods().filter(SolverMethod::isAdaptive).toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void stepsOfRowsAreThoseOfHipparchus(
      SolverMethod method, String name, Span span, double tolerance) {
    SolverConfig.ByTolerance config =
        SolverConfig.adaptive(method, tolerance, tolerance).withFirstStep(span.length() / 60);
    AnalyticRows system = rows(name, 2, 5);
    Steps[] steps = new Steps[ROWS];
    RowSolution solution = solve(config, system, span, steps);
    for (int row = 0; row < ROWS; row++) {
      HipparchusSteps own = HipparchusSteps.of(config, system.alone(), span, start(row));
      assertEquals(own.succeeded(), solution.failures()[row] == null);
      if (own.succeeded()) {
        assertEquals(own.steps().size(), steps[row].steps.size(), "row " + row);
        assertEquals(own.steps().size(), solution.accepted()[row]);
        assertArrayEquals(own.end(), end(solution, row));
      }
      // Hipparchus tells what is not finite later than this library.
      int both = Math.min(own.steps().size(), steps[row].steps.size());
      for (int n = 0; n < both; n++) {
        assertArrayEquals(own.steps().get(n), steps[row].steps.get(n), "step " + n);
        assertArrayEquals(own.states().get(n), steps[row].states.get(n), "state " + n);
      }
    }
  }

  @Test
  void rowsDifferInWhatTheyNeedAndSomeStepsAreRejected() {
    for (SolverMethod method : embedded()) {
      for (String name : new String[] {"van der Pol", "pulse"}) {
        RowSolution solution =
            solve(
                SolverConfig.adaptive(method, 1e-6, 1e-6),
                rows(name, 2, 5),
                new Span(0, 3),
                new Steps[ROWS]);
        assertTrue(Arrays.stream(solution.evaluations()).distinct().count() > 3);
        assertTrue(RowSolution.total(solution.rejected()) > 2);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rowsAreSolvedAsAlone(SolverMethod method, String name, Span span, double tolerance) {
    // The norms of all components of a row alike, of groups, and of one group alone.
    for (ErrorNorm norm :
        new ErrorNorm[] {
          ErrorNorm.rootMeanSquare(),
          ErrorNorm.mixed().withFactors("integrals", 2, 3),
          ErrorNorm.largest(),
          ErrorNorm.rootMeanSquare().over("positions")
        }) {
      SolverConfig config =
          SolverConfig.adaptive(method, tolerance, tolerance)
              .withErrorNorm(norm)
              .withFirstStep(span.length() / 30);
      AnalyticRows system = rows(name, 3, 4);
      Steps[] steps = new Steps[ROWS];
      RowSolution solution = solve(config, system, span, steps);
      for (int row = 0; row < ROWS; row++) {
        KeptSteps kept = new KeptSteps(1, StepRows.of(config), 0);
        Route route = new Route(span.start(), span.end());
        Solution alone =
            RungeKuttaRun.solve(config, system.alone(), route, start(row), kept, null).end();
        assertArrayEquals(alone.state(), end(solution, row));
        assertEquals(alone.stats().evaluations(), solution.evaluations()[row]);
        assertEquals(alone.stats().acceptedSteps(), solution.accepted()[row]);
        assertEquals(alone.stats().rejectedSteps(), solution.rejected()[row]);
        // A row that has arrived is evaluated no more.
        assertEquals(alone.stats().evaluations(), system.evaluated.get(row));
        for (int n = 0; n < kept.size(); n++) {
          KeptSteps.Step step = kept.step(n);
          assertArrayEquals(new double[] {step.start(), step.length()}, steps[row].steps.get(n));
          assertArrayEquals(step.states()[0], steps[row].states.get(n));
        }
      }
    }
  }

  /** The first step too is chosen by what the row alone shows. */
  @ParameterizedTest
  @MethodSource("cases")
  void firstStepsAreThoseOfRowsAlone(
      SolverMethod method, String name, Span span, double tolerance) {
    SolverConfig config = SolverConfig.adaptive(method, tolerance, tolerance);
    AnalyticRows system = rows(name, 3, 4);
    RowSolution together = solve(config, system, span, new Steps[ROWS]);
    for (int row = 0; row < ROWS; row++) {
      AnalyticRows single =
          new AnalyticRows(Objects.requireNonNull(FIELDS.get(name)), 1, 1, 4, null);
      RowSolution alone = RowwiseRun.solve(config, single, span, start(row), null);
      assertArrayEquals(alone.states(), end(together, row));
      assertEquals(alone.evaluations()[0], together.evaluations()[row]);
      // The trial step may end where nothing is evaluated.
      assertEquals(together.evaluations()[row], system.evaluated.get(row));
    }
  }

  @Test
  void neitherThreadsNorRangesNorNeighboursChangeABit() {
    Span span = new Span(0, 3);
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    RowSolution expected = solve(config, rows("pulse", 1, ROWS), span, new Steps[ROWS]);
    for (int threads = 1; threads <= 3; threads++) {
      ExecutorService executor = Executors.newFixedThreadPool(threads);
      try {
        for (int most : new int[] {1, 4, 40}) {
          AnalyticRows system =
              new AnalyticRows(
                  Objects.requireNonNull(FIELDS.get("pulse")), ROWS, 4, most, executor);
          RowSolution actual = solve(config, system, span, new Steps[ROWS]);
          assertArrayEquals(expected.states(), actual.states());
          assertArrayEquals(expected.evaluations(), actual.evaluations());
          assertArrayEquals(expected.rejected(), actual.rejected());
        }
      } finally {
        executor.shutdown();
      }
    }
  }

  /** y' = y^2 ends at t = 1 / y(0); a NaN at the start, at a time, and a budget that is short. */
  @Test
  void rowsThatFailLeaveTheOthersAlone() {
    AnalyticRows.Field field =
        (t, y, f) -> {
          f[0] = y[0] * y[0];
          f[1] = y[1] > 5 && t > 0.25 ? Double.NaN : 0.1 * y[1];
          f[2] = y[0];
        };
    int rows = 12;
    double[] start = new double[rows * WIDTH];
    for (int row = 0; row < rows; row++) {
      start[row * WIDTH] = 0.1 + 0.01 * row;
      start[row * WIDTH + 1] = 1;
    }
    start[3 * WIDTH] = 4; // ends at t = 0.25
    start[5 * WIDTH + 1] = Double.NaN;
    start[7 * WIDTH + 1] = 6;
    start[8 * WIDTH] = Double.POSITIVE_INFINITY;
    SolverConfig config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-8, 1e-8).withFirstStep(0.03);
    AnalyticRows system = new AnalyticRows(field, rows, 2, 4, null);
    RowSolution solution = new OdeSolver(config).solveRows(system, 0, start, 1);
    assertEquals(List.of(3, 5, 7, 8), solution.failed());
    for (int row = 0; row < rows; row++) {
      double[] own = Arrays.copyOfRange(start, row * WIDTH, (row + 1) * WIDTH);
      Solution alone = new OdeSolver(config).solve(system.alone(), 0, own, 1);
      SolveStatus failure = solution.failures()[row];
      assertArrayEquals(alone.state(), end(solution, row));
      assertEquals(alone.stats().evaluations(), solution.evaluations()[row]);
      assertEquals(alone.stats().rejectedSteps(), solution.rejected()[row]);
      if (alone.status().isSuccess()) {
        assertNull(failure);
      } else {
        assertEquals(alone.status().outcome(), failure.outcome());
        assertEquals(alone.status().time(), failure.time());
        assertEquals(alone.status().step(), failure.step());
        assertEquals(alone.status().component(), failure.component());
        assertTrue(failure.details().startsWith("row " + row), failure.details());
      }
    }
    RowSolution poor = new OdeSolver(config.withMaxEvaluations(14)).solveRows(system, 0, start, 1);
    for (int row = 0; row < rows; row++) {
      assertTrue(poor.evaluations()[row] <= 14);
      SolveStatus failure = poor.failures()[row];
      if (solution.failures()[row] == null) {
        assertEquals(SolveStatus.Outcome.BUDGET_SPENT, failure.outcome());
      }
    }
  }

  @Test
  void whatHasNoStepsOfItsOwnIsRefused() {
    for (SolverConfig config :
        List.of(
            SolverConfig.fixed(SolverMethod.EULER, 3),
            SolverConfig.adaptive(SolverMethod.GRAGG_BULIRSCH_STOER, 1e-5, 1e-5),
            SolverConfig.adaptive(SolverMethod.ADAMS_MOULTON, 1e-5, 1e-5))) {
      OdeSolver solver = new OdeSolver(config);
      assertEquals(false, solver.solvesRows());
      FjordException refused =
          assertThrows(
              FjordException.class, () -> solver.solveRows(rows("pulse", 1, 4), 0, starts(), 1));
      assertEquals(ErrorKey.INVALID_CONFIGURATION, refused.key());
    }
  }

  @Test
  void nothingToSolveCostsNothing() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    RowSolution still = new OdeSolver(config).solveRows(rows("pulse", 2, 4), 2, starts(), 2);
    assertArrayEquals(starts(), still.states());
    assertEquals(0, RowSolution.total(still.evaluations()));
  }

  private static RowSolution solve(
      SolverConfig config, AnalyticRows system, Span span, Steps[] steps) {
    IntStream.range(0, ROWS).forEach(row -> steps[row] = new Steps());
    return RowwiseRun.solve(
        config,
        system,
        span,
        starts(),
        (row, s, length, states, at) -> {
          steps[row].steps.add(new double[] {s, length});
          steps[row].states.add(Arrays.copyOfRange(states, at, at + WIDTH));
        });
  }

  private static AnalyticRows rows(String name, int ranges, int most) {
    return new AnalyticRows(Objects.requireNonNull(FIELDS.get(name)), ROWS, ranges, most, null);
  }

  private static double[] starts() {
    double[] starts = new double[ROWS * WIDTH];
    for (int i = 0; i < starts.length; i++) {
      // Rows of different sizes: the later, the larger.
      starts[i] = i % WIDTH == 2 ? 0 : Math.sin(1 + 1.7 * i) * Math.exp(0.05 * i - 1);
    }
    return starts;
  }

  private static double[] start(int row) {
    return Arrays.copyOfRange(starts(), row * WIDTH, (row + 1) * WIDTH);
  }

  private static double[] end(RowSolution solution, int row) {
    return Arrays.copyOfRange(solution.states(), row * WIDTH, (row + 1) * WIDTH);
  }
}
