package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop: convergence, determinism, resumption, validation, stopping. */
final class TrainerTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"adam", "adamw", "adamax"})
  void reachesTheMinimumOfABowl(String name) {
    Optimizer optimizer =
        switch (name) {
          case "adam" -> Adam.of(0.1);
          case "adamw" -> new AdamW(0.1, 0.9, 0.999, 1e-8, 0);
          default -> Adamax.of(0.1);
        };
    Parameters parameters = TinyModels.bowlParameters(backend);
    TrainerConfig config =
        TrainerConfig.of(600, 4, 1)
            .withOptimizer(optimizer)
            .withSchedule(new Schedule.Cosine(600, 0));
    TrainingResult result =
        new Trainer(config, parameters, TinyModels.bowl(parameters), TinyModels.noisy(0), List.of())
            .train();
    assertArrayEquals(new double[] {1, 2, 3}, parameters.get(), 1e-4);
    assertEquals(EndReason.COMPLETED, result.reason());
    assertEquals(600, result.steps());
    assertEquals(600, result.history().size());
    assertTrue(result.finalLoss() < 1e-8, () -> "loss " + result.finalLoss());
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void sameSeedGivesTheSameBits(DType dtype) throws Exception {
    double[] first = trained(dtype, 7);
    assertArrayEquals(first, trained(dtype, 7));
    assertFalse(Arrays.equals(first, trained(dtype, 8)));
  }

  private static double[] trained(DType dtype, long seed) throws Exception {
    try (Backend other = new CpuBackend(dtype)) {
      Parameters parameters = TinyModels.bowlParameters(other);
      TrainingResult unused =
          new Trainer(
                  TrainerConfig.of(100, 16, seed),
                  parameters,
                  TinyModels.bowl(parameters),
                  TinyModels.noisy(1),
                  List.of())
              .train();
      return parameters.get();
    }
  }
}
