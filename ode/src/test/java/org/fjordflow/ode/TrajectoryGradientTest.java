package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.adjoint.Cotangents;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients through the states at several output times. */
class TrajectoryGradientTest {
  private static final double[] START = {0.4, -0.7, 1.1};
  private static final double[][] COTANGENTS = {
    {1.3, -0.6, 0.8}, {-0.4, 0.9, 1.7}, {0.5, 1.2, -1.1}
  };
  private static final double RELATIVE = 1e-7;
  private static final double[] FORWARD = {0.3, 0.7, 1.1, 2.0};
  private static final double[] BACKWARD = {0.3, -0.2, -1.3, -1.5};

  static Stream<Arguments> methodsAndTimes() {
    return TestSystems.rungeKuttaMethods().flatMap(TrajectoryGradientTest::withTimes);
  }

  static Stream<Arguments> allMethodsAndTimes() {
    return Arrays.stream(SolverMethod.values()).flatMap(TrajectoryGradientTest::withTimes);
  }

  private static Stream<Arguments> withTimes(SolverMethod method) {
    return Stream.of(FORWARD, BACKWARD).map(times -> Arguments.of(method, times.clone()));
  }

  private static double[] outputTimes(double[] times) {
    return Arrays.copyOfRange(times, 1, times.length);
  }

  /** Exact for the steps taken, however coarse. */
  @ParameterizedTest
  @MethodSource("methodsAndTimes")
  void discreteEqualsFiniteDifferences(SolverMethod method, double[] times) {
    NeuralSystem system = new NeuralSystem(31);
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    HeldSteps[] held = HeldSteps.of(config, system, new Route(times[0], outputTimes(times)), START);
    for (long budget : new long[] {0, 1500, 1 << 20}) {
      Arrays.fill(system.gradient, 0);
      Recording.OfTrajectory recording =
          new DiscreteAdjoint(budget).forward(config, system, times[0], START, outputTimes(times));
      AdjointGradient gradient = recording.backward(COTANGENTS);
      double[] state = differences(START, moved -> loss(held, system, times, moved));
      assertClose(state, gradient.initialState(), "initial state");
      double[] parameters =
          differences(system.parameters, moved -> loss(held, system, times, START));
      assertClose(parameters, system.gradient, "parameters");
      double[] moments = differences(times, moved -> loss(held, system, moved, START));
      assertClose(moments, times(gradient), "times");
      assertEquals(0, system.open);
      assertEquals(0, system.closedTwice);
    }
  }

  /** The exact solution's gradient, to 1e-6, from both adjoints at a tight tolerance. */
  @ParameterizedTest
  @MethodSource("allMethodsAndTimes")
  void bothAgreeWithTheClosedForm(SolverMethod method, double[] times) {
    double[] start = {1.25, -0.5};
    double[] expectedState = new double[2];
    double[] expectedParameters = new double[2];
    double[] expectedTimes = new double[times.length];
    SpiralSystem exact = new SpiralSystem(-0.3, 1.7);
    for (int i = 1; i < times.length; i++) {
      double[] c = {COTANGENTS[i - 1][0], COTANGENTS[i - 1][1]};
      double length = times[i] - times[0];
      double[] y = exact.flow(length, start);
      double[] slope = new double[2];
      exact.field(0, y, slope);
      double[] back = exact.transposedFlow(length, c);
      expectedState[0] += back[0];
      expectedState[1] += back[1];
      expectedParameters[0] += length * Cotangents.dot(c, y);
      expectedParameters[1] += length * (c[1] * y[0] - c[0] * y[1]);
      expectedTimes[i] = Cotangents.dot(c, slope);
      expectedTimes[0] -= expectedTimes[i];
    }
    double accuracy = Math.max(1e-7, 20 * TestSystems.accuracy(method));
    double[][] cotangents = new double[times.length - 1][];
    Arrays.setAll(cotangents, i -> Arrays.copyOf(COTANGENTS[i], 2));
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      if (adjoint instanceof DiscreteAdjoint && !method.hasTableau()) {
        continue;
      }
      SpiralSystem system = new SpiralSystem(-0.3, 1.7);
      AdjointGradient gradient =
          adjoint
              .forward(TestSystems.accurate(method), system, times[0], start, outputTimes(times))
              .backward(cotangents);
      assertArrayEquals(expectedState, gradient.initialState(), accuracy);
      assertArrayEquals(expectedParameters, system.gradient, accuracy);
      assertArrayEquals(expectedTimes, times(gradient), accuracy);
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void continuousConvergesToTheDiscrete(SolverMethod method) {
    double[] distances = new double[2];
    for (int i = 0; i < 2; i++) {
      SolverConfig config =
          method.isAdaptive()
              ? SolverConfig.adaptive(method, i == 0 ? 1e-5 : 1e-9, i == 0 ? 1e-5 : 1e-9)
              : SolverConfig.fixed(method, i == 0 ? 20 : 400);
      double[] discrete = everything(new DiscreteAdjoint(), config);
      double[] continuous = everything(new ContinuousAdjoint(), config);
      distances[i] = TestSystems.distance(discrete, continuous);
    }
    double factor = method.isAdaptive() ? 1e3 : Math.pow(15, method.order());
    assertTrue(distances[1] < Math.max(1e-10, distances[0] / factor), Arrays.toString(distances));
  }

  /** One with as much as the other: what is kept, and parts, change nothing but rounding. */
  @Test
  void partsAndBudgetsChangeRoundingAlone() {
    double[] start = new double[15];
    Arrays.setAll(start, i -> Math.sin(i + 1));
    double[][] cotangents = new double[4][15];
    for (int i = 0; i < 4; i++) {
      int row = i;
      Arrays.setAll(cotangents[i], d -> Math.cos(3 * d + row));
    }
    double[] times = {0.5, 1.25, 1.25, 3};
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    RowParts whole = RowParts.of(5, 1, () -> new NeuralSystem(3));
    AdjointGradient expected =
        DiscreteAdjoint.recomputing()
            .forward(config, whole.plain(), 0, start, times)
            .backward(cotangents);
    for (int parts : new int[] {1, 3}) {
      for (long budget : new long[] {0, 3000, 1 << 20}) {
        RowParts system = RowParts.of(5, parts, () -> new NeuralSystem(3));
        Recording.OfTrajectory recording =
            new DiscreteAdjoint(budget).forward(config, system, 0, start, times);
        AdjointGradient gradient = recording.backward(cotangents);
        assertArrayEquals(expected.initialState(), gradient.initialState(), 1e-11);
        assertArrayEquals(times(expected), times(gradient), 1e-11);
        assertArrayEquals(whole.gradient(), system.gradient(), 1e-10);
        assertEquals(expected.stats().evaluations(), gradient.stats().evaluations());
        assertEquals(0, system.openLinearizations.get());
        assertEquals(0, system.openInstants.get());
      }
    }
  }

  /** A repeated time is the limit of two near ones, and each has its own gradient. */
  @Test
  void repeatedTimesAreLimits() {
    double[] equal = {0, 0.8, 0.8, 2, 2};
    double[] near = {1e-7, 0.8, 0.8 + 1e-7, 2, 2 + 1e-7};
    double[][] cotangents = {
      {0.2, 0.1, 0.5}, COTANGENTS[0], COTANGENTS[1], COTANGENTS[2], {0.3, -0.9, 0.2}
    };
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-11, 1e-11);
    Adjoint[] adjoints = {
      new DiscreteAdjoint(), DiscreteAdjoint.recomputing(), new ContinuousAdjoint()
    };
    for (Adjoint adjoint : adjoints) {
      NeuralSystem system = new NeuralSystem(32);
      AdjointGradient limit = adjoint.forward(config, system, 0, START, equal).backward(cotangents);
      double[] parameters = system.gradient.clone();
      Arrays.fill(system.gradient, 0);
      AdjointGradient expected =
          adjoint.forward(config, system, 0, START, near).backward(cotangents);
      assertArrayEquals(expected.initialState(), limit.initialState(), 1e-5);
      assertArrayEquals(times(expected), times(limit), 1e-5);
      assertArrayEquals(system.gradient, parameters, 1e-5);
      assertEquals(0, system.open);
    }
  }

