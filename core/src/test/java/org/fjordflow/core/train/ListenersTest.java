package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.core.train.optim.Optimizer.Adamax;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What listeners write. */
final class ListenersTest {

  private static final TrainerConfig CONFIG =
      TrainerConfig.of(25, 4, 3).withOptimizer(Adam.of(0.1)).withValidation(10, 0);

  private final Backend backend = new CpuBackend(DType.FLOAT32);
  private final Parameters parameters = TinyModels.bowlParameters(backend);
  @TempDir Path folder;

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  private Trainer trainer(TrainerConfig config, TrainingListener... listeners) {
    return new Trainer(
        config,
        parameters,
        TinyModels.bowl(parameters),
        TinyModels.noisy(1),
        random -> parameters.get()[0],
        List.of(listeners));
  }

  @Test
  void metricsAreAValidTableAtAnyTime() throws IOException {
    Path csv = folder.resolve("metrics.csv");
    TrainingListener reader =
        new TrainingListener() {
          @Override
          public void stepEnded(long step, Supplier<TrainingState> state) {
            int written = step < 10 ? 0 : step < 20 ? 10 : 20;
            if (written > 0) {
              Table table = Tables.readWithGaps(csv);
              assertEquals(written, table.rowCount(), "at step " + step);
            }
          }
        };
    TrainingResult result = trainer(CONFIG, new CsvMetrics(csv, 10), reader).train();
    Table table = Tables.readWithGaps(csv);
    assertEquals(
        List.of(
            "step",
            "loss",
            "gradient_norm",
            "learning_rate",
            "forward_evaluations",
            "backward_evaluations",
            "seconds",
            "validation_loss"),
        table.names());
    assertEquals(25, table.rowCount());
    for (int i = 0; i < 25; i++) {
      StepMetrics metrics = result.history().get(i);
      double[] row = table.rows()[i];
      assertEquals(i + 1, row[0]);
      assertEquals(metrics.loss(), row[1]);
      assertEquals(metrics.gradientNorm(), row[2]);
      assertEquals(0.1, row[3]);
      assertEquals(metrics.seconds(), row[6]);
      assertEquals(List.of(1, 2, 4, 8, 10, 20, 25).contains(i + 1), !Double.isNaN(row[7]));
    }
    assertEquals(0, result.validations().get(0).step());
    assertEquals(result.validations().get(5).loss(), table.rows()[9][7]);
    onlyFiles("metrics.csv");
  }

  @Test
  void aResumedRunsMetricsFollowThoseBefore() {
    Path csv = folder.resolve("metrics.csv");
    TrainingState[] middle = new TrainingState[1];
    TrainingListener keeper =
        new TrainingListener() {
          @Override
          public void stepEnded(long step, Supplier<TrainingState> state) {
            middle[0] = step == 15 ? state.get() : middle[0];
          }
        };
    TrainingResult whole = trainer(CONFIG, new CsvMetrics(csv, 10), keeper).train();
    TrainingResult rest = trainer(CONFIG, new CsvMetrics(csv, 10)).resume(middle[0]);
    assertEquals(10, rest.history().size());
    double[] losses = Tables.readWithGaps(csv).column(1);
    assertArrayEquals(whole.history().stream().mapToDouble(StepMetrics::loss).toArray(), losses);
  }

