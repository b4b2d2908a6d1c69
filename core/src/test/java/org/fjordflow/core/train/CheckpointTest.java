package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.Faults;
import org.fjordflow.core.train.TrainerConfig.RollbackPolicy;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint keeps, and what it is not believed for. */
class CheckpointTest {
  private static final TrainerConfig CONFIG =
      TrainerConfig.of(60, 4, 3)
          .withOptimizer(Adam.of(0.05))
          .withSchedule(new Schedule.Cosine(60, 0.1))
          .withValidation(10, 20)
          .withAverage(0.8)
          .withRollback(new RollbackPolicy(3, 0.5, 10));

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  @TempDir Path folder;

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  private static Trainer trainer(Parameters parameters, TrainingListener... listeners) {
    Objective bowl = TinyModels.bowl(parameters);
    boolean[] fails = new boolean[1];
    // The batches of three steps in a row, and of one later, have no finite loss.
    BatchSource batches = TinyModels.noisy(1);
    Objective failing =
        (pass, batch) -> {
          if (fails[0]) {
            throw new FjordException(ErrorKey.NON_FINITE, "provoked");
          }
          return bowl.loss(pass, batch);
        };
    BatchSource watched =
        (step, size, streams) -> {
          fails[0] = (step >= 26 && step <= 28) || step == 33;
          return batches.batch(step, size, streams);
        };
    Validation validation = random -> Math.abs(parameters.get()[0] - 1);
    return new Trainer(CONFIG, parameters, failing, watched, validation, List.of(listeners));
  }

  /** Those of steps 26 to 28 go back to before step 21, whether the run was resumed or not. */
  @ParameterizedTest
  @ValueSource(ints = {21, 25, 26, 27, 28, 29, 30, 32, 33, 40})
  void aRollbackAfterAResumptionGoesBackAsFar(int middle) {
    Path file = folder.resolve("checkpoint.safetensors");
    Parameters whole = TinyModels.bowlParameters(backend);
    TrainingResult expected = trainer(whole).train();
    assertEquals(4, expected.state().rollbacks());

    Parameters begun = TinyModels.bowlParameters(backend);
    Trainer[] trainer = new Trainer[1];
    TrainingListener stop =
        new TrainingListener() {
          @Override
          public void stepEnded(long step, Supplier<TrainingState> state) {
            if (step == middle) {
              trainer[0].stop();
            }
          }
        };
    trainer[0] = trainer(begun, stop, new Checkpoint.Writer(file, begun, CONFIG, 1000));
    assertEquals(middle, trainer[0].train().steps());

    Parameters resumed = TinyModels.bowlParameters(backend);
    TrainingResult actual =
        trainer(resumed).resume(Checkpoint.read(file, resumed).stateFor(CONFIG));
    assertArrayEquals(whole.get(), resumed.get());
    assertArrayEquals(expected.state().average(), actual.state().average());
    assertArrayEquals(expected.state().optimizer().first(), actual.state().optimizer().first());
    assertEquals(expected.state().totals(), actual.state().totals());
    assertEquals(expected.finalLoss(), actual.finalLoss());
    assertEquals(expected.bestStep(), actual.bestStep());
    assertEquals(4, actual.state().rollbacks());
  }

