package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Solving part by part takes the steps that Hipparchus takes. */
class PartitionedSolveTest {
  private static final int ROWS = 9;

  /** Rows of two components; the parameter chooses the equation. */
  private static final class Problem extends CountingSystem {
    private final String name;

    Problem(String name) {
      super(2, new double[0]);
      this.name = name;
    }

    @Override
    void field(double t, double[] y, double[] yDot) {
      switch (name) {
        case "van der Pol" -> {
          yDot[0] = y[1];
          yDot[1] = 5 * (1 - y[0] * y[0]) * y[1] - y[0];
        }
        case "exponential" -> {
          yDot[0] = -y[0];
          yDot[1] = 0.5 * y[1] + 0.1 * t;
        }
        case "stiff" -> {
          yDot[0] = -60 * (y[0] - Math.cos(3 * t));
          yDot[1] = 1 + y[0] - y[1] * y[1];
        }
        default -> {
          double pulse = 20 * Math.exp(-500 * (t - 1.3) * (t - 1.3));
          yDot[0] = -y[1] + pulse;
          yDot[1] = y[0];
        }
      }
    }

    @Override
    double pull(double t, double[] y, double[] cotangent, double[] yBar) {
      throw new UnsupportedOperationException();
    }

    @Override
    void pullParameters(double weight, double t, double[] y, double[] cotangent) {
      throw new UnsupportedOperationException();
    }
  }

