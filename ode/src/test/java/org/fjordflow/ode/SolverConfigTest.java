package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SolverConfigTest {
  @ParameterizedTest
  @CsvSource({
    "1e-16, 1e-5",
    "-1e-3, 1e-5",
    "NaN, 1e-5",
    "Infinity, 1",
    "0, 0",
    "1e-5, -1",
    "1e-5, NaN"
  })
  void refusesTolerancesThatCannotBeMet(double rtol, double atol) {
    assertRefused(() -> SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, rtol, atol));
  }

  @ParameterizedTest
  @CsvSource({"1e-15, 0", "0, 1e-12", "1e-3, 1e-3"})
  void acceptsTheOthers(double rtol, double atol) {
    assertEquals(rtol, SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, rtol, atol).rtol());
  }

  @Test
  void refusesOtherValuesOutOfRange() {
    SolverConfig.ByTolerance config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    assertRefused(() -> SolverConfig.fixed(SolverMethod.EULER, 0));
    assertRefused(() -> SolverConfig.fixed(SolverMethod.DORMAND_PRINCE_54, 3));
    assertRefused(() -> SolverConfig.adaptive(SolverMethod.EULER, 1e-5, 1e-5));
    assertRefused(() -> config.withStepBounds(2, 1));
    assertRefused(() -> config.withStepBounds(-1, 1));
    assertRefused(() -> config.withStepBounds(0, Double.POSITIVE_INFINITY));
    assertRefused(() -> config.withFirstStep(Double.NaN));
    SolverConfig.Multistep adams =
        SolverConfig.multistep(SolverMethod.ADAMS_MOULTON, 3, 1e-5, 1e-5);
    assertRefused(() -> adams.withPreviousSteps(1));
    assertRefused(() -> adams.withPreviousSteps(SolverConfig.MAXIMAL_MULTISTEP_STEPS + 1));
    assertRefused(() -> adams.withErrorNorm(ErrorNorm.mixed()));
    assertRefused(() -> SolverConfig.multistep(SolverMethod.LUTHER, 3, 1e-5, 1e-5));
    assertRefused(() -> SolverConfig.fixed(SolverMethod.EULER, 1).withMaxEvaluations(0));
    assertRefused(() -> config.withMaxEvaluations(0));
    assertRefused(() -> config.withMaxEvaluations(SolverConfig.MAXIMAL_BUDGET + 1));
  }

  private static void assertRefused(Runnable build) {
    FjordException thrown = assertThrows(FjordException.class, build::run);
    assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
  }
}
