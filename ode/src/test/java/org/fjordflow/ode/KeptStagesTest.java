package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Keeping linearizations changes neither a bit of a solve nor of its gradient. */
class KeptStagesTest {
  private static final double[] START = {0.4, -0.7, 1.1};
  private static final double[] COTANGENT = {1.3, -0.6, 0.8};

  /**
   * Nothing, less than one step, some steps and all; a linearization of the test systems is 100.
   */
  static Stream<Arguments> methodsAndBudgets() {
    return TestSystems.rungeKuttaMethods()
        .flatMap(
            method ->
                Stream.of(150L, 2_500L, Long.MAX_VALUE)
                    .map(budget -> Arguments.of(method, budget)));
  }

  @ParameterizedTest
  @MethodSource("methodsAndBudgets")
  void givesTheSameBits(SolverMethod method, long budget) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    NeuralSystem recomputing = new NeuralSystem(21);
    Recording plain = DiscreteAdjoint.recomputing().forward(config, recomputing, 0, START, 4);
    AdjointGradient expected = plain.backward(COTANGENT);

    NeuralSystem keeping = new NeuralSystem(21);
    Recording kept = new DiscreteAdjoint(budget).forward(config, keeping, 0, START, 4);
    assertTrue(keeping.open <= budget / 100 + 1, keeping.open + " open");
    assertArrayEquals(plain.solution().state(), kept.solution().state());
    AdjointGradient gradient = kept.backward(COTANGENT);
    assertArrayEquals(expected.initialState(), gradient.initialState());
    assertArrayEquals(recomputing.gradient, keeping.gradient);
    assertEquals(expected.startTime(), gradient.startTime());
    assertEquals(expected.endTime(), gradient.endTime());
    assertEquals(0, keeping.open);
    assertEquals(0, keeping.closedTwice);
    if (budget == Long.MAX_VALUE) {
      // But for the trial of the first step, nothing is evaluated twice.
      assertTrue(keeping.evaluations <= 1, keeping.evaluations + " evaluations");
      assertEquals(
          kept.solution().stats().evaluations(), keeping.evaluations + keeping.linearizations);
    }
    assertArrayEquals(expected.initialState(), kept.backward(COTANGENT).initialState(), "again");
    assertEquals(0, keeping.open);
  }

  @Test
  void closesAllWhenTheSystemFails() {
    SolverConfig config = DiscreteAdjointTest.coarse(SolverMethod.DORMAND_PRINCE_54);
    for (int failure = 1; failure <= 20; failure++) {
      NeuralSystem system = new NeuralSystem(9);
      system.failsAt = failure;
      FjordException thrown =
          assertThrows(
              FjordException.class,
              () -> new DiscreteAdjoint(1 << 20).forward(config, system, 0, START, 4));
      assertEquals(ErrorKey.UNSUPPORTED, thrown.key());
      assertEquals(0, system.open);
      assertEquals(0, system.closedTwice);
    }
  }

  @Test
  void closesAllWhenTheSolveFails() {
    SolverConfig config = DiscreteAdjointTest.coarse(SolverMethod.DORMAND_PRINCE_54);
    NeuralSystem system = new NeuralSystem(9);
    Recording failed =
        new DiscreteAdjoint(1 << 20).forward(config.withMaxEvaluations(10), system, 0, START, 4);
    assertEquals(SolveStatus.Outcome.BUDGET_SPENT, failed.solution().status().outcome());
    assertEquals(0, system.open);
  }

  @Test
  void refusesANegativeBudget() {
    FjordException thrown = assertThrows(FjordException.class, () -> new DiscreteAdjoint(-1));
    assertEquals(ErrorKey.INVALID_CONFIGURATION, thrown.key());
  }
}
