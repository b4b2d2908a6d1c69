package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tolerances that the field's precision cannot meet are told, and no others. */
class PrecisionTest {

  /** A system that rounds to float32, as networks do, and says so. */
  private record Rounded(int dimension, TestSystems.Field field) implements OdeSystem {
    @Override
    public void derivatives(double t, double[] y, double[] yDot) {
      double[] rounded = new double[y.length];
      for (int i = 0; i < y.length; i++) {
        rounded[i] = (float) y[i];
      }
      field.derivatives((float) t, rounded, yDot);
      for (int i = 0; i < y.length; i++) {
        yDot[i] = (float) yDot[i];
      }
    }

    @Override
    public double precision() {
      return 0x1p-24;
    }

    @Override
    public String describe(int component) {
      return "the one at " + component;
    }
  }

  private static final Rounded ROTATION =
      new Rounded(
          2,
          (t, y, yDot) -> {
            yDot[0] = -y[1];
            yDot[1] = y[0];
          });

  @ParameterizedTest
  @CsvSource({
    "1e-5, 1e-5, true",
    "1e-7, 1e-7, true",
    "6e-8, 0, true",
    "1e-15, 1e-6, true",
    "0, 1e-7, true",
    "1e-8, 1e-8, false",
    "1e-9, 1e-9, false",
    "1e-9, 0, false",
    "0, 1e-9, false"
  })
  void aFloat32FieldMeetsWhatItCan(double rtol, double atol, boolean succeeds) {
    double[] start = {0.3, 1};
    for (SolverMethod method : SolverMethod.values()) {
      if (!method.isAdaptive()) {
        continue;
      }
      SolverConfig config = SolverConfig.adaptive(method, rtol, atol);
      Solution solution = new OdeSolver(config).solve(ROTATION, 2, start, 3);
      SolveStatus status = solution.status();
      if (succeeds) {
        assertTrue(status.isSuccess(), status.message());
        continue;
      }
      assertEquals(Outcome.BELOW_PRECISION, status.outcome());
      assertEquals(0, solution.stats().evaluations(), "told before the solve");
      assertEquals(2, status.time());
      assertArrayEquals(start, solution.state());
      for (String text :
          new String[] {"t = 2.0", "rtol " + rtol, "atol " + atol, "the one at", "float64"}) {
        assertTrue(status.message().contains(text), status.message());
      }
      FjordException thrown = assertThrows(FjordException.class, solution::orThrow);
      assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
    }
  }

  @Test
  void float64MeetsTheSmallestTolerances() {
    OdeSystem system = TestSystems.of(2, ROTATION.field());
    SolverConfig config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, SolverConfig.MINIMAL_RTOL, 1e-15);
    new OdeSolver(config).solve(system, 0, new double[] {1, 0}, 1).orThrow();
  }

  /**
   * y' = y^2 from 1 with an absolute tolerance alone: it is passed by before the pole is reached.
   */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void statesThatGrowAreTold(SolverMethod method) {
    SolverConfig config = SolverConfig.adaptive(method, 0, 1e-5);
    Rounded system = new Rounded(1, (t, y, yDot) -> yDot[0] = y[0] * y[0]);
    Solution solution = new OdeSolver(config).solve(system, 0, new double[] {1}, 2);
    SolveStatus status = solution.status();
    assertEquals(Outcome.BELOW_PRECISION, status.outcome(), status.message());
    assertTrue(status.time() > 0.9 && status.time() <= 1, status.message());
    assertEquals(status.time(), solution.time());
    assertTrue(solution.state()[0] * 0x1p-24 > 1e-5);
    assertTrue(solution.stats().acceptedSteps() > 1);
  }

  @Test
  void theContinuousAdjointTellsItToo() {
    SolverConfig.ByTolerance forward =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    SpiralSystem spiral = new SpiralSystem(0.1, 1);
    DifferentiableOdeSystem system =
        new DifferentiableOdeSystem() {
          @Override
          public int dimension() {
            return spiral.dimension();
          }

          @Override
          public void derivatives(double t, double[] y, double[] yDot) {
            spiral.derivatives(t, y, yDot);
          }

          @Override
          public Linearization linearize(double t, double[] y) {
            return spiral.linearize(t, y);
          }

          @Override
          public double precision() {
            return 0x1p-24;
          }
        };
    Recording recording =
        new ContinuousAdjoint(forward.withTolerances(1e-10, 1e-10))
            .forward(forward, system, 0, new double[] {1, 0.5}, 1);
    FjordException thrown =
        assertThrows(FjordException.class, () -> recording.backward(new double[] {1, 1}));
    assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
    assertTrue(String.valueOf(thrown.getMessage()).contains("below the field's precision"));
    assertEquals(0, spiral.open);
  }
}