  @Test
  void refusesCotangentsOfOtherShapesAndFailedSolves() {
    NeuralSystem system = new NeuralSystem(33);
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    double[] times = {1, 2, 3};
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      Recording.OfTrajectory recording = adjoint.forward(config, system, 0, START, times);
      for (double[][] wrong : new double[][][] {new double[2][3], {{1, 2, 3}, {1}, {1, 2, 3}}}) {
        FjordException shape = assertThrows(FjordException.class, () -> recording.backward(wrong));
        assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());
      }
      Recording.OfTrajectory failed =
          adjoint.forward(config.withMaxEvaluations(9), system, 0, START, times);
      FjordException thrown = assertThrows(FjordException.class, () -> failed.backward(COTANGENTS));
      assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
      assertThrows(
          FjordException.class, () -> adjoint.forward(config, system, 0, START, new double[0]));
    }
    new DiscreteAdjoint().forward(config, system, 0, START, times).backward(COTANGENTS);
  }

  private static double[] everything(Adjoint adjoint, SolverConfig config) {
    NeuralSystem system = new NeuralSystem(34);
    AdjointGradient gradient =
        adjoint
            .forward(config, system, FORWARD[0], START, outputTimes(FORWARD))
            .backward(COTANGENTS);
    double[] times = times(gradient);
    return Stream.of(gradient.initialState(), times, system.gradient)
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static double[] times(AdjointGradient gradient) {
    double[] outputTimes = gradient.outputTimes();
    double[] times = new double[outputTimes.length + 1];
    times[0] = gradient.startTime();
    System.arraycopy(outputTimes, 0, times, 1, outputTimes.length);
    return times;
  }

  private static double loss(
      HeldSteps[] held, NeuralSystem system, double[] times, double[] start) {
    double sum = 0;
    double[] y = start;
    for (int i = 0; i < held.length; i++) {
      y = held[i].solve(system, new Span(times[i], times[i + 1]), y);
      sum += Cotangents.dot(COTANGENTS[i], y);
    }
    return sum;
  }

  /** Returns fourth-order central differences of a function of an array that is moved in place. */
  private static double[] differences(double[] x, Loss function) {
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int component = i;
      double kept = x[i];
      DoubleUnaryOperator moved =
          delta -> {
            x[component] = kept + delta;
            return function.of(x);
          };
      double delta = 1e-3;
      double near = moved.applyAsDouble(delta) - moved.applyAsDouble(-delta);
      double far = moved.applyAsDouble(2 * delta) - moved.applyAsDouble(-2 * delta);
      x[i] = kept;
      result[i] = (8 * near - far) / (12 * delta);
    }
    return result;
  }

  /** A function of an array. */
  @FunctionalInterface
  private interface Loss {
    double of(double[] x);
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertTrue(scale > 1e-3, what + ": the test sees something");
    assertArrayEquals(expected, actual, RELATIVE * scale, what);
  }
}
