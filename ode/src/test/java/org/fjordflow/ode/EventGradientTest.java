package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.adjoint.Cotangents;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.SinglePart;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;
import org.hipparchus.analysis.solvers.BrentSolver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of state and time where an event stops a solve. */
class EventGradientTest {
  private static final double[] START = {0.4, -0.7, 1.1};
  private static final double[] COTANGENT = {1.3, -0.6, 0.8};
  private static final double TIME_COTANGENT = 0.7;
  private static final double[] NORMAL = {0.9, 0.4, -0.5};
  private static final double RELATIVE = 1e-6;

  static Stream<Arguments> methodsAndSpans() {
    return TestSystems.rungeKuttaMethods()
        .flatMap(
            method ->
                Stream.of(new Span(0.2, 5), new Span(0.2, -5))
                    .map(span -> Arguments.of(method, span)));
  }

  /** A plane that the solution crosses somewhere in the span, at a time with no simple fraction. */
  private static PlaneEvent plane(NeuralSystem system, Span span, double place) {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    double time = span.time(place);
    double[] there = new OdeSolver(config).solve(system, span.start(), START, time).state();
    PlaneEvent event = new PlaneEvent(NORMAL, 0.3, 0);
    event.level = event.value(time, there);
    return event;
  }

  private static Event stopping(PlaneEvent plane) {
    return Event.stopping("plane", plane).withTolerance(1e-13);
  }

