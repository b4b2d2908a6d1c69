package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Statistics are what happened. */
class SolveStatsTest {
  private static final double[] START = {1, 0.5};

  /** A spiral with a short pulse, which makes adaptive methods reject steps. */
  private static final class Pulse extends CountingSystem {
    Pulse() {
      super(2, new double[0]);
    }

    @Override
    void field(double t, double[] y, double[] yDot) {
      double pulse = 20 * Math.exp(-500 * (t - 1.3) * (t - 1.3));
      yDot[0] = -y[1] + pulse;
      yDot[1] = y[0];
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

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void countEverything(SolverMethod method) {
    for (double firstStep : new double[] {0, 0.5}) {
      for (Span span : new Span[] {new Span(0, 3), new Span(3, 0)}) {
        Pulse system = new Pulse();
        SolverConfig config =
            method.isAdaptive()
                ? SolverConfig.adaptive(method, 1e-6, 1e-6).withFirstStep(firstStep)
                : SolverConfig.fixed(method, 77);
        StepStore steps = new StepStore();
        SolveStats stats = StepStore.solve(config, system, span, START, steps).orThrow().stats();
        double[] lengths = IntStream.range(0, steps.size()).mapToDouble(steps::length).toArray();
        assertEquals(system.evaluations, stats.evaluations());
        assertEquals(lengths.length, stats.acceptedSteps());
        assertEquals(Arrays.stream(lengths).sum(), 3, 1e-13);
        double rounding = method.hasTableau() ? 0 : 1e-14;
        assertEquals(Arrays.stream(lengths).min().orElseThrow(), stats.smallestStep(), rounding);
        assertEquals(Arrays.stream(lengths).max().orElseThrow(), stats.largestStep(), rounding);
        if (!method.hasTableau()) {
          assertTrue(stats.rejectedSteps() > 0, method + " rejects");
          continue;
        }
        long perStep = method.tableau().solutionStages();
        if (method.isAdaptive()) {
          assertTrue(stats.rejectedSteps() > 0, method + " rejects");
          long beforehand = firstStep == 0 ? 2 : 1;
          assertEquals(
              beforehand + perStep * (stats.acceptedSteps() + stats.rejectedSteps()),
              stats.evaluations());
        } else {
          assertEquals(0, stats.rejectedSteps());
          assertEquals(77, stats.acceptedSteps());
          assertEquals(77 * perStep, stats.evaluations());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void listeningChangesNothing(SolverMethod method) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    Solution silent = new OdeSolver(config).solve(new Pulse(), 0, START, 3).orThrow();
    StepStore steps = new StepStore();
    Solution recorded = StepStore.solve(config, new Pulse(), new Span(0, 3), START, steps);
    assertArrayEquals(silent.state(), recorded.state());
    assertEquals(silent.stats().evaluations(), recorded.stats().evaluations());
    assertEquals(silent.stats().acceptedSteps(), steps.size());
    assertArrayEquals(START, steps.state(0));
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void theFirstStepDoesNotDependOnHowOftenTheStateIsRepeated(SolverMethod method) {
    SolverConfig config = SolverConfig.adaptive(method, 1e-6, 1e-6);
    OdeSystem one = new Decays(1);
    OdeSystem many = new Decays(4096);
    double[] ones = new double[4096];
    Arrays.fill(ones, 1);
    StepStore few = new StepStore();
    StepStore all = new StepStore();
    Span span = new Span(0, 3);
    StepStore.solve(config, one, span, new double[] {1}, few);
    StepStore.solve(config, many, span, ones, all);
    assertEquals(few.size(), all.size());
    SolveStats single = new OdeSolver(config).solve(one, 0, new double[] {1}, 3).stats();
    SolveStats repeated = new OdeSolver(config).solve(many, 0, ones, 3).stats();
    assertEquals(single.evaluations(), repeated.evaluations());
    assertEquals(single.smallestStep(), repeated.smallestStep(), 1e-9);
  }

  /** The same decay in every component. */
  private record Decays(int dimension) implements OdeSystem {
    @Override
    public void derivatives(double t, double[] y, double[] yDot) {
      for (int i = 0; i < y.length; i++) {
        yDot[i] = -y[i];
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0.1, 3", "0.7, 10", "1, 7", "3.3, 49", "1e-3, 1000", "0.3, 999"})
  void fixedStepsAreAsManyAsAsked(double length, int steps) {
    OdeSolver solver = new OdeSolver(SolverConfig.fixed(SolverMethod.EULER, steps));
    for (double start : new double[] {0, -0.1, 17}) {
      SolveStats stats = solver.solve(new Pulse(), start, START, start + length).stats();
      assertEquals(steps, stats.acceptedSteps());
      assertEquals(stats.largestStep(), stats.smallestStep(), 1e-12 * length);
    }
  }

  @Test
  void add() {
    SolveStats first =
        new SolveStats(10, 2, 1, 0.25, 0.5, 100, SolveStats.Stepper.PARTS, Double.NaN);
    SolveStats second =
        new SolveStats(7, 1, 0, 0.125, 0.375, 50, SolveStats.Stepper.HIPPARCHUS, 0.5);
    SolveStats sum = new SolveStats(17, 3, 1, 0.125, 0.5, 150, SolveStats.Stepper.BOTH, 0.5);
    assertEquals(sum, first.plus(second));
    assertEquals(sum, second.plus(first));
    assertEquals(SolveStats.Stepper.PARTS, first.plus(first).stepper());
    assertEquals(SolveStats.Stepper.BOTH, sum.plus(first).stepper());
    assertFalse(first.seemsStiff());
    assertTrue(sum.seemsStiff());
    assertEquals(
        0.5,
        second.plus(new SolveStats(1, 1, 0, 1, 1, 1, SolveStats.Stepper.PARTS, 0.25)).stiffFrom());
    assertEquals(first, first.plus(SolveStats.NONE));
    assertEquals(first, SolveStats.NONE.plus(first));
  }
}