  /** A solve of this library with its steps. */
  private record Run(Solution solution, List<double[]> steps, List<double[]> states) {}

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (SolverMethod method : TestSystems.rungeKuttaMethods().toList()) {
      for (String name : new String[] {"van der Pol", "exponential", "stiff", "pulse"}) {
        for (Span span : new Span[] {new Span(0, 3), new Span(0.4, -0.1)}) {
          for (double tolerance : new double[] {1e-3, 1e-6, 1e-10}) {
            cases.add(Arguments.of(method, name, span, tolerance));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void stepsAreThoseOfHipparchus(SolverMethod method, String name, Span span, double tolerance) {
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, tolerance, tolerance).withFirstStep(span.length() / 60)
            : SolverConfig.fixed(method, 512); // Hipparchus adds equal steps up, these exactly
    HipparchusSteps own = hipparchus(config, name, span);
    Run expected = partitioned(config, RowParts.of(ROWS, 1, () -> new Problem(name)), span);
    assertSame(own, expected);
    for (int parts : new int[] {2, 7}) {
      Run several = partitioned(config, RowParts.of(ROWS, parts, () -> new Problem(name)), span);
      SolveStats stats = several.solution.stats();
      assertEquals(expected.solution.stats().evaluations(), stats.evaluations());
      assertEquals(expected.solution.stats().acceptedSteps(), stats.acceptedSteps());
      assertEquals(expected.solution.stats().rejectedSteps(), stats.rejectedSteps());
      // A rounding of the norm, and then of the state, counts in units of the tolerance when the
      // next
      // step is chosen, and more where stability holds the steps down.
      double relative = 1e-8 + 1e-13 / tolerance;
      for (int n = 0; n < expected.steps.size(); n++) {
        double[] step = expected.steps.get(n);
        assertEquals(step[0], several.steps.get(n)[0], relative * span.length());
        assertEquals(step[1], several.steps.get(n)[1], relative * span.length());
      }
      double[] state = expected.solution.state();
      double size = Arrays.stream(state).map(Math::abs).max().orElseThrow();
      // What grows by 1e13 makes more of a rounding.
      assertArrayEquals(state, several.solution.state(), size * 1e-8);
    }
  }

  @Test
  void boundsAndFirstStepsAreThoseOfHipparchus() {
    Span span = new Span(0, 3);
    for (SolverMethod method : TestSystems.rungeKuttaMethods().toList()) {
      if (!method.isAdaptive()) {
        continue;
      }
      SolverConfig.ByTolerance config = SolverConfig.adaptive(method, 1e-5, 1e-7);
      for (SolverConfig bounded :
          new SolverConfig[] {
            config.withStepBounds(0, 0.05).withFirstStep(0.01),
            config.withFirstStep(1),
            config.withFirstStep(1e-7),
            config.withFirstStep(100).withStepBounds(1e-9, 0.7),
            config.withTolerances(0, 1e-4).withFirstStep(0.02),
            config.withTolerances(1e-4, 0).withFirstStep(0.02),
          }) {
        HipparchusSteps own = hipparchus(bounded, "pulse", span);
        assertSame(
            own, partitioned(bounded, RowParts.of(ROWS, 1, () -> new Problem("pulse")), span));
      }
    }
  }

  @Test
  void rejectionsHappenInTheseTests() {
    for (SolverMethod method : TestSystems.rungeKuttaMethods().toList()) {
      if (method.isAdaptive()) {
        SolverConfig config = SolverConfig.adaptive(method, 1e-6, 1e-6);
        RowParts system = RowParts.of(ROWS, 1, () -> new Problem("pulse"));
        assertTrue(
            partitioned(config, system, new Span(0, 3)).solution.stats().rejectedSteps() > 2);
      }
    }
  }

  @Test
  void neitherThreadsNorTheirOrderChangeABit() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    Span span = new Span(0, 3);
    Run expected = partitioned(config, RowParts.of(ROWS, 7, () -> new Problem("pulse")), span);
    for (int threads = 1; threads <= 5; threads += 2) {
      ExecutorService executor = Executors.newFixedThreadPool(threads);
      try {
        RowParts parts =
            new RowParts(ROWS, 7, () -> new Problem("pulse"), RowParts.Order.FORWARD, executor);
        assertSame(expected, partitioned(config, parts, span));
      } finally {
        executor.shutdown();
      }
    }
    RowParts backward =
        new RowParts(ROWS, 7, () -> new Problem("pulse"), RowParts.Order.BACKWARD, null);
    assertSame(expected, partitioned(config, backward, span));
  }

  /** Times and states of all accepted steps are equal to the bit. */
  private static void assertSame(HipparchusSteps own, Run actual) {
    assertEquals(own.succeeded(), actual.solution.status().isSuccess());
    int steps = actual.steps.size();
    if (own.succeeded()) {
      assertEquals(own.steps().size(), steps);
      assertArrayEquals(own.end(), actual.solution.state());
      assertTrue(actual.solution.stats().evaluations() <= own.evaluations(), "some are saved");
    }
    // Hipparchus tells what is not finite later than this library.
    for (int n = 0; n < Math.min(steps, own.steps().size()); n++) {
      assertArrayEquals(own.steps().get(n), actual.steps.get(n), "step " + n);
      assertArrayEquals(own.states().get(n), actual.states.get(n), "state " + n);
    }
  }

  private static void assertSame(Run expected, Run actual) {
    assertArrayEquals(expected.solution.state(), actual.solution.state());
    assertEquals(expected.steps.size(), actual.steps.size());
    for (int n = 0; n < expected.steps.size(); n++) {
      assertArrayEquals(expected.steps.get(n), actual.steps.get(n), "step " + n);
      assertArrayEquals(expected.states.get(n), actual.states.get(n), "state " + n);
    }
    SolveStats stats = expected.solution.stats();
    assertEquals(stats.evaluations(), actual.solution.stats().evaluations());
    assertEquals(stats.rejectedSteps(), actual.solution.stats().rejectedSteps());
    assertEquals(stats.smallestStep(), actual.solution.stats().smallestStep());
    assertEquals(stats.largestStep(), actual.solution.stats().largestStep());
    assertEquals(expected.solution.status(), actual.solution.status());
  }

  private static HipparchusSteps hipparchus(SolverConfig config, String name, Span span) {
    return HipparchusSteps.of(config, RowParts.of(ROWS, 1, () -> new Problem(name)), span, start());
  }

  private static Run partitioned(SolverConfig config, RowParts system, Span span) {
    StepRows rows = StepRows.of(config);
    KeptSteps kept = new KeptSteps(system.parts(), rows, 0);
    Route route = new Route(span.start(), span.end());
    Solution solution = RungeKuttaRun.solve(config, system, route, start(), kept, null).end();
    List<double[]> steps = new ArrayList<>();
    List<double[]> states = new ArrayList<>();
    for (int n = 0; n < kept.size(); n++) {
      KeptSteps.Step step = kept.step(n);
      steps.add(new double[] {step.start(), step.length()});
      double[] state = new double[system.dimension()];
      for (int part = 0; part < system.parts(); part++) {
        system.scatter(part, step.states()[part], state);
      }
      states.add(state);
    }
    assertEquals(0, system.violations.get());
    assertEquals(0, system.openInstants.get());
    // Without recording, arrays are used again.
    Solution silent = new OdeSolver(config).solve(system, span.start(), start(), span.end());
    assertArrayEquals(solution.state(), silent.state());
    return new Run(solution, steps, states);
  }

  private static double[] start() {
    double[] start = new double[2 * ROWS];
    for (int i = 0; i < start.length; i++) {
      start[i] = Math.sin(1 + 1.7 * i);
    }
    return start;
  }
}
