package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bijections ask for is in the loss of maximum likelihood, of whole batches and of parts. */
final class PenaltiesTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int DIM = 2;
  private static final double PENALTY = 0.3;

  /** {@code z = s x}, which asks for {@code PENALTY |z|^2} in training. */
  private record Stretch(Parameter factors, boolean isRowwise) implements Bijection {
    @Override
    public int dim() {
      return DIM;
    }

    @Override
    public int contextSize() {
      return 0;
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      Tape tape = pass.tape();
      Var s = tape.parameter(factors);
      Var z = tape.multiply(x, s);
      if (pass.training()) {
        pass.penalties().add(tape, tape.squaredNorms(z, PENALTY));
      }
      Var logDet = tape.rowSum(tape.apply(Elementwise.LOG, s));
      return Transformed.exact(z, tape.repeat(logDet, x.rows()));
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      throw new AssertionError("not used");
    }
  }

  /** Loss and gradient; {@code z = s^2 x} by two stretches with the same factors. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void areAddedToTheLoss(boolean rowwise) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      double[] s = {0.8, 1.7};
      Parameters parameters = new Parameters(backend);
      Stretch stretch = new Stretch(parameters.add("factors", s, DIM), rowwise);
      Composition twice = new Composition(List.of(stretch, stretch));
      Flow flow = new Flow(DiagonalNormal.standard(DIM), twice, backend);
      double[][] rows = DiagonalNormal.standard(DIM).sample(300, new SplittableRandom(SEED));
      Tape tape = Tape.recording(backend);
      Pass pass = Pass.training(tape, new SplittableRandom(SEED));
      Var loss = Objectives.negativeLogLikelihood(flow).loss(pass, Batch.of(rows));
      tape.backward(loss);

      double expected = DIM * 0.5 * Math.log(2 * Math.PI);
      double[] gradient = new double[DIM];
      for (int j = 0; j < DIM; j++) {
        int column = j;
        double square =
            Arrays.stream(rows).mapToDouble(r -> r[column] * r[column]).average().orElseThrow();
        expected -= 2 * Math.log(s[j]);
        expected +=
            square * (0.5 * Math.pow(s[j], 4) + PENALTY * (s[j] * s[j] + Math.pow(s[j], 4)));
        gradient[j] =
            -2 / s[j]
                + square * (2 * Math.pow(s[j], 3) + PENALTY * (2 * s[j] + 4 * Math.pow(s[j], 3)));
      }
      assertEquals(expected, Elements.of(backend, loss.value())[0], 1e-12, "seed " + SEED);
      assertArrayEquals(gradient, parameters.gradient(), 1e-12, "seed " + SEED);
    }
  }
}
