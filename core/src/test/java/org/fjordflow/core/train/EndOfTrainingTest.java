package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.BestValues;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which parameters a training keeps, and what ends it. */
final class EndOfTrainingTest {

  private static final double[] INITIAL = {3, -2, 0.5};

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  @TempDir Path folder;

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  private static Trainer trainer(
      TrainerConfig config,
      Parameters parameters,
      Validation validation,
      TrainingListener... listeners) {
    return new Trainer(
        config,
        parameters,
        TinyModels.bowl(parameters),
        TinyModels.noisy(1),
        validation,
        List.of(listeners));
  }

  private static TrainerConfig config(long steps) {
    return TrainerConfig.of(steps, 4, 3).withOptimizer(Adam.of(0.1)).withValidation(10, 0);
  }

  /** Rows to validate on that training leads away from. */
  @Test
  void theUntrainedParametersMayBeTheBestOnes() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Validation away = random -> Math.abs(parameters.get()[0] - INITIAL[0]);
    TrainingResult result = trainer(config(30), parameters, away).train();
    assertEquals(0, result.bestStep());
    assertEquals(0, result.bestValidationLoss());
    assertArrayEquals(INITIAL, parameters.get());
    assertFalse(Arrays.equals(INITIAL, result.state().values().parameters()));
  }

  @Test
  void validationBeginsEarly() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    TrainingResult result = trainer(config(25), parameters, random -> parameters.get()[1]).train();
    assertEquals(
        List.of(0L, 1L, 2L, 4L, 8L, 10L, 20L, 25L),
        result.validations().stream().map(ValidationMetrics::step).toList());
  }

  /**
   * The plateau and the patience see the validations of the interval alone: the best early one,
   * which no later one reaches, moves neither.
   */
  @Test
  void earlyValidationsLeaveTheWayAsItIs() {
    long[] counted = {10, 20, 30, 40, 50, 60};
    List<double[]> ways = new ArrayList<>();
    for (double early : new double[] {-100, 100}) {
      Parameters parameters = TinyModels.bowlParameters(backend);
      long[] made = new long[1];
      TrainingListener counter =
          new TrainingListener() {
            @Override
            public void step(StepMetrics metrics) {
              made[0] = metrics.step();
            }
          };
      Validation judge =
          random -> Arrays.binarySearch(counted, made[0]) < 0 ? early : Math.abs(made[0] - 20);
      TrainerConfig config =
          config(1_000).withValidation(10, 4).withSchedule(new Schedule.Plateau(2));
      TrainingResult result = trainer(config, parameters, judge, counter).train();
      assertEquals(EndReason.EARLY_STOPPED, result.reason());
      assertEquals(60, result.steps(), "the gain of step 20, and four without one");
      assertEquals(early < 0 ? 0 : 20, result.bestStep());
      ways.add(result.state().values().parameters());
    }
    assertArrayEquals(ways.get(0), ways.get(1));
  }

  /** From every step, through a file: the same best values and the same end. */
  @Test
  void aResumedRunKeepsWhatAnUnstoppedOneKeeps() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    // Best after 4 steps: an early validation.
    double[] target = {2.6, -1.6, 0.9};
    Validation near =
        random -> {
          double[] theta = parameters.get();
          double sum = 0;
          for (int i = 0; i < theta.length; i++) {
            sum += Math.abs(theta[i] - target[i]);
          }
          return sum;
        };
    Path file = folder.resolve("checkpoint.safetensors");
    for (long stopped = 0; stopped <= 12; stopped++) {
      long at = stopped;
      TrainerConfig config = config(25);
      parameters.set(INITIAL);
      TrainingListener writer =
          new TrainingListener() {
            @Override
            public void stepEnded(long step, Supplier<TrainingState> state) {
              if (step == at) {
                Checkpoint.of(state.get(), config).write(file, parameters);
              }
            }
          };
      if (at == 0) {
        Checkpoint.of(TrainingState.start(parameters), config).write(file, parameters);
      }
      TrainingResult whole = trainer(config, parameters, near, writer).train();
      assertEquals(4, whole.bestStep());
      double[] kept = parameters.get();
      TrainingState state = Checkpoint.read(file, parameters).stateFor(config);
      TrainingResult rest = trainer(config, parameters, near).resume(state);
      assertEquals(whole.bestStep(), rest.bestStep());
      assertEquals(whole.bestValidationLoss(), rest.bestValidationLoss());
      assertArrayEquals(kept, parameters.get());
      assertArrayEquals(whole.state().values().parameters(), rest.state().values().parameters());
      assertEquals(whole.state().validations(), rest.state().validations());
    }
  }

  /** A limit that is over with the first step: that one is made, judged and may be kept. */
  @Test
  void whereTheTimeIsOverTheLastParametersAreJudged() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Validation falling = random -> parameters.get()[0];
    TrainerConfig limited = config(1_000).withValidation(400, 0).withTimeLimit(1e-9);
    Path file = folder.resolve("checkpoint.safetensors");
    TrainingResult result = trainer(limited, parameters, falling).train();
    assertEquals(EndReason.TIME_OVER, result.reason());
    assertEquals(1, result.steps());
    assertEquals(1, result.bestStep());
    TrainingState state = result.state();
    for (int more = 2; more <= 7; more++) {
      Checkpoint.of(state, limited).write(file, parameters);
      state = Checkpoint.read(file, parameters).stateFor(limited);
      TrainingResult next = trainer(limited, parameters, falling).resume(state);
      assertEquals(more, next.steps(), "each call has the time again");
      assertEquals(more, next.bestStep(), "also where no validation is due");
      state = next.state();
    }
    double[] inSteps = parameters.get();
    parameters.set(INITIAL);
    TrainingResult atOnce = trainer(config(7).withValidation(400, 0), parameters, falling).train();
    assertEquals(EndReason.COMPLETED, atOnce.reason());
    assertArrayEquals(parameters.get(), inSteps);
  }

  @Test
  void aTimeLimitIsNotNegative() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> config(1).withTimeLimit(-1), "time limit: -1.0");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> config(1).withTimeLimit(Double.NaN));
  }

  /** Files before there was an untrained candidate name the step of the last gain alone. */
  @Test
  void checkpointsOfEarlierVersionsAreRead() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    TrainerConfig config = config(20);
    TrainingResult result =
        trainer(config, parameters, random -> Math.abs(parameters.get()[2])).train();
    Path file = folder.resolve("checkpoint.safetensors");
    Checkpoint.of(result.state(), config).write(file, parameters);
    SafetensorsFile written = SafetensorsFile.read(file);
    Map<String, String> earlier = new HashMap<>(written.metadata());
    assertNotNull(earlier.remove("kept_step"));
    assertNotNull(earlier.remove("kept_loss"));
    assertNotNull(earlier.remove("fjord.sha256"));
    earlier.put("format", "fjord-checkpoint-2");
    new SafetensorsFile(written.tensors(), earlier).write(file);
    TrainingState state = Checkpoint.read(file, parameters).state();
    BestValues best = Objects.requireNonNull(state.best());
    assertEquals(result.state().validations().bestStep(), best.step());
    assertEquals(result.state().validations().bestLoss(), best.loss());
  }
}
