package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.method.Tableau;
import org.hipparchus.ode.nonstiff.ButcherArrayProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TableauTest {
  @ParameterizedTest
  @CsvSource({
    "euler, 1, 1",
    "midpoint, 2, 2",
    "rk4, 4, 4",
    "gill, 4, 4",
    "three-eighths, 4, 4",
    "luther, 7, 7",
    "higham-hall54, 7, 6",
    "dopri5, 7, 6",
    "dopri853, 16, 12"
  })
  void hasTheStagesOfTheMethod(String id, int stages, int solutionStages) {
    Tableau tableau = SolverMethod.of(id).tableau();
    assertEquals(stages, tableau.stages());
    assertEquals(solutionStages, tableau.solutionStages());
  }

  /** Quadrature conditions, necessary for order p: sum b_i c_i^(k-1) = 1/k for k up to p. */
  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void integratesPolynomialsBelowItsOrder(SolverMethod method) {
    Tableau tableau = method.tableau();
    for (int k = 1; k <= method.order(); k++) {
      double sum = 0;
      for (int i = 0; i < tableau.stages(); i++) {
        sum += tableau.b(i) * Math.pow(tableau.c(i), k - 1);
      }
      assertEquals(1.0 / k, sum, 1e-13, method + ", degree " + (k - 1));
    }
  }

  /** The continuous adjoint and the count of evaluations rely on this. */
  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void theStageAfterTheSolutionIsTheEndOfAnAdaptiveStep(SolverMethod method) {
    if (method.isAdaptive()) {
      Tableau tableau = method.tableau();
      int stage = tableau.solutionStages();
      assertEquals(1, tableau.c(stage));
      for (int j = 0; j < stage; j++) {
        assertEquals(tableau.b(j), tableau.a(stage, j));
      }
    }
  }

  @Test
  void refusesWhatIsNoMethod() {
    double[][] row = {{0.5}};
    assertRefused(new double[] {0.5}, row, new double[] {0.5, 0.25});
    assertRefused(new double[] {0.25}, row, new double[] {0, 1});
    assertRefused(new double[] {0.5}, new double[][] {{0.25, 0.25}}, new double[] {0, 1});
    assertRefused(new double[] {0.5}, row, new double[] {0, 0.5, 0.5});
    assertRefused(new double[] {Double.NaN}, row, new double[] {0, 1});
  }

  @Test
  void unknownNamesAreRefused() {
    FjordException thrown =
        assertThrows(FjordException.class, () -> SolverMethod.of("runge-kutta"));
    assertEquals(ErrorKey.INVALID_ARGUMENT, thrown.key());
  }

  private static void assertRefused(double[] c, double[][] a, double[] b) {
    ButcherArrayProvider arrays =
        new ButcherArrayProvider() {
          @Override
          public double[] getC() {
            return c;
          }

          @Override
          public double[][] getA() {
            return a;
          }

          @Override
          public double[] getB() {
            return b;
          }
        };
    FjordException thrown = assertThrows(FjordException.class, () -> Tableau.of(arrays));
    assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
  }
}
