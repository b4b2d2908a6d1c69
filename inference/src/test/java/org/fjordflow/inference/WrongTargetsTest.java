package org.fjordflow.inference;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.inference.TargetDensity.Evaluated;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Targets that are wrong end in one clear error, or in a Pareto k that says so. */
final class WrongTargetsTest {

  private static VariationalOptions quick() {
    return VariationalOptions.builder().steps(400).draws(4000).build();
  }

  private static void assertRefused(ErrorKey key, TargetDensity target, String... mentioned) {
    assertFails(key, () -> VariationalFlow.fit(target, quick()).close(), mentioned);
  }

  @Test
  void notANumberAtTheStart() {
    assertRefused(
        ErrorKey.NON_FINITE,
        Targets.onTape(2, (tape, x) -> tape.rowSum(tape.affine(Double.NaN, x, 0))),
        "random starts");
    VariationalOptions given = VariationalOptions.builder().start(-1).build();
    TargetDensity logarithm =
        Targets.onTape(
            1,
            (tape, x) ->
                tape.subtract(tape.apply(Elementwise.LOG, x), tape.apply(Elementwise.SQUARE, x)));
    assertFails(
        ErrorKey.NON_FINITE,
        () -> VariationalFlow.fit(logarithm, given).close(),
        "given start",
        "x[1] = -1");
  }

  @Test
  void gradientOfTheWrongSize() {
    assertRefused(
        ErrorKey.SHAPE_MISMATCH,
        Targets.onRows(2, x -> new Evaluated(-x[0] * x[0] - x[1] * x[1], new double[3])),
        "gradient of 3 values",
        "expected 2");
    assertRefused(
        ErrorKey.SHAPE_MISMATCH,
        Targets.onTape(2, (tape, x) -> tape.affine(-1, tape.apply(Elementwise.SQUARE, x), 0)),
        "expected",
        "x 1");
  }

  @Test
  void gradientThatIsNotTheDensitys() {
    assertRefused(
        ErrorKey.INVALID_ARGUMENT,
        Targets.onRows(
            2,
            x ->
                new Evaluated(
                    -x[0] * x[0] - x[1] * x[1], new double[] {-2 * x[0], 3 - 5 * x[1] * x[1]})),
        "gradient",
        "x[2]");
  }

  @Test
  void improper() {
    assertRefused(
        ErrorKey.SOLVE_FAILED,
        Targets.onTape(2, (tape, x) -> tape.affine(0, tape.rowSum(x), 1)),
        "improper");
    assertRefused(
        ErrorKey.SOLVE_FAILED, Targets.onTape(1, (tape, x) -> tape.rowSum(x)), "improper");
    // Proper in one direction alone
    assertRefused(
        ErrorKey.SOLVE_FAILED,
        Targets.onTape(
            2,
            (tape, x) -> tape.affine(-1, tape.apply(Elementwise.SQUARE, tape.columns(x, 0, 1)), 0)),
        "improper");
  }

  @Test
  void improperButWithAMode() {
    // 1 / sqrt(1 + x^2) has a mode and no integral.
    TargetDensity target =
        Targets.onTape(
            1,
            (tape, x) ->
                tape.affine(
                    -0.5,
                    tape.apply(
                        Elementwise.LOG, tape.affine(1, tape.apply(Elementwise.SQUARE, x), 1)),
                    0));
    assertTold(target);
  }

  private static void assertTold(TargetDensity target) {
    try (VariationalPosterior posterior = VariationalFlow.fit(target, quick())) {
      assertTrue(posterior.paretoK() > ParetoSmoothing.LIMIT, posterior.toString());
      assertFalse(posterior.isReliable());
      assertEquals(1, posterior.warning().orElseThrow().lines().count());
    }
  }

  @Test
  void discontinuous() {
    // Half a normal, whose end no constraint declares
    TargetDensity target =
        Targets.onRows(
            1,
            x ->
                x[0] > 0.3
                    ? new Evaluated(-0.5 * x[0] * x[0], new double[] {-x[0]})
                    : new Evaluated(Double.NEGATIVE_INFINITY, new double[] {0}));
    FjordException e =
        assertThrows(FjordException.class, () -> VariationalFlow.fit(target, quick()).close());
    String message = String.valueOf(e.getMessage());
    assertEquals(1, message.lines().count());
    assertTrue(message.contains("constraint"), message);
  }

  @ParameterizedTest
  @EnumSource(Recipe.class)
  void oneParameter(Recipe recipe) {
    TargetDensity target =
        Targets.onTape(
            1,
            (tape, x) ->
                tape.affine(-0.5, tape.apply(Elementwise.SQUARE, tape.affine(0.5, x, -2)), 0));
    VariationalOptions options =
        VariationalOptions.builder().flow(recipe).steps(60).samples(32).draws(1000).build();
    if (!recipe.takes(1, 0)) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> VariationalFlow.fit(target, options).close(),
          "one column is taken by",
          "nsf-ar");
      return;
    }
    try (VariationalPosterior posterior = VariationalFlow.fit(target, options)) {
      Marginal x = posterior.summary().get(0);
      assertEquals(4, x.mean().value(), 5 * x.mean().error() + 0.02);
      assertEquals(2, x.deviation().value(), 5 * x.deviation().error() + 0.02);
      assertEquals(0.5 * Math.log(8 * Math.PI), posterior.logEvidence().value(), 0.02, recipe.id());
    }
  }
}
