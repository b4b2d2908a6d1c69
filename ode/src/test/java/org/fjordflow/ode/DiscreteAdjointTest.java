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
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The discrete adjoint is the derivative of the numerical solution with its steps held fixed. */
class DiscreteAdjointTest {
  private static final double[] START = {0.4, -0.7, 1.1};
  private static final double[] COTANGENT = {1.3, -0.6, 0.8};
  private static final double RELATIVE = 1e-7;

  static Stream<Arguments> methodsAndSpans() {
    return TestSystems.rungeKuttaMethods()
        .flatMap(
            method ->
                Stream.of(new Span(0, 1.5), new Span(0.3, -1.2), new Span(-2, 0.25))
                    .map(span -> Arguments.of(method, span)));
  }

  /** Few steps of unequal length, so that errors of the steps would show. */
  static final double COARSE = 1e-4;

  static SolverConfig coarse(SolverMethod method) {
    return method.isAdaptive()
        ? SolverConfig.adaptive(method, COARSE, COARSE)
        : SolverConfig.fixed(method, 5);
  }

  @ParameterizedTest
  @MethodSource("methodsAndSpans")
  void equalsFiniteDifferences(SolverMethod method, Span span) {
    NeuralSystem system = new NeuralSystem(7);
    SolverConfig config = coarse(method);
    HeldSteps held = new HeldSteps(config, system, span, START);
    Recording recording =
        DiscreteAdjoint.recomputing().forward(config, system, span.start(), START, span.end());
    assertArrayEquals(
        held.solve(system, span, START),
        recording.solution().orThrow().state(),
        "the recomputed steps are the forward ones, to the bit");
    AdjointGradient gradient = recording.backward(COTANGENT);

    double[] expected = new double[START.length];
    for (int i = 0; i < expected.length; i++) {
      int component = i;
      expected[i] =
          difference(
              delta -> {
                double[] moved = START.clone();
                moved[component] += delta;
                return Cotangents.dot(COTANGENT, held.solve(system, span, moved));
              });
    }
    assertClose(expected, gradient.initialState(), "initial state");

    double[] parameters = new double[system.parameters.length];
    for (int i = 0; i < parameters.length; i++) {
      int parameter = i;
      double kept = system.parameters[i];
      parameters[i] =
          difference(
              delta -> {
                system.parameters[parameter] = kept + delta;
                return Cotangents.dot(COTANGENT, held.solve(system, span, START));
              });
      system.parameters[i] = kept;
    }
    assertClose(parameters, system.gradient, "parameters");

    double startTime =
        difference(
            delta ->
                Cotangents.dot(
                    COTANGENT,
                    held.solve(system, new Span(span.start() + delta, span.end()), START)));
    double endTime =
        difference(
            delta ->
                Cotangents.dot(
                    COTANGENT,
                    held.solve(system, new Span(span.start(), span.end() + delta), START)));
    assertClose(
        new double[] {startTime, endTime},
        new double[] {gradient.startTime(), gradient.endTime()},
        "times");
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void holdsOneStepAndClosesAll(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(8);
    Recording recording =
        DiscreteAdjoint.recomputing().forward(coarse(method), system, 0, START, 4);
    assertEquals(0, system.linearizations, "the forward solve linearizes nothing");
    assertEquals(recording.solution().stats().evaluations(), system.evaluations);
    AdjointGradient gradient = recording.backward(COTANGENT);
    int stages = method.tableau().solutionStages();
    assertEquals(
        stages * recording.solution().stats().acceptedSteps(), gradient.stats().evaluations());
    assertEquals(gradient.stats().evaluations(), system.linearizations);
    assertEquals(stages, system.mostOpen);
    assertEquals(0, system.open);
    assertEquals(0, system.closedTwice);
  }

  @Test
  void closesAllWhenTheSystemFails() {
    for (int failure = 1; failure <= 12; failure++) {
      NeuralSystem system = new NeuralSystem(9);
      Recording recording =
          DiscreteAdjoint.recomputing()
              .forward(coarse(SolverMethod.DORMAND_PRINCE_54), system, 0, START, 4);
      system.failsAt = system.evaluations + failure;
      FjordException thrown =
          assertThrows(FjordException.class, () -> recording.backward(COTANGENT));
      assertEquals(ErrorKey.UNSUPPORTED, thrown.key());
      assertEquals(0, system.open);
      assertEquals(0, system.closedTwice);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"GRAGG_BULIRSCH_STOER", "ADAMS_BASHFORTH", "ADAMS_MOULTON"})
  void refusesMethodsWithoutATableauAndSaysWhatCan(SolverMethod method) {
    FjordException thrown =
        assertThrows(
            FjordException.class,
            () -> new DiscreteAdjoint().forward(coarse(method), new NeuralSystem(8), 0, START, 1));
    assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
    String message = thrown.toString();
    assertTrue(message.contains(method.id()) && message.contains("continuous"), message);
    assertTrue(message.contains("dopri5") && message.contains("rk4"), message);
    FjordException tableau = assertThrows(FjordException.class, method::tableau);
    assertEquals(ErrorKey.INVALID_CONFIGURATION, tableau.key());
  }

  @Test
  void isLinearInTheCotangentAndRepeatable() {
    NeuralSystem system = new NeuralSystem(10);
    Recording recording =
        DiscreteAdjoint.recomputing()
            .forward(coarse(SolverMethod.DORMAND_PRINCE_853), system, 0, START, 2);
    double[] once = recording.backward(COTANGENT).initialState();
    double[] first = system.gradient.clone();
    double[] twice =
        recording.backward(Arrays.stream(COTANGENT).map(x -> -2 * x).toArray()).initialState();
    for (int i = 0; i < once.length; i++) {
      assertEquals(-2 * once[i], twice[i]);
    }
    for (int i = 0; i < first.length; i++) {
      assertEquals(first[i] - 2 * first[i], system.gradient[i], 1e-13, "gradients add up");
    }
  }

  @Test
  void emptyIntervalsHaveTheLimitOfShortOnes() {
    NeuralSystem system = new NeuralSystem(11);
    SolverConfig config = coarse(SolverMethod.DORMAND_PRINCE_54);
    for (Adjoint adjoint : new Adjoint[] {DiscreteAdjoint.recomputing(), new ContinuousAdjoint()}) {
      AdjointGradient empty = adjoint.forward(config, system, 0.5, START, 0.5).backward(COTANGENT);
      AdjointGradient small =
          adjoint.forward(config, system, 0.5, START, 0.5 + 1e-9).backward(COTANGENT);
      assertArrayEquals(COTANGENT, empty.initialState());
      assertEquals(small.startTime(), empty.startTime(), 1e-7);
      assertEquals(small.endTime(), empty.endTime(), 1e-7);
    }
  }

  @Test
  void refusesWhatHasNoGradient() {
    NeuralSystem system = new NeuralSystem(12);
    SolverConfig config = coarse(SolverMethod.DORMAND_PRINCE_54);
    for (Adjoint adjoint : new Adjoint[] {DiscreteAdjoint.recomputing(), new ContinuousAdjoint()}) {
      Recording recording = adjoint.forward(config, system, 0, START, 1);
      FjordException shape =
          assertThrows(FjordException.class, () -> recording.backward(new double[2]));
      assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());
      Recording failed = adjoint.forward(config.withMaxEvaluations(9), system, 0, START, 1);
      FjordException thrown = assertThrows(FjordException.class, () -> failed.backward(COTANGENT));
      assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
    }
  }

  /** Central difference of fourth order. */
  private static double difference(DoubleUnaryOperator function) {
    double delta = 1e-3;
    double near = function.applyAsDouble(delta) - function.applyAsDouble(-delta);
    double far = function.applyAsDouble(2 * delta) - function.applyAsDouble(-2 * delta);
    return (8 * near - far) / (12 * delta);
  }

  private static void assertClose(double[] expected, double[] actual, String what) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertTrue(scale > 1e-3, what + ": the test sees something");
    assertArrayEquals(expected, actual, RELATIVE * scale, what);
  }
}
