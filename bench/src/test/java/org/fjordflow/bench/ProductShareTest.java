package org.fjordflow.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.bench.ProductShare.Effort;
import org.fjordflow.bench.ProductShare.Repetition;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProductShareTest {
  private static final int ROWS = 7;
  private static final int IN = 3;
  private static final int OUT = 5;

  @Test
  void productsOfALayerAreThoseOfTheFormula() {
    try (TimedBackend backend = new TimedBackend(new CpuBackend(DType.FLOAT64, 1))) {
      Parameters parameters = new Parameters(backend);
      Dense layer = Dense.create(parameters, "layer", IN, OUT, new SplittableRandom(1));
      Tape tape = Tape.recording(backend);
      Var y = layer.apply(tape, tape.input(backend.allocate(ROWS, IN)), Elementwise.TANH);
      long product = 2L * ROWS * IN * OUT;
      assertEquals(product, backend.takeProducts().flops());
      tape.backward(tape.mean(y));
      // The gradients of the input and of the weights.
      assertEquals(2 * product, backend.takeProducts().flops());
      assertEquals(0, backend.takeProducts().flops());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void measuringChangesNothing(int threads) {
    ModelConfig config = Workload.TOY_100.model();
    CpuBackend plain = new CpuBackend(DType.FLOAT32, threads);
    TimedBackend timed = new TimedBackend(new CpuBackend(DType.FLOAT32, threads));
    try (GradientStep expected = new GradientStep(config, ROWS, plain);
        GradientStep step = new GradientStep(config, ROWS, timed)) {
      expected.run();
      step.run();
      assertEquals(expected.loss(), step.loss());
      assertArrayEquals(
          expected.model().parameters().gradient(), step.model().parameters().gradient());
      assertTrue(timed.takeProducts().flops() > 0, "nothing was counted");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sharesAreParts(int threads) {
    List<Repetition> all =
        ProductShare.measure(Workload.TOY_100.model(), ROWS, threads, new Effort(0, 3, 0, 16));
    assertEquals(3, all.size());
    for (Repetition repetition : all) {
      assertEquals(1, repetition.runs());
      assertEquals(all.get(0).products().flops(), repetition.products().flops());
      assertTrue(repetition.share() > 0 && repetition.share() < 1, repetition::toString);
      // Four products by each thread, before and after.
      assertEquals(4L * threads * 2 * 16 * 16 * 16, repetition.before().flops());
      assertEquals(repetition.before().flops(), repetition.after().flops());
    }
  }

  @Test
  void aBackendOfAnotherTypeIsNotTaken() {
    ModelConfig config = Workload.TOY_100.model();
    try (CpuBackend other = new CpuBackend(DType.FLOAT64, 1)) {
      FjordException failure =
          assertThrows(
              FjordException.class, () -> config.create(other, new SplittableRandom(1)).close());
      assertEquals(ErrorKey.TYPE_MISMATCH, failure.key());
    }
  }
}
