package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.estimators.Divergence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same seed on the same machine gives the same bits. */
final class SeededTrainingTest {

  private static double[] trained(String dtype, String divergence, long seed) {
    SolveSettings solve =
        SolveSettings.exact().withTrainingDivergence(Divergence.of(divergence, 1));
    ModelConfig config =
        SmallModels.config("concatsquash", 2, 0, 16, 2).withDtype(dtype).withSolve(solve);
    RandomStreams streams = new RandomStreams(seed);
    try (BuiltModel<ModelConfig> model =
        config.create(streams.generator(RandomStreams.Purpose.INITIALIZATION))) {
      long steps =
          new Trainer(
                  TrainerConfig.of(100, 32, seed),
                  model.parameters(),
                  Objectives.negativeLogLikelihood(model.flow()),
                  BatchSource.sampled(ToyDensity.MOONS::sample),
                  List.of())
              .train()
              .steps();
      assertEquals(100, steps);
      return model.parameters().get();
    }
  }

  @ParameterizedTest
  @CsvSource({"float32, rademacher", "float64, exact"})
  void aHundredStepsGiveTheSameBitsTwice(String dtype, String divergence) {
    double[] first = trained(dtype, divergence, SEED);
    assertArrayEquals(first, trained(dtype, divergence, SEED));
    assertFalse(Arrays.equals(first, trained(dtype, divergence, SEED + 1)), "the seed matters");
  }
}
