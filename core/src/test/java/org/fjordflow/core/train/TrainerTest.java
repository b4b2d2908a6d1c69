package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.TrainerConfig.RollbackPolicy;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.core.train.optim.Optimizer.Adamax;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop: convergence, determinism, resumption, validation, stopping. */
final class TrainerTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  @TempDir Path folder;

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

  private static TrainerConfig withEverything(int steps) {
    return TrainerConfig.of(steps, 5, 21)
        .withOptimizer(new Adam(0.05, 0.9, 0.99, 1e-8, 1e-3))
        .withValidation(7, 50)
        .withSchedule(new Schedule.WarmUp(10, new Schedule.Plateau(2)))
        .withClipNorm(1)
        .withRollback(new RollbackPolicy(3, 0.5, 10));
  }

  /** A trainer whose probes, rows, validation and a failing step all bear on the result. */
  private static Trainer everything(
      TrainerConfig config, Parameters parameters, TrainingListener... listeners) {
    double[][] rows = new double[23][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {Math.sin(i), Math.cos(2 * i), i % 3};
    }
    BatchSource shuffled = BatchSource.shuffled(Batch.of(rows));
    long[] step = new long[1];
    BatchSource counting =
        (s, size, streams) -> {
          step[0] = s;
          return shuffled.batch(s, size, streams);
        };
    Objective bowl = TinyModels.bowl(parameters);
    Objective noisy =
        (pass, batch) -> {
          double factor = step[0] == 37 ? Double.NaN : 1 + pass.random().nextDouble();
          return pass.tape().affine(factor, bowl.loss(pass, batch), 0);
        };
    Validation validation = random -> random.nextDouble() + Math.abs(parameters.get()[1]);
    return new Trainer(config, parameters, noisy, counting, validation, List.of(listeners));
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32,7,0", "FLOAT64,20,0", "FLOAT64,40,0", "FLOAT64,99,0", "FLOAT32,13,0.9", "FLOAT64,40,0.9"
  })
  void aResumedRunIsBitEqual(DType dtype, int middle, double average) throws Exception {
    Path file = folder.resolve("checkpoint.safetensors");
    try (Backend other = new CpuBackend(dtype)) {
      TrainerConfig config = withEverything(100).withAverage(average);
      Parameters whole = TinyModels.bowlParameters(other);
      TrainingResult expected = everything(config, whole).train();
      assertEquals(1, expected.state().rollbacks());

      Parameters begun = TinyModels.bowlParameters(other);
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          everything(
              config,
              begun,
              new Checkpoint.Writer(file, begun, config, 1000),
              atStep(middle, () -> trainer[0].stop()));
      TrainingResult stopped = trainer[0].train();
      assertEquals(EndReason.STOPPED, stopped.reason());
      assertEquals(middle, stopped.steps());

      Parameters resumed = TinyModels.bowlParameters(other);
      TrainingState state = Checkpoint.read(file, resumed).stateFor(config);
      TrainingResult actual = everything(config, resumed).resume(state);
      assertArrayEquals(whole.get(), resumed.get());
      assertArrayEquals(
          expected.state().values().parameters(), actual.state().values().parameters());
      assertArrayEquals(expected.state().optimizer().second(), actual.state().optimizer().second());
      assertArrayEquals(expected.state().average(), actual.state().average());
      assertEquals(expected.state().validations(), actual.state().validations());
      assertEquals(expected.bestStep(), actual.bestStep());
      assertEquals(100, actual.steps());
      assertEquals(100 - 1, stopped.history().size() + actual.history().size());
    }
  }

  private static TrainingListener atStep(long step, Runnable action) {
    return new TrainingListener() {
      @Override
      public void step(StepMetrics metrics) {
        if (metrics.step() == step) {
          action.run();
        }
      }
    };
  }

  @Test
  void stopBeforeTheFirstStepTrainsNothing() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Trainer trainer = everything(withEverything(100), parameters);
    trainer.stop();
    TrainingResult result = trainer.train();
    assertEquals(EndReason.STOPPED, result.reason());
    assertEquals(0, result.steps());
    assertTrue(Double.isNaN(result.finalLoss()));
    assertArrayEquals(new double[] {3, -2, 0.5}, parameters.get());
  }

  /** The average of parameters that Adam moves by the same rate in every step is known. */
  @Test
  void theAverageIsValidatedAndKept() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Objective slope =
        (pass, batch) ->
            pass.tape()
                .mean(pass.tape().parameter(parameters.entries().get(0).parameter()));
    List<double[]> validated = new ArrayList<>();
    Validation kept =
        random -> {
          validated.add(parameters.get());
          return -validated.size();
        };
    TrainerConfig config =
        TrainerConfig.of(40, 4, 1)
            .withOptimizer(new Adam(0.5, 0, 0, 0, 0))
            .withValidation(20, 0)
            .withAverage(0.75);
    TrainingResult result =
        new Trainer(config, parameters, slope, TinyModels.noisy(0), kept, List.of()).train();
    double theta = 3;
    double average = 3;
    double[] halfway = new double[1];
    for (int step = 1; step <= 40; step++) {
      theta -= 0.5;
      double keep = Math.min(0.75, step / (step + 9.0));
      average = keep * average + (1 - keep) * theta;
      if (step == 20) {
        halfway[0] = average;
      }
    }
    assertEquals(halfway[0], validated.get(0)[0], 1e-9);
    assertEquals(average, parameters.get()[0], 1e-9);
    assertEquals(theta, result.state().values().parameters()[0], 1e-9);
    assertArrayEquals(validated.get(1), parameters.get());
  }

  @Test
  void anAverageThatForgetsNothingIsRefused() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> TrainerConfig.of(1, 1, 0).withAverage(1).averageDecay(),
        "decay of the average");
  }

  /** The loss to validate by is smallest halfway: those parameters are kept, and it ends early. */
  @Test
  void theBestParametersAreKept() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    List<double[]> validated = new ArrayList<>();
    Validation turning =
        random -> {
          validated.add(parameters.get());
          return Math.abs(validated.size() - 10); // four of them before step 5
        };
    TrainerConfig config =
        TrainerConfig.of(1000, 4, 1).withOptimizer(Adam.of(0.01)).withValidation(5, 4);
    TrainingResult result =
        new Trainer(
                config,
                parameters,
                TinyModels.bowl(parameters),
                TinyModels.noisy(0),
                turning,
                List.of())
            .train();
    assertEquals(EndReason.EARLY_STOPPED, result.reason());
    assertEquals(50, result.steps());
    assertEquals(30, result.bestStep());
    assertEquals(0, result.bestValidationLoss());
    assertEquals(14, result.validations().size());
    assertArrayEquals(validated.get(9), parameters.get());
    assertFalse(Arrays.equals(validated.get(13), parameters.get()));
  }

  /** A validation that cannot be computed is no gain and no end. */
  @Test
  void aFailedValidationCountsAsInfinite() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    int[] count = new int[1];
    Validation failing =
        random -> {
          count[0]++;
          if (count[0] == 1 || count[0] == 7) {
            throw new FjordException(ErrorKey.SOLVE_FAILED, "provoked");
          }
          return count[0] < 6 || count[0] == 8 ? Double.NaN : 1;
        };
    TrainingResult result =
        new Trainer(
                TrainerConfig.of(35, 4, 1).withValidation(10, 0),
                parameters,
                TinyModels.bowl(parameters),
                TinyModels.noisy(0),
                failing,
                List.of())
            .train();
    assertEquals(
        List.of(1.0, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 1.0),
        result.validations().stream().skip(5).map(ValidationMetrics::loss).toList());
    assertEquals(10, result.bestStep());
    assertEquals(35, result.validations().get(8).step());
  }

  /** A gradient longer than the limit is the limit long: the step of plain descent shows it. */
  @Test
  void clippingReachesTheOptimizer() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    TrainerConfig config = TrainerConfig.of(1, 4, 1).withClipNorm(1e-3);
    TrainingResult result =
        new Trainer(config, parameters, TinyModels.bowl(parameters), TinyModels.noisy(0), List.of())
            .train();
    double norm = 2 * Math.sqrt(4 + 16 + 6.25);
    assertEquals(norm, result.history().get(0).gradientNorm(), 1e-12);
    double factor = 1e-3 / (norm + 1e-6);
    double[] gradient = {4 * factor, -8 * factor, -5 * factor};
    double[] first = result.state().optimizer().first();
    for (int i = 0; i < 3; i++) {
      assertEquals(0.1 * gradient[i], first[i], 1e-16);
    }
  }

  @Test
  void validationAndItsIntervalGoTogether() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            new Trainer(
                withEverything(10),
                parameters,
                TinyModels.bowl(parameters),
                TinyModels.noisy(0),
                List.of()));
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () ->
            everything(withEverything(10), parameters)
                .resume(TrainingState.start(new Parameters(backend))),
        "0 parameters");
  }
}