  /** Exact for the steps taken, however coarse: finite differences solve for the last one's end. */
  @ParameterizedTest
  @MethodSource("methodsAndSpans")
  void discreteEqualsFiniteDifferences(SolverMethod method, Span span) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    for (double place : new double[] {0.05, 1.7}) {
      NeuralSystem system = new NeuralSystem(7);
      PlaneEvent plane = plane(system, span, place);
      Held held = new Held(config, system, span, plane);
      double[] ends = {span.start()};
      double[] levels = {plane.level};
      double[] state = differences(START.clone(), moved -> held.loss(moved, ends[0], plane));
      double[] parameters =
          differences(system.parameters, moved -> held.loss(START, ends[0], plane));
      double[] start = differences(ends.clone(), moved -> held.loss(START, moved[0], plane));
      double[] level =
          differences(
              levels.clone(),
              moved -> held.loss(START, ends[0], new PlaneEvent(NORMAL, 0.3, moved[0])));
      for (long budget : new long[] {0, 1500, 1 << 20}) {
        Arrays.fill(system.gradient, 0);
        plane.levelGradient = 0;
        Recording.OfEvents recording =
            new DiscreteAdjoint(budget)
                .forward(config, system, span.start(), START, span.end(), List.of(stopping(plane)));
        Solution solution = recording.solution().solution().orThrow();
        assertEquals(Outcome.STOPPED_BY_EVENT, solution.status().outcome());
        assertEquals(0, plane.value(solution.time(), solution.state()), 1e-12);
        AdjointGradient gradient = recording.backward(COTANGENT, TIME_COTANGENT);
        assertClose(state, gradient.initialState(), "initial state");
        assertClose(parameters, system.gradient, "parameters");
        assertClose(
            new double[] {start[0], level[0]},
            new double[] {gradient.startTime(), plane.levelGradient},
            "start and level");
        assertEquals(0, gradient.endTime());
        assertEquals(0, system.open);
        assertEquals(0, system.closedTwice);
      }
    }
  }

  /** y' = a y reaches c at t* = t0 + log(c / y0) / a. */
  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void bothAgreeWithTheClosedForm(SolverMethod method) {
    double accuracy = Math.max(1e-6, 100 * TestSystems.accuracy(method));
    double a = -0.8;
    double c = 0.5;
    double[] start = {1.25, -0.75};
    double log = Math.log(c / start[0]);
    double t0 = 0.3;
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      if (adjoint instanceof DiscreteAdjoint && !method.hasTableau()) {
        continue;
      }
      SpiralSystem system = new SpiralSystem(a, 0);
      PlaneEvent level = new PlaneEvent(new double[] {1, 0}, 0, c);
      Recording.OfEvents recording =
          adjoint.forward(
              TestSystems.accurate(method), system, t0, start, 3, List.of(stopping(level)));
      assertEquals(t0 + log / a, recording.solution().solution().time(), accuracy);
      AdjointGradient time = recording.backward(new double[2], 1);
      assertArrayEquals(
          new double[] {-1 / (a * start[0]), 0}, time.initialState(), accuracy, "time for state");
      assertEquals(1, time.startTime(), accuracy);
      assertEquals(-log / (a * a), system.gradient[0], accuracy);
      assertEquals(1 / (a * c), level.levelGradient, accuracy);
      // The second component ends at y1 c / y0, whatever a and t0.
      Arrays.fill(system.gradient, 0);
      level.levelGradient = 0;
      AdjointGradient state = recording.backward(new double[] {0, 1}, 0);
      assertArrayEquals(
          new double[] {-start[1] * c / (start[0] * start[0]), c / start[0]},
          state.initialState(),
          accuracy);
      assertEquals(0, state.startTime(), accuracy);
      assertEquals(0, system.gradient[0], accuracy);
      assertEquals(start[1] / start[0], level.levelGradient, accuracy);
      // The first one ends at the level.
      AdjointGradient none = recording.backward(new double[] {1, 0}, 0);
      assertArrayEquals(new double[2], none.initialState(), accuracy);
    }
  }

  @ParameterizedTest
  @MethodSource("methodsAndSpans")
  void continuousConvergesToTheDiscrete(SolverMethod method, Span span) {
    double[] distances = new double[2];
    for (int i = 0; i < 2; i++) {
      SolverConfig config =
          method.isAdaptive()
              ? SolverConfig.adaptive(method, i == 0 ? 1e-5 : 1e-9, i == 0 ? 1e-5 : 1e-9)
              : SolverConfig.fixed(method, i == 0 ? 40 : 800);
      double[] discrete = everything(new DiscreteAdjoint(), config, span);
      double[] continuous = everything(new ContinuousAdjoint(), config, span);
      distances[i] = TestSystems.distance(discrete, continuous);
    }
    double factor = method.isAdaptive() ? 300 : Math.pow(10, Math.min(4, method.order()));
    assertTrue(distances[1] < Math.max(1e-9, distances[0] / factor), Arrays.toString(distances));
  }

  private static double[] everything(Adjoint adjoint, SolverConfig config, Span span) {
    NeuralSystem system = new NeuralSystem(7);
    PlaneEvent plane = plane(system, span, 1.7);
    AdjointGradient gradient =
        adjoint
            .forward(config, system, span.start(), START, span.end(), List.of(stopping(plane)))
            .backward(COTANGENT, TIME_COTANGENT);
    double[] times = {gradient.startTime(), plane.levelGradient};
    return Stream.of(gradient.initialState(), times, system.gradient)
        .flatMapToDouble(DoubleStream::of)
        .toArray();
  }

  @Test
  void partsGiveTheGradientOfTheWhole() {
    double[] start = new double[15];
    double[] normal = new double[15];
    double[] cotangent = new double[15];
    Arrays.setAll(start, i -> Math.sin(i + 1));
    Arrays.setAll(normal, i -> Math.cos(2 * i));
    Arrays.setAll(cotangent, i -> Math.cos(3 * i));
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      RowParts whole = RowParts.of(5, 1, () -> new NeuralSystem(3));
      RowParts parts = RowParts.of(5, 3, () -> new NeuralSystem(3));
      double[] there = new OdeSolver(config).solve(parts, 0, start, 2.2).state();
      PlaneEvent plane = new PlaneEvent(normal, 0.2, 0);
      plane.level = plane.value(2.2, there);
      List<Event> events = List.of(stopping(plane));
      AdjointGradient expected =
          adjoint.forward(config, whole.plain(), 0, start, 5, events).backward(cotangent, 1);
      Recording.OfEvents recording = adjoint.forward(config, parts, 0, start, 5, events);
      AdjointGradient gradient = recording.backward(cotangent, 1);
      assertEquals(Outcome.STOPPED_BY_EVENT, recording.solution().solution().status().outcome());
      assertArrayEquals(expected.initialState(), gradient.initialState(), 1e-8);
      assertEquals(expected.startTime(), gradient.startTime(), 1e-8);
      assertArrayEquals(whole.gradient(), parts.gradient(), 1e-8);
      assertEquals(0, parts.openLinearizations.get());
      assertEquals(0, parts.openInstants.get());
    }
  }

  @Test
  void withoutAnEventItIsTheGradientToTheLatestTime() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    Event never = Event.stopping("never", new PlaneEvent(NORMAL, 0, 1e9));
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      NeuralSystem system = new NeuralSystem(5);
      AdjointGradient plain = adjoint.forward(config, system, 0, START, 2).backward(COTANGENT);
      AdjointGradient gradient =
          adjoint
              .forward(config, system, 0, START, 2, List.of(never))
              .backward(COTANGENT, TIME_COTANGENT);
      assertArrayEquals(plain.initialState(), gradient.initialState());
      assertEquals(plain.startTime(), gradient.startTime());
      assertEquals(plain.endTime() + TIME_COTANGENT, gradient.endTime());
    }
  }

  @Test
  void refusesWhatHasNoGradient() {
    // y = (t - 1)^3 passes zero without a slope.
    SpiralSystem still = new SpiralSystem(0, 0);
    Event.Function cubic =
        new Event.Function() {
          @Override
          public double value(double t, double[] y) {
            return y[0] + Math.pow(t - 1, 3);
          }

          @Override
          public double gradient(double t, double[] y, double[] yBar) {
            yBar[0] = 1;
            yBar[1] = 0;
            return 3 * (t - 1) * (t - 1);
          }
        };
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    double[] cotangent = {1, 1};
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      Recording.OfEvents tangent =
          adjoint.forward(
              config, still, 0, new double[2], 3, List.of(Event.stopping("touch", cubic)));
      FjordException notFinite =
          assertThrows(FjordException.class, () -> tangent.backward(cotangent, 0));
      assertEquals(ErrorKey.NON_FINITE, notFinite.key());
      assertTrue(String.valueOf(notFinite.getMessage()).contains("touch"), notFinite.getMessage());
      assertArrayEquals(new double[2], still.gradient, "nothing was added");

      Event plain = Event.stopping("plain", (t, y) -> t - 1);
      Recording.OfEvents noGradient =
          adjoint.forward(config, still, 0, new double[2], 3, List.of(plain));
      FjordException unsupported =
          assertThrows(FjordException.class, () -> noGradient.backward(cotangent, 0));
      assertEquals(ErrorKey.UNSUPPORTED, unsupported.key());
      FjordException shape =
          assertThrows(FjordException.class, () -> noGradient.backward(new double[3], 0));
      assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());

      Recording.OfEvents failed =
          adjoint.forward(config.withMaxEvaluations(5), still, 0, new double[2], 3, List.of(plain));
      FjordException solve =
          assertThrows(FjordException.class, () -> failed.backward(cotangent, 0));
      assertEquals(ErrorKey.SOLVE_FAILED, solve.key());
    }
  }

  /** The numerical solution with its steps held fixed but for the last, which ends at the event. */
  private static final class Held {
    private final NeuralSystem system;
    private final HeldSteps before;
    private final HeldSteps last;
    private final double lastStart;
    private final double end;
    private final boolean isFirst;

    Held(SolverConfig config, NeuralSystem system, Span span, PlaneEvent plane) {
      this.system = system;
      StepRows rows = StepRows.of(config);
      PartitionedOdeSystem parts = SinglePart.of(system);
      KeptSteps kept = new KeptSteps(1, rows, 0);
      EventSearch search = new EventSearch(List.of(stopping(plane)));
      Route route = new Route(span.start(), span.end());
      RungeKuttaRun.solve(config, parts, route, START, kept, search).orThrow();
      int steps = kept.size();
      this.end = search.found().get(0).time();
      this.lastStart = span.time(kept.step(steps - 1).start());
      this.isFirst = steps == 1;
      this.before = HeldSteps.of(config, new Span(span.start(), lastStart), kept, 0, steps - 1);
      this.last = HeldSteps.of(config, new Span(lastStart, end), kept, steps - 1, steps);
    }

    double loss(double[] start, double startTime, PlaneEvent plane) {
      double from = isFirst ? startTime : lastStart;
      double[] y = isFirst ? start : before.solve(system, new Span(startTime, lastStart), start);
      double length = end - lastStart;
      double time =
          new BrentSolver(1e-15, 1e-15)
              .solve(
                  200,
                  t -> plane.value(t, last.solve(system, new Span(from, t), y)),
                  Math.min(end - length / 2, end + length / 2),
                  Math.max(end - length / 2, end + length / 2),
                  end);
      double[] there = last.solve(system, new Span(from, time), y);
      return Cotangents.dot(COTANGENT, there) + TIME_COTANGENT * time;
    }
  }

  /** A function of an array. */
  @FunctionalInterface
  private interface Loss {
    double of(double[] x);
  }

  /** Returns fourth-order central differences of a function of an array that is moved in place. */
  private static double[] differences(double[] x, Loss function) {
    double delta = 2e-4;
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double kept = x[i];
      double[] values = new double[4];
      double[] places = {-2, -1, 1, 2};
      for (int k = 0; k < 4; k++) {
        x[i] = kept + places[k] * delta;
        values[k] = function.of(x);
      }
      x[i] = kept;
      result[i] = (8 * (values[2] - values[1]) - (values[3] - values[0])) / (12 * delta);
    }
    return result;
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertTrue(scale > 1e-3, what + ": the test sees something");
    assertArrayEquals(expected, actual, RELATIVE * scale, what);
  }
}
