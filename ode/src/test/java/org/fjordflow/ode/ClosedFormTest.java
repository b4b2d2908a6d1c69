package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Solves whose solution is known. */
class ClosedFormTest {
  private static final OdeSystem OSCILLATOR =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = y[1];
            yDot[1] = -y[0];
          });

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void rotatesInBothDirections(SolverMethod method) {
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    double accuracy = TestSystems.accuracy(method);
    double[] start = {0.5, -1.25};
    for (double end : new double[] {2.0, -2.0}) {
      Solution solution = solver.solve(OSCILLATOR, 0, start, end).orThrow();
      assertEquals(end, solution.time());
      assertArrayEquals(
          new double[] {
            0.5 * Math.cos(end) - 1.25 * Math.sin(end), -0.5 * Math.sin(end) - 1.25 * Math.cos(end)
          },
          solution.state(),
          accuracy);
      Solution back = solver.solve(OSCILLATOR, end, solution.state(), 0).orThrow();
      assertArrayEquals(start, back.state(), 2 * accuracy);
    }
    assertArrayEquals(new double[] {0.5, -1.25}, start, "the initial state is not modified");
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void followsTimeDependenceFarFromZero(SolverMethod method) {
    OdeSystem system = TestSystems.of(1, (t, y, yDot) -> yDot[0] = Math.cos(t));
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    for (double end : new double[] {101.5, 98.5}) {
      Solution solution = solver.solve(system, 100, new double[1], end).orThrow();
      assertEquals(
          Math.sin(end) - Math.sin(100), solution.state()[0], TestSystems.accuracy(method));
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void emptyIntervalsAndStatesCostNothing(SolverMethod method) {
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    Solution still = solver.solve(OSCILLATOR, 3, new double[] {1, 2}, 3).orThrow();
    assertArrayEquals(new double[] {1, 2}, still.state());
    assertEquals(SolveStats.NONE, still.stats());
    Solution empty =
        solver.solve(TestSystems.of(0, (t, y, yDot) -> {}), 0, new double[0], 1).orThrow();
    assertEquals(1, empty.time());
    assertEquals(SolveStats.NONE, empty.stats());
  }

  @Test
  void intervalsMayBeTinyBesideTheirTimes() {
    OdeSystem system = TestSystems.of(1, (t, y, yDot) -> yDot[0] = 1);
    OdeSolver solver =
        new OdeSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6));
    double end = 1000 + 64 * Math.ulp(1000.0);
    Solution solution = solver.solve(system, 1000, new double[1], end).orThrow();
    assertEquals(end - 1000, solution.state()[0], Math.ulp(end - 1000));
  }
}
