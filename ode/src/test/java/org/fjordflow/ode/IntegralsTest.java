package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;
import org.fjordflow.ode.internal.step.StiffnessWatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Derivatives of integrals are wanted at stages that have a weight, and at no others. */
class IntegralsTest {

  @ParameterizedTest
  @CsvSource({
    "euler, ''",
    "midpoint, 0",
    "rk4, ''",
    "gill, ''",
    "three-eighths, ''",
    "higham-hall54, 1",
    "dopri5, 1",
    "dopri853, 1 2 3 4"
  })
  void stagesWithoutWeight(String id, String expected) {
    StepRows rows = new StepRows(SolverMethod.of(id));
    List<String> without =
        IntStream.rangeClosed(0, rows.lastStage())
            .filter(stage -> !rows.weighs(stage))
            .mapToObj(Integer::toString)
            .toList();
    assertEquals(expected, String.join(" ", without));
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void solutionsDoNotDependOnThem(SolverMethod method) {
    double[] factors = {1, -2, 0.5, 3, -0.7, 0.1, 4};
    double[] start = {0, 1, 2, 3, 4, 5, 6};
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e-6, 1e-6).withFirstStep(0.1)
            : SolverConfig.fixed(method, 7);
    for (int parts = 1; parts <= 3; parts++) {
      GroupedSystem plain = new GroupedSystem(factors, 3, parts, 9);
      GroupedSystem spoilt = new GroupedSystem(factors, 3, parts, 9);
      spoilt.integrals = true;
      Solution expected = new OdeSolver(config).solve(plain, -1, start, 1.5).orThrow();
      Solution actual = new OdeSolver(config).solve(spoilt, -1, start, 1.5).orThrow();
      assertArrayEquals(expected.state(), actual.state());
      assertEquals(expected.stats().evaluations(), actual.stats().evaluations());
      assertEquals(expected.stats().acceptedSteps(), actual.stats().acceptedSteps());
    }
  }

  /**
   * The trial of a first step leaves integrals out. Here they change as positions do, so that the
   * step is the same but for rounding.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void firstStepsDoNotDependOnThem(int parts) {
    double[] factors = {1, -2, 0.5, 3, -0.7, 0.1, 4};
    double[] start = {0, 1, 2, 3, 4, 5, 6};
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    GroupedSystem plain = new GroupedSystem(factors, 3, parts, 9);
    GroupedSystem spoilt = new GroupedSystem(factors, 3, parts, 9);
    spoilt.integrals = true;
    StepStore expected = new StepStore();
    StepStore actual = new StepStore();
    StepStore.solve(config, plain, new Span(-1, 1.5), start, expected).orThrow();
    StepStore.solve(config, spoilt, new Span(-1, 1.5), start, actual).orThrow();
    double first = expected.length(0);
    assertEquals(first, actual.length(0), 1e-9 * first);
  }

  /** A quadrature is never stiff, however fast what is integrated changes. */
  @Test
  void distancesLeaveIntegralsOut() {
    List<OdeSystem.Group> groups =
        List.of(new OdeSystem.Group("a", 2), new OdeSystem.Group("b", 1, true));
    double[] x = {3, 5, 100};
    double[] y = {0, 1, -100};
    assertEquals(25, StiffnessWatch.distance(groups, x, y));
  }
}
