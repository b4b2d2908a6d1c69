package org.fjordflow.discrete.internal.layers;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numeric inverse, and where it cannot be. */
final class PlanarTest {

  /** From nearly not invertible to very steep. */
  @ParameterizedTest
  @ValueSource(doubles = {-0.999999, -0.5, 0, 3, 1e3, 1e8})
  void rootsAreFoundToTheLastDigits(double slope) {
    for (double a : new double[] {0, 1e-12, -0.3, 0.7, 2.5, -19, 1e4}) {
      double target = a + slope * Math.tanh(a);
      double reach = Math.abs(slope);
      double found =
          IncreasingRoot.find(
              (x, derivative) -> {
                double t = Math.tanh(x);
                derivative[0] = 1 + slope * (1 - t * t);
                return x - target + slope * t;
              },
              target - reach,
              target + reach);
      double t = Math.tanh(a);
      double rounding = 4e-16 * (Math.abs(target) + Math.abs(a) + Math.abs(slope * t));
      double bound = rounding / (1 + slope * (1 - t * t)) + 4e-16 * Math.abs(a);
      assertEquals(a, found, bound, "slope " + slope);
    }
  }

  @Test
  void aRootWithoutAFiniteBracketIsNotANumber() {
    assertTrue(Double.isNaN(IncreasingRoot.find((x, d) -> x, Double.NaN, 1)));
  }

  @Test
  void withoutTheConstraintAnInverseThatIsNoneFails() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      SplittableRandom random = new SplittableRandom(GradientCheck.defaultSeed());
      Planar planar = Planar.create(parameters, "p", 2, 0, false, random);
      parameters.set(new double[] {-2, 0, 1, 0.5, 0});
      Tape tape = Tape.evaluating(backend);
      Var z = tape.constant(new double[] {1, 2}, 1, 2);
      assertFails(
          ErrorKey.SOLVE_FAILED,
          () -> planar.inverse(Pass.evaluation(tape, random), z, null),
          "w'u is -2");
      parameters.set(new double[] {0.5, -0.3, 1, 0.5, 0.1});
      Var there = planar.forward(Pass.evaluation(tape, random), z, null).value();
      Var back = planar.inverse(Pass.evaluation(tape, random), there, null).value();
      assertEquals(2, Elements.of(backend, back.value())[1], 1e-14);
    }
  }
}
