package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fields that jump: the solution goes on behind the jump. */
class JumpTest {
  private static final double TOLERANCE = 1e-3;

  /** 1 on [1, 2), else 0; in a second component the opposite, which is never at rest. */
  private static final OdeSystem PULSE =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = t >= 1 && t < 2 ? 1 : 0;
            yDot[1] = 0.1 - yDot[0];
          });

  private static final OdeSystem REST =
      TestSystems.of(1, (t, y, yDot) -> yDot[0] = t >= 1 && t < 2 ? 1 : 0);

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void pulsesArePassedInBothDirections(SolverMethod method) {
    if (!method.isAdaptive()) {
      return;
    }
    SolverConfig config =
        SolverConfig.adaptive(method, TOLERANCE, TOLERANCE).withStepBounds(0, 0.25);
    OdeSolver solver = new OdeSolver(config);
    double allowed = 30 * TOLERANCE;
    for (double[] ends : new double[][] {{0, 16}, {16, 0}, {-3, 2.5}}) {
      double direction = Math.signum(ends[1] - ends[0]);
      double[] rest = solver.solve(REST, ends[0], new double[1], ends[1]).orThrow().state();
      assertEquals(direction, rest[0], allowed, method.id());
      double[] both = solver.solve(PULSE, ends[0], new double[2], ends[1]).orThrow().state();
      double[] exact = {direction, 0.1 * (ends[1] - ends[0]) - direction};
      assertArrayEquals(exact, both, allowed, method.id());
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void outputTimesMayLieOnJumps(SolverMethod method) {
    if (!method.isAdaptive()) {
      return;
    }
    // Extrapolation notices a jump within a step of any length, the others not always.
    double largest = method == SolverMethod.GRAGG_BULIRSCH_STOER ? 0 : 0.25;
    OdeSolver solver =
        new OdeSolver(
            SolverConfig.adaptive(method, TOLERANCE, TOLERANCE).withStepBounds(0, largest));
    for (double[] times : new double[][] {{0, 1, 2, 16}, {16, 2, 1, 0}}) {
      double[] outputs = {times[1], times[2], times[3]};
      Trajectory trajectory = solver.solve(REST, times[0], new double[1], outputs).orThrow();
      double direction = Math.signum(times[3] - times[0]);
      double[] exact = {0, direction, direction};
      for (int i = 0; i < exact.length; i++) {
        assertEquals(exact[i], trajectory.states()[i][0], 30 * TOLERANCE, method + ", " + i);
      }
    }
  }

  /** A jump right behind the start, and one of the state's own making. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"GRAGG_BULIRSCH_STOER", "ADAMS_BASHFORTH", "ADAMS_MOULTON"})
  void jumpsAtTheStartAndOnTheWayOfTheState(SolverMethod method) {
    OdeSolver solver = new OdeSolver(SolverConfig.adaptive(method, TOLERANCE, TOLERANCE));
    OdeSystem step = TestSystems.of(1, (t, y, yDot) -> yDot[0] = t > 0 ? 1 : 0);
    assertEquals(2, solver.solve(step, 0, new double[1], 2).orThrow().state()[0], 30 * TOLERANCE);
    OdeSystem slower = TestSystems.of(1, (t, y, yDot) -> yDot[0] = y[0] < 1 ? 1 : 0.25);
    assertEquals(
        1.25, solver.solve(slower, 0, new double[1], 2).orThrow().state()[0], 30 * TOLERANCE);
  }

  /** A least step that is asked for is kept to, but where a step crosses a jump. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"GRAGG_BULIRSCH_STOER"})
  void aLeastStepIsKept(SolverMethod method) {
    SolverConfig config =
        SolverConfig.adaptive(method, TOLERANCE, TOLERANCE).withStepBounds(1e-6, 0.25);
    Solution solution = new OdeSolver(config).solve(REST, 0, new double[1], 16).orThrow();
    assertEquals(1, solution.state()[0], 30 * TOLERANCE);
    assertTrue(solution.stats().smallestStep() >= 0.9e-6, solution.stats().toString());
  }
}