  private Path written(Parameters parameters) {
    Path file = folder.resolve("checkpoint.safetensors");
    TrainingResult result =
        trainer(parameters, new Checkpoint.Writer(file, parameters, CONFIG, 10)).train();
    assertEquals(60, result.steps());
    return file;
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Path file = written(parameters);
    byte[] sound = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * sound.length; bit++) {
      byte[] bytes = sound.clone();
      bytes[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, bytes);
      int flipped = bit;
      FjordException found =
          assertThrows(
              FjordException.class,
              () -> Checkpoint.read(file, parameters),
              () -> "bit " + flipped % 8 + " of byte " + flipped / 8);
      String said = String.valueOf(found.getMessage());
      assertTrue(said.contains(file.toString()), said);
    }
    Files.write(file, sound);
    assertEquals(60, Checkpoint.read(file, parameters).stateFor(CONFIG).step());
  }

  @Test
  void aChecksumCannotBeLost() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Path file = written(parameters);
    SafetensorsFile read = SafetensorsFile.read(file);
    Map<String, String> metadata = new HashMap<>(read.metadata());
    metadata.remove("fjord.sha256");
    new SafetensorsFile(read.tensors(), metadata).write(file);
    assertFails(ErrorKey.FILE_DAMAGED, () -> Checkpoint.read(file, parameters), "checksum");
  }

  /** As the running variance of a batch normalisation is after a batch that overflows. */
  @Test
  void anInfiniteBufferComesBack() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    TrainingState start = TrainingState.start(parameters);
    double[] values = {1, Double.POSITIVE_INFINITY, Double.NaN};
    TrainingState state =
        new TrainingState(
            7,
            new ModelValues(values, start.values().buffers()),
            start.optimizer(),
            1,
            0,
            start.validations(),
            null,
            null);
    Path file = folder.resolve("checkpoint.safetensors");
    Checkpoint.of(state, CONFIG).write(file, parameters);
    assertArrayEquals(values, Checkpoint.read(file, parameters).state().values().parameters());
  }

  @Test
  void otherSettingsAreNamedAndLengthsMayChange() {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Checkpoint checkpoint = Checkpoint.read(written(parameters), parameters);
    Map<TrainerConfig, String> others =
        Map.of(
            CONFIG.withOptimizer(Adam.of(0.06)), "training.optimizer",
            CONFIG.withSchedule(new Schedule.Constant()), "training.schedule",
            CONFIG.withClipNorm(1), "training.clipNorm",
            CONFIG.withValidation(20, 20), "training.validationInterval",
            CONFIG.withAverage(0.9), "training.averageDecay",
            CONFIG.withRollback(RollbackPolicy.standard()), "training.rollback");
    others.forEach(
        (config, name) ->
            assertFails(
                ErrorKey.INVALID_CONFIGURATION, () -> checkpoint.stateFor(config), name, "now"));
    TrainerConfig longer =
        CONFIG
            .withSteps(90)
            .withSchedule(new Schedule.Cosine(90, 0.1))
            .withValidation(10, 40)
            .withTimeLimit(60);
    assertEquals(60, checkpoint.stateFor(longer).step());
  }

  /** The disk has room for the metrics and one checkpoint, not for a second one beside it. */
  @Test
  void aCheckpointThatCannotBeWrittenIsToldOnceAndTheLastOneStays() throws IOException {
    Parameters parameters = TinyModels.bowlParameters(backend);
    long size = Files.size(written(TinyModels.bowlParameters(backend)));
    Path file = folder.resolve("full").resolve("checkpoint.safetensors");
    Path full = Faults.full(2 * size + size / 2).on(file);
    List<String> told = new ArrayList<>();
    TrainingResult result =
        trainer(
                parameters,
                new Checkpoint.Writer(full, parameters, CONFIG, 10)
                    .goingOn(e -> told.add(String.valueOf(e.getMessage()))))
            .train();
    assertEquals(60, result.steps());
    assertEquals(
        List.of("cannot write " + file + ": No space left on device; the earlier one is as it was"),
        told);
    assertEquals(20, Checkpoint.read(file, parameters).stateFor(CONFIG).step());
    assertFails(
        ErrorKey.FILE_UNWRITABLE,
        () -> trainer(parameters, new Checkpoint.Writer(full, parameters, CONFIG, 10)).train(),
        "No space left on device");
  }

  @Test
  void metricsThatCannotBeWrittenAreToldOnce() throws IOException {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Path file = folder.resolve("metrics.csv");
    List<String> told = new ArrayList<>();
    CsvMetrics metrics =
        new CsvMetrics(Faults.full(1_500).on(file), 10)
            .goingOn(e -> told.add(String.valueOf(e.getMessage())));
    assertEquals(60, trainer(parameters, metrics).train().steps());
    assertEquals(
        List.of("cannot write " + file + ": No space left on device; the earlier one is as it was"),
        told);
    List<String> lines = Files.readAllLines(file);
    assertTrue(lines.get(0).startsWith("step,loss,"), lines.toString());
    assertTrue(lines.get(lines.size() - 1).startsWith("10,"), lines.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "step,loss\n", "\n\n"})
  void emptyMetricsAreGoneOnWith(String content) throws IOException {
    Parameters parameters = TinyModels.bowlParameters(backend);
    Path file = written(parameters);
    Path metrics = folder.resolve("metrics.csv");
    Files.writeString(metrics, content);
    TrainerConfig longer = CONFIG.withSteps(70).withSchedule(new Schedule.Cosine(70, 0.1));
    new Trainer(
            longer,
            parameters,
            TinyModels.bowl(parameters),
            TinyModels.noisy(1),
            random -> 1,
            List.of(new CsvMetrics(metrics, 10)))
        .resume(Checkpoint.read(file, parameters).stateFor(longer));
    assertEquals(11, Files.readAllLines(metrics).size());
  }
}
