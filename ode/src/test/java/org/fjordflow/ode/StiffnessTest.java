package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.ode.internal.method.Tableau;
import org.fjordflow.ode.internal.step.StiffnessWatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps held down by stability are noticed, and others are not taken for them. */
class StiffnessTest {
  /** y'' = mu (1 - y^2) y' - y, which creeps along y = 2 at first. */
  private static OdeSystem vanDerPol(double mu) {
    return TestSystems.of(
        2,
        (t, y, yDot) -> {
          yDot[0] = y[1];
          yDot[1] = mu * (1 - y[0] * y[0]) * y[1] - y[0];
        });
  }

  /** Decays to cos t at rates from 1 to a thousand. */
  private static final OdeSystem RELAXATION =
      TestSystems.of(
          4,
          (t, y, yDot) -> {
            for (int i = 0; i < y.length; i++) {
              yDot[i] = -Math.pow(10, i) * (y[i] - Math.cos(t));
            }
          });

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void stiffFieldsAreNoticed(SolverMethod method) {
    for (double tolerance : new double[] {1e-3, 1e-5}) {
      SolverConfig config = SolverConfig.adaptive(method, tolerance, tolerance).withFirstStep(1e-4);
      SolveStats pol =
          new OdeSolver(config).solve(vanDerPol(1e3), 0, new double[] {2, 0}, 2).orThrow().stats();
      assertTrue(pol.seemsStiff(), "van der Pol with " + method + " at " + tolerance);
      assertTrue(pol.stiffFrom() > 0 && pol.stiffFrom() < 1, "from " + pol.stiffFrom());
      SolveStats relaxation =
          new OdeSolver(config).solve(RELAXATION, 4, new double[4], 3.9).orThrow().stats();
      // Backwards in time it grows: nothing is stiff, and accuracy bounds the steps.
      assertFalse(relaxation.seemsStiff(), "backwards with " + method);
      relaxation = new OdeSolver(config).solve(RELAXATION, 1, new double[4], 4).orThrow().stats();
      assertTrue(relaxation.seemsStiff(), "relaxation with " + method + " at " + tolerance);
      assertTrue(relaxation.stiffFrom() > 1 && relaxation.stiffFrom() < 2);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void smoothFieldsAreNot(SolverMethod method) {
    for (double tolerance : new double[] {1e-3, 1e-6, 1e-9}) {
      SolverConfig config = SolverConfig.adaptive(method, tolerance, tolerance);
      for (OdeSystem system :
          new OdeSystem[] {
            new SpiralSystem(-0.1, 3), new SpiralSystem(0.2, 1), vanDerPol(0.5),
          }) {
        SolveStats stats =
            new OdeSolver(config).solve(system, 0, new double[] {1, 0.3}, 20).orThrow().stats();
        assertFalse(stats.seemsStiff(), method + " at " + tolerance);
      }
      SolveStats neural =
          new OdeSolver(config)
              .solve(new NeuralSystem(7), 0, new double[] {0.4, -0.7, 1.1}, 10)
              .orThrow()
              .stats();
      assertFalse(neural.seemsStiff(), method + " at " + tolerance);
    }
  }

  @Test
  void partsAndTheWholeSayTheSame() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    for (int parts = 1; parts <= 3; parts++) {
      RowParts rows = RowParts.of(3, parts, () -> new Stiff());
      double[] start = {1, 2, 3};
      double expected = new OdeSolver(config).solve(rows.plain(), 0, start, 3).stats().stiffFrom();
      SolveStats stats = new OdeSolver(config).solve(rows, 0, start, 3).orThrow().stats();
      assertEquals(expected, stats.stiffFrom(), 1e-2);
    }
  }

  /** Decays to cos t. */
  private static final class Stiff extends CountingSystem {
    Stiff() {
      super(1, new double[0]);
    }

    @Override
    void field(double t, double[] y, double[] yDot) {
      yDot[0] = -500 * (y[0] - Math.cos(t));
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

  /** The boundaries are a little inside the real interval of stability that the tableau gives. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void boundariesAreThoseOfTheTableau(SolverMethod method) {
    Tableau tableau = method.tableau();
    double x = 0;
    while (Math.abs(growth(tableau, -x - 1e-3)) <= 1) {
      x += 1e-3;
    }
    double ratio = StiffnessWatch.boundary(method) / x;
    assertTrue(ratio > 0.95 && ratio < 1, method + ": the interval ends at " + x);
    assertEquals(1, tableau.c(tableau.solutionStages() - 1), "the stage before the end is there");
  }

  private static double growth(Tableau tableau, double z) {
    int stages = tableau.solutionStages();
    double[] y = new double[stages];
    double end = 1;
    for (int i = 0; i < stages; i++) {
      y[i] = 1;
      for (int j = 0; j < i; j++) {
        y[i] += z * tableau.a(i, j) * y[j];
      }
      end += z * tableau.b(i) * y[i];
    }
    return end;
  }

  @Test
  void fifteenStepsWithoutSixOthersInSequence() {
    StiffnessWatch watch = StiffnessWatch.of(SolverMethod.DORMAND_PRINCE_54);
    for (int step = 0; step < StiffnessWatch.INTERVAL - 1; step++) {
      assertFalse(watch.looks());
      watch.accept(step, 100);
    }
    for (int k = 0; k < StiffnessWatch.STIFF; k++) {
      assertTrue(watch.looks());
      assertTrue(Double.isNaN(watch.stiffFrom()));
      watch.accept(10 + k, 4);
      for (int i = 1; i < StiffnessWatch.NOT_STIFF && k < StiffnessWatch.STIFF - 1; i++) {
        watch.accept(10 + k, 1);
      }
    }
    assertEquals(10, watch.stiffFrom());
    assertFalse(watch.looks(), "once is enough");
  }

  @Test
  void sixOthersInSequenceBeginAnew() {
    StiffnessWatch watch = StiffnessWatch.of(SolverMethod.DORMAND_PRINCE_54);
    for (int round = 0; round < 5; round++) {
      while (!watch.looks()) {
        watch.accept(round, 100);
      }
      for (int k = 0; k < StiffnessWatch.STIFF - 1; k++) {
        watch.accept(round, 4);
      }
      for (int k = 0; k < StiffnessWatch.NOT_STIFF; k++) {
        assertTrue(watch.looks());
        watch.accept(round, Double.NaN);
      }
    }
    assertTrue(Double.isNaN(watch.stiffFrom()));
  }
}
