package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.ode.SolveStatus.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of failure, in both steppers: its message says where it was and what to try. */
class StatusMessageTest {

  /** A system that describes itself. */
  private record Described(double precision, TestSystems.Field field) implements OdeSystem {
    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public void derivatives(double t, double[] y, double[] yDot) {
      field.derivatives(t, y, yDot);
    }

    @Override
    public String describe(int component) {
      return "number " + component + "; norm of the parameters 12.5";
    }
  }

  private static Described system(Outcome outcome) {
    return switch (outcome) {
      case STEP_UNDERFLOW ->
          new Described(
              0x1p-53,
              (t, y, yDot) -> {
                yDot[0] = 0.1;
                yDot[1] = y[1] * y[1];
              });
      case NON_FINITE ->
          new Described(
              0x1p-53,
              (t, y, yDot) -> {
                yDot[0] = 1;
                yDot[1] = t > 0.75 ? Double.NaN : 1;
              });
      default ->
          new Described(
              outcome == Outcome.BELOW_PRECISION ? 1e-3 : 0x1p-53,
              (t, y, yDot) -> {
                yDot[0] = -y[1];
                yDot[1] = 2 * y[0];
              });
    };
  }

  private static String advice(Outcome outcome) {
    return switch (outcome) {
      case SUCCESS -> "Reached";
      case STOPPED_BY_EVENT -> "Stopped";
      case STEP_UNDERFLOW -> "loosen rtol and atol";
      case BELOW_PRECISION -> "loosen rtol or atol";
      case NON_FINITE -> "check the inputs";
      case BUDGET_SPENT -> "raise maxEvaluations";
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SUCCESS", "STOPPED_BY_EVENT"})
  void failuresSayWhereAndWhatToTry(Outcome outcome) {
    SolverConfig config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6)
            .withMaxEvaluations(outcome == Outcome.BUDGET_SPENT ? 50 : 100_000);
    double[] start = {0.25, 1};
    Solution solution = new OdeSolver(config).solve(system(outcome), 0, start, 20);
    SolveStatus status = solution.status();
    assertEquals(outcome, status.outcome(), status.message());
    assertEquals("t = " + status.time() + ", h = " + status.step(), place(status.message()));
    assertTrue(status.component() >= 0);
    for (String text :
        new String[] {
          "worst component " + status.component() + " (number " + status.component() + ";",
          "norm of the parameters 12.5",
          advice(outcome)
        }) {
      assertTrue(status.message().contains(text), status.message());
    }
    assertFalse(status.message().contains("\n"));
  }

  private static String place(String message) {
    return message.substring(message.indexOf("t = "), message.indexOf(", worst component"));
  }

  @Test
  void systemsThatSayNothing() {
    SolveStatus status = new SolveStatus(Outcome.BUDGET_SPENT, 1, 0.5, 3, "");
    assertTrue(status.message().contains("h = 0.5, worst component 3: raise"), status.message());
    assertEquals("Reached t = 2.0.", SolveStatus.success(2).message());
  }
}