  @Test
  void checkpointsComeBackBitForBit() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    TrainingResult result =
        trainer(CONFIG, new Checkpoint.Writer(file, parameters, CONFIG, 7)).train();
    Checkpoint checkpoint = Checkpoint.read(file, parameters);
    TrainingState state = checkpoint.stateFor(CONFIG);
    assertEquals(3, checkpoint.seed());
    assertEquals(25, state.step());
    assertEquals(25, state.optimizer().updates());
    assertEquals(result.state().validations(), state.validations());
    assertArrayEquals(result.state().values().parameters(), state.values().parameters());
    assertArrayEquals(result.state().optimizer().first(), state.optimizer().first());
    assertArrayEquals(result.state().optimizer().second(), state.optimizer().second());
    assertArrayEquals(
        Objects.requireNonNull(result.state().best()).values().parameters(),
        Objects.requireNonNull(state.best()).values().parameters());
    assertEquals(
        List.of(3),
        List.of(SafetensorsFile.read(file).tensor("optimizer.second/theta").shape()[0]));
    onlyFiles("checkpoint.safetensors");
  }

  @Test
  void checkpointsOfOtherRunsAreRefused() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    Checkpoint checkpoint = Checkpoint.of(TrainingState.start(parameters), CONFIG);
    checkpoint.write(file, parameters);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> Checkpoint.read(file, parameters).stateFor(TrainerConfig.of(5, 2, 4)));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> checkpoint.stateFor(CONFIG.withOptimizer(Adamax.of(0.1))));
    Parameters other = new Parameters(backend);
    assertNotNull(other.add("theta", new double[4], 4));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Checkpoint.read(file, other), "theta", "checkpoint");
    ModelTensors.of(parameters, Map.of()).write(file);
    assertFails(ErrorKey.FILE_FORMAT, () -> Checkpoint.read(file, parameters));
    Files.writeString(file, "no tensors");
    assertFails(ErrorKey.FILE_DAMAGED, () -> Checkpoint.read(file, parameters));
    Files.delete(file);
    assertFails(ErrorKey.FILE_MISSING, () -> Checkpoint.read(file, parameters));
  }

  @Test
  void aFileThatCannotBeWrittenEndsTheTrainingWithItsName() throws IOException {
    Path blocked = Files.createFile(folder.resolve("file")).resolve("metrics.csv");
    assertFails(
        ErrorKey.FILE_UNWRITABLE,
        () -> trainer(CONFIG, new CsvMetrics(blocked, 10)).train(),
        "metrics.csv");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new CsvMetrics(blocked, 0));
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> new Checkpoint.Writer(blocked, parameters, CONFIG, 0));
  }

  @Test
  void progressShowsLossAndEvaluations() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    Objective bowl = TinyModels.bowl(parameters);
    Objective counting =
        (pass, batch) -> {
          pass.work().addForward(38, 6, 1);
          pass.work().addBackward(36);
          return bowl.loss(pass, batch);
        };
    TrainingResult result =
        new Trainer(
                TrainerConfig.of(20, 4, 3),
                parameters,
                counting,
                TinyModels.noisy(1),
                List.of(new ConsoleProgress(out)))
            .train();
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("20/20"), text);
    assertTrue(text.contains("nfe 38/36"), text);
    assertTrue(text.contains(String.format(Locale.ROOT, "loss %.4f", result.finalLoss())), text);
    assertEquals(20 * 38, result.forwardEvaluations());
    assertEquals(20 * 36, result.backwardEvaluations());
    assertFits(text);
  }

  /** The longest line there can be. */
  @Test
  void progressFitsATerminalAndShowsTheTimeLeft() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ConsoleProgress progress =
        new ConsoleProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    progress.started(CONFIG.withSteps(1_000_000).withTimeLimit(300), 0);
    progress.validated(new TrainingListener.ValidationMetrics(1, -123456.7891, true, 1));
    progress.step(new StepMetrics(123456, -123456.7891, 1, 1, 123_456, 123_456, 1));
    progress.finished(
        new TrainingResult(
            TrainingResult.EndReason.TIME_OVER,
            1,
            0,
            0,
            1,
            List.of(),
            List.of(),
            TrainingState.start(parameters)));
    String text = bytes.toString(StandardCharsets.UTF_8);
    assertTrue(
        text.matches("(?s).* (5:00|4:5\\d) left  loss -123456.7891 val -123456.7891.*"), text);
    assertFits(text);
  }

  private static void assertFits(String text) {
    for (String line : text.split("[\r\n]", -1)) {
      assertTrue(line.length() < 80, line);
    }
  }

  private void onlyFiles(String... names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(
          List.of(names), files.map(file -> String.valueOf(file.getFileName())).sorted().toList());
    }
  }
}
