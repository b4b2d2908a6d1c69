package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.Event.Direction;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events against closed forms. */
class EventTest {
  private static final OdeSystem OSCILLATOR =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = y[1];
            yDot[1] = -y[0];
          });
  private static final OdeSystem STILL = TestSystems.of(1, (t, y, yDot) -> yDot[0] = 0);
  private static final double GRAVITY = 9.81;
  private static final OdeSystem FALL =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = y[1];
            yDot[1] = -GRAVITY;
          });
  private static final SolverConfig.ByTolerance DOPRI5 =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-9, 1e-9);

  /** Error of a time in a solve over about ten units. */
  private static double accuracy(SolverMethod method) {
    return 200 * TestSystems.accuracy(method) + Event.DEFAULT_TOLERANCE;
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void theOscillatorCrossesZeroTwiceATurn(SolverMethod method) {
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    Event any = Event.passing("crossing", (t, y) -> y[0]);
    Event rising = any.withDirection(Direction.RISING);
    Event falling = any.withDirection(Direction.FALLING);
    for (double direction : new double[] {1, -1}) {
      EventSolution solution =
          solver.solve(OSCILLATOR, 0, new double[] {1, 0}, 7 * direction, List.of(any));
      assertTrue(solution.solution().status().isSuccess());
      assertEquals(7 * direction, solution.solution().time());
      double[] expected = {Math.PI / 2, 3 * Math.PI / 2};
      assertEquals(2, solution.events().size());
      for (int i = 0; i < 2; i++) {
        Event.Occurrence met = solution.events().get(i);
        assertEquals(direction * expected[i], met.time(), accuracy(method));
        assertEquals(0, met.state()[0], Event.DEFAULT_TOLERANCE, "zero on the numbers");
        assertEquals(i == 0 ? -direction : direction, met.state()[1], accuracy(method));
      }
      assertEquals(Math.cos(7), solution.solution().state()[0], accuracy(method));
      // In the direction of the solve, the cosine falls first on both sides.
      assertTimes(solver, direction, falling, expected[0], method);
      assertTimes(solver, direction, rising, expected[1], method);
    }
  }

  private static void assertTimes(
      OdeSolver solver, double direction, Event event, double expected, SolverMethod method) {
    List<Event.Occurrence> events =
        solver.solve(OSCILLATOR, 0, new double[] {1, 0}, 7 * direction, List.of(event)).events();
    assertEquals(1, events.size());
    assertEquals(direction * expected, events.get(0).time(), accuracy(method));
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void theExponentialStopsAtALevel(SolverMethod method) {
    OdeSystem growth = TestSystems.of(1, (t, y, yDot) -> yDot[0] = y[0]);
    Event level = Event.stopping("level", (t, y) -> y[0] - 2);
    EventSolution found =
        new OdeSolver(TestSystems.accurate(method))
            .solve(growth, 0.25, new double[] {1}, 3, List.of(level));
    Solution solution = found.solution().orThrow();
    assertEquals(Outcome.STOPPED_BY_EVENT, solution.status().outcome());
    assertEquals(0.25 + Math.log(2), solution.time(), accuracy(method));
    assertEquals(2, solution.state()[0], 3 * Event.DEFAULT_TOLERANCE);
    assertEquals(solution.time(), found.events().get(0).time());
    assertArrayEquals(solution.state(), found.events().get(0).state());
    assertTrue(solution.status().message().contains("'level'"), solution.status().message());
  }

  /** Methods of order two and above are exact here, so the time is as near as its tolerance. */
  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void theBallBouncesInEverShorterHops(SolverMethod method) {
    if (method.order() < 2) {
      return;
    }
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e-8, 1e-8)
            : SolverConfig.fixed(method, 7);
    // A step may be longer than a hop.
    Event impact =
        Event.stopping("impact", (t, y) -> y[0])
            .withDirection(Direction.FALLING)
            .withLargestCheck(0.05);
    double[] state = {1, 0};
    double time = 0;
    double expected = Math.sqrt(2 / GRAVITY);
    double speed = GRAVITY * expected;
    for (int bounce = 0; bounce < 8; bounce++) {
      Solution solution =
          new OdeSolver(config).solve(FALL, time, state, time + 10, List.of(impact)).solution();
      assertEquals(Outcome.STOPPED_BY_EVENT, solution.status().outcome());
      // Multistep methods begin with another one and change their step, to within the tolerance.
      double accuracy = method.hasTableau() ? 10 * Event.DEFAULT_TOLERANCE : 1e-7;
      assertEquals(expected, solution.time(), accuracy, "bounce " + bounce);
      time = solution.time();
      state = new double[] {solution.state()[0], -0.8 * solution.state()[1]};
      speed *= 0.8;
      expected += 2 * speed / GRAVITY;
    }
  }

  @Test
  void severalEventsComeInTheirOrder() {
    Event crossing = Event.passing("crossing", (t, y) -> y[0]);
    Event twice = Event.passing("twice", (t, y) -> 2 * y[0]);
    Event speed = Event.passing("speed", (t, y) -> y[1] + 0.5);
    Event clock = Event.passing("clock", (t, y) -> t - 2);
    Event late = Event.stopping("late", (t, y) -> t - 4);
    EventSolution solution =
        new OdeSolver(DOPRI5)
            .solve(
                OSCILLATOR,
                0,
                new double[] {1, 0},
                10,
                List.of(crossing, clock, twice, late, speed));
    String[] names = {"speed", "crossing", "twice", "clock", "speed", "late"};
    double[] times = {Math.PI / 6, Math.PI / 2, Math.PI / 2, 2, 5 * Math.PI / 6, 4};
    assertArrayEquals(
        names, solution.events().stream().map(met -> met.event().name()).toArray(String[]::new));
    for (int i = 0; i < times.length; i++) {
      assertEquals(times[i], solution.events().get(i).time(), 1e-8);
    }
    assertEquals(
        solution.events().get(1).time(), solution.events().get(2).time(), "they are one step's");
    assertEquals(4, solution.solution().time(), Event.DEFAULT_TOLERANCE);
  }

  @Test
  void simultaneousEventsStopTogether() {
    Event first = Event.passing("first", (t, y) -> t - 1);
    Event second = Event.stopping("second", (t, y) -> Math.expm1(t - 1));
    EventSolution solution =
        new OdeSolver(DOPRI5).solve(STILL, 0, new double[1], 3, List.of(first, second));
    assertEquals(2, solution.events().size());
    assertEquals(Outcome.STOPPED_BY_EVENT, solution.solution().status().outcome());
    assertEquals(1, solution.solution().time(), Event.DEFAULT_TOLERANCE);
  }

  @Test
  void aZeroAtTheStartIsNoEvent() {
    Event top = Event.passing("turn", (t, y) -> y[1]);
    EventSolution solution =
        new OdeSolver(DOPRI5).solve(OSCILLATOR, 0, new double[] {1, 0}, 4, List.of(top));
    assertEquals(1, solution.events().size());
    assertEquals(Math.PI, solution.events().get(0).time(), 1e-7);
    // Nor is one just behind it.
    Event clock = Event.stopping("clock", (t, y) -> t - 1e-11);
    EventSolution past = new OdeSolver(DOPRI5).solve(STILL, 0, new double[1], 1, List.of(clock));
    assertEquals(0, past.events().size());
    assertEquals(1, past.solution().time());
  }

  @Test
  void aZeroAtTheEndIsOne() {
    Event clock = Event.passing("clock", (t, y) -> t - 1);
    EventSolution solution =
        new OdeSolver(DOPRI5).solve(STILL, 0, new double[1], 1, List.of(clock));
    assertEquals(1, solution.events().size());
    assertEquals(1, solution.events().get(0).time());
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void aSolveWithoutEventsTakesTheSameSteps(SolverMethod method) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    Event never = Event.stopping("never", (t, y) -> y[0] * y[0] + y[1] * y[1] + 1);
    double[] start = {1, 0};
    Trajectory plain = new OdeSolver(config).solve(OSCILLATOR, 0, start, new double[] {7});
    EventSolution solution = new OdeSolver(config).solve(OSCILLATOR, 0, start, 7, List.of(never));
    assertEquals(0, solution.events().size());
    assertArrayEquals(plain.end().state(), solution.solution().state());
    assertEquals(
        plain.end().stats().evaluations(), solution.solution().stats().evaluations(), "no more");
    Solution none = new OdeSolver(config).solve(OSCILLATOR, 0, start, 7, List.of()).solution();
    assertArrayEquals(plain.end().state(), none.state());
  }

  @Test
  void moreLooksFindWhatStepsPassOver() {
    Event dip =
        Event.passing("dip", (t, y) -> (y[0] - 0.5) * (y[0] - 0.5) - 1e-4).withTolerance(1e-12);
    OdeSystem clock = TestSystems.of(1, (t, y, yDot) -> yDot[0] = 1);
    OdeSolver solver = new OdeSolver(DOPRI5.withFirstStep(1));
    assertEquals(0, solver.solve(clock, 0, new double[1], 1, List.of(dip)).events().size());
    List<Event.Occurrence> found =
        solver.solve(clock, 0, new double[1], 1, List.of(dip.withLargestCheck(0.015))).events();
    assertEquals(2, found.size());
    assertEquals(0.49, found.get(0).time(), 1e-11);
    assertEquals(0.51, found.get(1).time(), 1e-11);
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void aTimeIsFoundWithinItsTolerance(SolverMethod method) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    for (double tolerance : new double[] {1e-2, 1e-5, 1e-10}) {
      // Roots of several kinds: simple, of high order, infinitely steep, and a jump.
      List<Event> events =
          Stream.<Event.Function>of(
                  (t, y) -> t - 0.3,
                  (t, y) -> Math.pow(t - 0.7, 5),
                  (t, y) -> Math.cbrt(t - 1.1),
                  (t, y) -> t < 1.9 ? -1 : 1)
              .map(g -> Event.passing("", g).withTolerance(tolerance))
              .toList();
      List<Event.Occurrence> found =
          new OdeSolver(config).solve(STILL, 0, new double[1], 3, events).events();
      assertEquals(4, found.size());
      double[] expected = {0.3, 0.7, 1.1, 1.9};
      for (int i = 0; i < 4; i++) {
        assertEquals(expected[i], found.get(i).time(), tolerance, "event " + i);
      }
    }
  }

  /** Location costs a few steps, and the step control goes on as before. */
  @Test
  void anEventCostsFewSteps() {
    OdeSolver solver = new OdeSolver(DOPRI5);
    Event crossing = Event.passing("crossing", (t, y) -> y[0]);
    double[] start = {1, 0};
    SolveStats plain = solver.solve(OSCILLATOR, 0, start, 300).stats();
    EventSolution solution = solver.solve(OSCILLATOR, 0, start, 300, List.of(crossing));
    SolveStats stats = solution.solution().stats();
    int events = solution.events().size();
    assertEquals(95, events);
    assertTrue(
        stats.acceptedSteps() <= plain.acceptedSteps() + 2L * events, stats + " after " + plain);
    assertTrue(
        stats.evaluations() <= plain.evaluations() + 48L * events, stats + " after " + plain);
  }

  @Test
  void partsMeetTheEventsOfTheWhole() {
    double[] start = new double[15];
    Arrays.setAll(start, i -> Math.sin(i + 1));
    RowParts parts = RowParts.of(5, 3, () -> new NeuralSystem(3));
    double[] there = new OdeSolver(DOPRI5).solve(parts, 0, start, 2.2).state();
    double level = there[0] + there[5] - there[11];
    Event sum = Event.passing("sum", (t, y) -> y[0] + y[5] - y[11] - level).withTolerance(1e-12);
    List<Event.Occurrence> whole =
        new OdeSolver(DOPRI5).solve(parts.plain(), 0, start, 4, List.of(sum)).events();
    List<Event.Occurrence> byParts =
        new OdeSolver(DOPRI5).solve(parts, 0, start, 4, List.of(sum)).events();
    assertTrue(whole.size() > 0, "the test sees something");
    assertEquals(whole.size(), byParts.size());
    for (int i = 0; i < whole.size(); i++) {
      assertEquals(whole.get(i).time(), byParts.get(i).time(), 1e-11);
      assertArrayEquals(whole.get(i).state(), byParts.get(i).state(), 1e-10);
    }
    assertEquals(0, parts.violations.get());
  }

  @Test
  void refusesWhatIsNoEvent() {
    Event event = Event.stopping("undefined", (t, y) -> Double.NaN);
    FjordException notFinite =
        assertThrows(
            FjordException.class,
            () -> new OdeSolver(DOPRI5).solve(STILL, 0, new double[1], 1, List.of(event)));
    assertEquals(ErrorKey.NON_FINITE, notFinite.key());
    assertTrue(
        String.valueOf(notFinite.getMessage()).contains("undefined"), notFinite.getMessage());
    for (double wrong : new double[] {0, -1, Double.NaN}) {
      FjordException tolerance =
          assertThrows(FjordException.class, () -> event.withTolerance(wrong));
      assertEquals(ErrorKey.INVALID_CONFIGURATION, tolerance.key());
      assertThrows(FjordException.class, () -> event.withLargestCheck(wrong));
    }
  }
}
