package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Norms by hand. Errors of the components are 3, 4 | 12, 5, 0, 0 times one number, which a system
 * of one component tells: its step is accepted up to a factor a*. In the norm N of the six numbers,
 * the step is accepted up to a* / N.
 */
class ErrorNormTest {
  private static final double[] ERRORS = {3, 4, 12, 5, 0, 0};
  private static final double STEP = 0.5;
  private static final double TOLERANCE = 1e-6;

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void acceptanceByHand(SolverMethod method) {
    ErrorNorm rms = ErrorNorm.rootMeanSquare();
    assertNorm(method, rms, Math.sqrt(194 / 6.0));
    assertNorm(method, rms.over("first"), Math.sqrt(25 / 2.0));
    assertNorm(method, rms.over("second"), Math.sqrt(169 / 4.0));
    assertNorm(method, rms.over("first", "second"), Math.sqrt(194 / 6.0));
    assertNorm(method, ErrorNorm.mixed(), 6.5);
    assertNorm(method, ErrorNorm.mixed().over("first"), Math.sqrt(25 / 2.0));
    assertNorm(method, ErrorNorm.largest(), 12);
    assertNorm(method, ErrorNorm.largest().over("first"), 4);
    assertNorm(method, rms.withFactors("second", 1, 10), Math.sqrt((25 + 1.69) / 6));
    assertNorm(method, rms.withFactors("first", 1, 0.5).over("first"), 2 * Math.sqrt(25 / 2.0));
    assertNorm(method, ErrorNorm.mixed().withFactors("second", 1, 10), Math.sqrt(25 / 2.0));
    assertNorm(method, ErrorNorm.largest().withFactors("second", 1, 10), 4);
    assertNorm(method, ErrorNorm.largest().withFactors("first", 1, 0.1), 40);
  }

  /** The same with a relative tolerance, of a state that hardly moves. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void relativeFactors(SolverMethod method) {
    double[] start = new double[6];
    Arrays.fill(start, 1e3);
    double limit = limit(method);
    for (ErrorNorm norm :
        new ErrorNorm[] {
          ErrorNorm.largest().withFactors("second", 10, 1),
          ErrorNorm.largest().withFactors("second", 10, 0)
        }) {
      SolverConfig.ByTolerance config =
          SolverConfig.adaptive(method, TOLERANCE / 1e3, 1e-30)
              .withFirstStep(STEP)
              .withErrorNorm(norm);
      assertTrue(isAccepted(config, scaled(0.999 * limit / 4), start));
      assertTrue(!isAccepted(config, scaled(1.001 * limit / 4), start));
    }
  }

  /** What a norm leaves out has no part in the first step either, however many parts there are. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void partsAgree(SolverMethod method) {
    double[] factors = {3, -1, 1e3, 0, 2};
    OdeSystem system = new GroupedSystem(factors, 2, 1, 7);
    OdeSystem inParts = new GroupedSystem(factors, 2, 3, 7);
    for (ErrorNorm norm :
        new ErrorNorm[] {
          ErrorNorm.rootMeanSquare(),
          ErrorNorm.rootMeanSquare().over("first"),
          ErrorNorm.mixed(),
          ErrorNorm.mixed().withFactors("second", 100, 100),
          ErrorNorm.largest(),
        }) {
      SolverConfig config = SolverConfig.adaptive(method, 1e-7, 1e-7).withErrorNorm(norm);
      double[] start = {1, 0.5, 0.25, 1, 3};
      Solution parts = new OdeSolver(config).solve(system, 0.1, start, 1.7);
      Solution other = new OdeSolver(config).solve(inParts, 0.1, start, 1.7);
      assertEquals(other.stats().evaluations(), parts.stats().evaluations(), norm.toString());
      assertEquals(other.stats().rejectedSteps(), parts.stats().rejectedSteps());
      // Sums over parts round differently; the state is near a thousand.
      assertEquals(0, TestSystems.distance(other.state(), parts.state()), 1e-10);
    }
  }

  @Test
  void unknownOrEmptyGroupsAreRefused() {
    GroupedSystem system = new GroupedSystem(ERRORS, 6, 1, 4);
    SolverConfig.ByTolerance config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    assertRefused(config, ErrorNorm.mixed().over("third"), system, "third", "first, second");
    assertRefused(config, ErrorNorm.mixed().withFactors("third", 1, 2), system, "third");
    assertRefused(config, ErrorNorm.rootMeanSquare().over("second"), system, "empty");
  }

  private static void assertRefused(
      SolverConfig.ByTolerance config, ErrorNorm norm, OdeSystem system, String... mentioned) {
    OdeSolver solver = new OdeSolver(config.withErrorNorm(norm));
    FjordException thrown =
        assertThrows(FjordException.class, () -> solver.solve(system, 0, new double[6], 1));
    assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
    for (String text : mentioned) {
      assertTrue(String.valueOf(thrown.getMessage()).contains(text), thrown.getMessage());
    }
  }

  private static void assertNorm(SolverMethod method, ErrorNorm norm, double byHand) {
    double limit = limit(method);
    SolverConfig.ByTolerance config = config(method).withErrorNorm(norm);
    double[] start = new double[6];
    double[] below = scaled(0.999 * limit / byHand);
    double[] above = scaled(1.001 * limit / byHand);
    assertTrue(isAccepted(config, below, start), norm + " below");
    assertTrue(!isAccepted(config, above, start), norm + " above");
  }

  /** Returns the largest factor that one component's step is accepted with, by bisection. */
  private static double limit(SolverMethod method) {
    double low = 0;
    double high = 1e6;
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      OdeSystem system = new GroupedSystem(new double[] {middle}, 1, 1, power(method));
      long rejected =
          new OdeSolver(config(method))
              .solve(system, 0, new double[1], STEP)
              .orThrow()
              .stats()
              .rejectedSteps();
      low = rejected == 0 ? middle : low;
      high = rejected == 0 ? high : middle;
    }
    return low;
  }

  private static boolean isAccepted(
      SolverConfig.ByTolerance config, double[] factors, double[] start) {
    boolean accepted = false;
    for (int parts = 1; parts <= 4; parts++) {
      OdeSystem system = new GroupedSystem(factors, 2, parts, power(config.method()));
      SolveStats stats = new OdeSolver(config).solve(system, 0, start, STEP).orThrow().stats();
      boolean now = stats.rejectedSteps() == 0;
      assertTrue(parts == 1 || now == accepted, "whatever the parts");
      accepted = now;
    }
    return accepted;
  }

  private static SolverConfig.ByTolerance config(SolverMethod method) {
    return SolverConfig.adaptive(method, 0, TOLERANCE).withFirstStep(STEP);
  }

  /** A power that the error estimate sees. */
  private static int power(SolverMethod method) {
    return method == SolverMethod.DORMAND_PRINCE_853 ? 9 : 5;
  }

  private static double[] scaled(double factor) {
    double[] factors = ERRORS.clone();
    for (int i = 0; i < factors.length; i++) {
      factors[i] *= factor;
    }
    return factors;
  }
}
