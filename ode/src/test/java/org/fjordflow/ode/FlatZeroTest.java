package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Functions that reach zero and stay there, that touch it, and that start at it; y = t or -t. */
class FlatZeroTest {
  private static final OdeSystem LINE = TestSystems.of(1, (t, y, yDot) -> yDot[0] = 1);

  /** Of Adams methods, whose polynomials are not exact. */
  private static final double ACCURACY = 1e-8;

  static List<SolverConfig> configs() {
    List<SolverConfig> configs = new ArrayList<>();
    for (SolverMethod method : SolverMethod.values()) {
      if (method.isAdaptive()) {
        configs.add(SolverConfig.adaptive(method, 1e-6, 1e-6));
        configs.add(SolverConfig.adaptive(method, 1e-6, 1e-6).withStepBounds(0, 0.25));
      } else {
        configs.add(SolverConfig.fixed(method, 9)); // a step ends at 1 of 3
        configs.add(SolverConfig.fixed(method, 7));
      }
    }
    return configs;
  }

  private static List<Event.Occurrence> solve(
      SolverConfig config, double direction, double length, Event event) {
    return new OdeSolver(config)
        .solve(LINE, 0, new double[1], direction * length, List.of(event))
        .events();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void theFirstZeroIsTheEvent(SolverConfig config) {
    for (double direction : new double[] {1, -1}) {
      for (double length : new double[] {10, 3}) {
        Event relu = Event.stopping("relu", (t, y) -> Math.max(0, 1 - direction * y[0]));
        List<Event.Occurrence> found = solve(config, direction, length, relu);
        assertEquals(1, found.size());
        assertEquals(direction, found.get(0).time(), ACCURACY, config.toString());
        // Passed on, it is met once; behind the dead zone the sign is another one.
        Event dead =
            Event.passing(
                "dead zone",
                (t, y) -> Math.max(0, 1 - direction * y[0]) + Math.min(0, 2 - direction * y[0]));
        found = solve(config, direction, length, dead);
        assertEquals(1, found.size(), config.toString());
        assertEquals(direction, found.get(0).time(), ACCURACY);
        assertEquals(
            0, solve(config, direction, length, dead.withDirection(Event.Direction.RISING)).size());
        assertEquals(
            1,
            solve(config, direction, length, dead.withDirection(Event.Direction.FALLING)).size());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aTouchIsNoEvent(SolverConfig config) {
    for (double direction : new double[] {1, -1}) {
      for (double length : new double[] {10, 3, 1}) {
        Event touch =
            Event.passing("touch", (t, y) -> (direction * y[0] - 1) * (direction * y[0] - 1));
        assertEquals(0, solve(config, direction, length, touch).size(), config.toString());
        Event below = Event.stopping("below", (t, y) -> -touch.function().value(t, y));
        assertEquals(0, solve(config, direction, length, below).size(), config.toString());
      }
      // A crossing behind it is one.
      Event cubic =
          Event.passing(
              "cubic",
              (t, y) -> (direction * y[0] - 1) * (direction * y[0] - 1) * (2.5 - direction * y[0]));
      List<Event.Occurrence> found = solve(config, direction, 3, cubic);
      assertEquals(1, found.size(), config.toString());
      assertEquals(2.5 * direction, found.get(0).time(), ACCURACY);
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void zerosAtTheStartAreNone(SolverConfig config) {
    for (double direction : new double[] {1, -1}) {
      Event leaving = Event.passing("leaving", (t, y) -> Math.max(0, direction * y[0] - 1));
      assertEquals(0, solve(config, direction, 3, leaving).size());
      Event never = Event.stopping("never", (t, y) -> 0);
      assertEquals(0, solve(config, direction, 3, never).size());
      Event back = Event.passing("back", (t, y) -> direction * y[0] * (1 - direction * y[0]));
      List<Event.Occurrence> found = solve(config, direction, 3, back.withLargestCheck(0.3));
      assertEquals(1, found.size());
      assertEquals(direction, found.get(0).time(), ACCURACY);
    }
  }

  /** Two looks at zero within a step are a function that stays there. */
  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void looksWithinAStepFindDips(SolverMethod method) {
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e-6, 1e-6)
            : SolverConfig.fixed(method, 1);
    Event dip =
        Event.passing("dip", (t, y) -> Math.max(0, Math.abs(y[0] - 1.5) - 0.5))
            .withLargestCheck(0.05);
    List<Event.Occurrence> found = solve(config, 1, 3, dip);
    assertEquals(1, found.size());
    assertEquals(1, found.get(0).time(), ACCURACY);
  }
}
