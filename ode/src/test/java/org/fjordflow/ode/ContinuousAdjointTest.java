package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.adjoint.Cotangents;
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The continuous adjoint is the gradient of the exact solution, up to the tolerance. */
class ContinuousAdjointTest {
  private static final double[] START = {0.4, -0.7, 1.1};
  private static final double[] COTANGENT = {1.3, -0.6, 0.8};

  /** Near the precision of the numbers. */
  private static final SolverConfig REFERENCE =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-14, 1e-14);

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void matchesTheClosedFormOfALinearSystem(SolverMethod method) {
    for (Span span : new Span[] {new Span(0, 1), new Span(0.5, -0.75)}) {
      SpiralSystem system = new SpiralSystem(-0.3, 1.7);
      double[] start = {1.25, -0.5};
      double[] cotangent = {0.75, 2};
      AdjointGradient gradient =
          new ContinuousAdjoint()
              .forward(TestSystems.accurate(method), system, span.start(), start, span.end())
              .backward(cotangent);
      double time = span.end() - span.start();
      double accuracy = 10 * TestSystems.accuracy(method);
      double[] end = system.flow(time, start);
      double[] slope = new double[2];
      system.field(0, end, slope);
      assertArrayEquals(
          system.transposedFlow(time, cotangent), gradient.initialState(), accuracy, "state");
      assertEquals(Cotangents.dot(cotangent, slope), gradient.endTime(), accuracy);
      assertEquals(-Cotangents.dot(cotangent, slope), gradient.startTime(), accuracy);
      double[] parameters = {
        time * Cotangents.dot(cotangent, end),
        time * (cotangent[1] * end[0] - cotangent[0] * end[1])
      };
      assertArrayEquals(parameters, system.gradient, accuracy, "parameters");
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void convergesToTheDiscreteAdjoint(SolverMethod method) {
    int points = 8;
    double[] sizes = new double[points];
    double[] differences = new double[points];
    for (int i = 0; i < points; i++) {
      SolverConfig config;
      if (method.isAdaptive()) {
        sizes[i] = Math.pow(10, -4 - i);
        config = SolverConfig.adaptive(method, sizes[i], sizes[i]);
      } else {
        int steps = method.order() > 2 ? 12 + 6 * i : 32 << i;
        sizes[i] = 1.0 / steps;
        config = SolverConfig.fixed(method, steps);
      }
      double[] discrete =
          everyGradient(DiscreteAdjoint.recomputing(), method.hasTableau() ? config : REFERENCE);
      double[] continuous = everyGradient(new ContinuousAdjoint(), config);
      differences[i] = TestSystems.distance(discrete, continuous);
    }
    double slope = TestSystems.slope(sizes, differences);
    String report = method + ": slope " + slope + " of " + Arrays.toString(differences);
    // The estimate that is held at the tolerance falls like the global error: h^5 for order 5(4).
    double expected = method.isAdaptive() ? 1 : method.order();
    assertTrue(slope > expected - 0.3 && slope < expected + 0.3, report);
    assertTrue(differences[points - 1] < differences[0] / 10, report);
  }

  /** As of an empty batch: nothing depends on the times, and nothing is not NaN. */
  @Test
  void aStateWithoutComponentsHasZeroGradients() {
    DifferentiableOdeSystem nothing =
        new DifferentiableOdeSystem() {
          @Override
          public int dimension() {
            return 0;
          }

          @Override
          public void derivatives(double t, double[] y, double[] yDot) {}

          @Override
          public Linearization linearize(double t, double[] y) {
            throw new AssertionError("there is nothing to go back through");
          }
        };
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    for (Adjoint adjoint : new Adjoint[] {new ContinuousAdjoint(), DiscreteAdjoint.recomputing()}) {
      AdjointGradient gradient =
          adjoint.forward(config, nothing, 0, new double[0], 1).backward(new double[0]);
      assertEquals(0, gradient.endTime() + 0.0);
      assertEquals(0, gradient.startTime() + 0.0);
    }
  }

  @Test
  void rejectedStepsLeaveNoTraceInTheQuadrature() {
    // The first step is far too long, so that the backward solve rejects.
    for (SolverMethod method : SolverMethod.values()) {
      if (method.isAdaptive()) {
        SolverConfig.ByTolerance config = SolverConfig.adaptive(method, 1e-9, 1e-9);
        double[] expected = everyGradient(DiscreteAdjoint.recomputing(), REFERENCE);
        NeuralSystem system = new NeuralSystem(21);
        Recording recording =
            new ContinuousAdjoint(config.withFirstStep(3)).forward(config, system, 0, START, 3);
        AdjointGradient gradient = recording.backward(COTANGENT);
        assertTrue(gradient.stats().rejectedSteps() > 0, method + " rejects");
        double[] actual = join(gradient, system.gradient);
        assertTrue(TestSystems.distance(expected, actual) < 1e-6, method.id());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void keepsOneStepClosesAllAndCounts(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(22);
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    Recording recording = new ContinuousAdjoint().forward(config, system, 0, START, 4);
    long forward = system.evaluations;
    assertEquals(forward, recording.solution().stats().evaluations());
    AdjointGradient gradient = recording.backward(COTANGENT);
    assertEquals(1, system.evaluations - forward, "f at the start, for the gradient of its time");
    assertEquals(system.linearizations + 1, gradient.stats().evaluations());
    int stages = method.hasTableau() ? method.tableau().solutionStages() : 0;
    assertTrue(system.mostOpen <= stages + 1);
    assertEquals(0, system.open);
    assertEquals(0, system.closedTwice);
  }

  @Test
  void closesAllWhenTheSystemOrTheSolveFails() {
    SolverConfig config = DiscreteAdjointTest.coarse(SolverMethod.DORMAND_PRINCE_54);
    for (int failure = 1; failure <= 20; failure++) {
      NeuralSystem system = new NeuralSystem(23);
      Recording recording = new ContinuousAdjoint().forward(config, system, 0, START, 4);
      system.failsAt = system.evaluations + failure;
      FjordException thrown =
          assertThrows(FjordException.class, () -> recording.backward(COTANGENT));
      assertEquals(ErrorKey.UNSUPPORTED, thrown.key());
      assertEquals(0, system.open);
      assertEquals(0, system.closedTwice);
      Recording poor =
          new ContinuousAdjoint(config.withMaxEvaluations(failure))
              .forward(config, system, 0, START, 4);
      FjordException spent = assertThrows(FjordException.class, () -> poor.backward(COTANGENT));
      assertEquals(ErrorKey.SOLVE_FAILED, spent.key());
      assertEquals(0, system.open);
      assertEquals(0, system.closedTwice);
    }
  }

  @Test
  void theScaleOfTheLossChangesNoStep() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    NeuralSystem system = new NeuralSystem(24);
    Recording recording = new ContinuousAdjoint().forward(config, system, 0, START, 2);
    AdjointGradient plain = recording.backward(COTANGENT);
    double small = Math.scalb(1.0, -30);
    AdjointGradient scaled =
        recording.backward(Arrays.stream(COTANGENT).map(x -> small * x).toArray());
    assertEquals(plain.stats().acceptedSteps(), scaled.stats().acceptedSteps());
    for (int i = 0; i < START.length; i++) {
      assertEquals(small * plain.initialState()[i], scaled.initialState()[i]);
    }
    assertEquals(small * plain.endTime(), scaled.endTime());
    AdjointGradient zero = recording.backward(new double[3]);
    assertArrayEquals(new double[3], zero.initialState());
  }

  private static double[] everyGradient(Adjoint adjoint, SolverConfig config) {
    NeuralSystem system = new NeuralSystem(21);
    return join(adjoint.forward(config, system, 0, START, 3).backward(COTANGENT), system.gradient);
  }

  private static double[] join(AdjointGradient gradient, double[] parameters) {
    double[] all = Arrays.copyOf(parameters, parameters.length + START.length + 2);
    System.arraycopy(gradient.initialState(), 0, all, parameters.length, START.length);
    all[all.length - 2] = gradient.startTime();
    all[all.length - 1] = gradient.endTime();
    return all;
  }
}
