package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.model.FlowModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as a process of its own. */
final class ProcessTest {

  private static final int LIMIT_SECONDS = 300;

  @TempDir private Path folder;

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no SIGINT to send")
  void ctrlCKeepsWhatWasTrained() throws Exception {
    Path out = folder.resolve("run");
    Process process =
        start(
            "train",
            "--data",
            "moons",
            "--out",
            out.toString(),
            "--steps",
            "1000000",
            "--set",
            "hidden=8",
            "--set",
            "batchSize=16");
    // Where this process ignores SIGINT, so does the other one: it would never end.
    CompletableFuture<Process> ended =
        process
            .onExit()
            .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
            .exceptionally(late -> process.destroyForcibly());
    String said = "";
    try (BufferedReader reader = process.inputReader()) {
      String line = reader.readLine();
      while (line != null && !line.startsWith("step 1 of")) {
        said += line + "\n";
        line = reader.readLine();
      }
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      for (line = reader.readLine(); line != null; line = reader.readLine()) {
        said += line + "\n";
      }
    }
    assertEquals(ExitStatus.INTERRUPTED, ended.join().waitFor(), said);
    assertTrue(said.contains("--resume"), said);
    assertEquals(
        List.of("checkpoint.safetensors", "config.json", "metrics.csv", "model.safetensors"),
        CommandRun.files(out));
    long steps = ModelFolder.describe(out).at("/result/steps").asLong();
    assertTrue(steps >= 1 && steps < 1_000_000, steps + " steps");
    assertEquals(steps, Tables.readWithGaps(out.resolve("metrics.csv")).rowCount());
    try (FlowModel model = FlowModel.load(out)) {
      assertTrue(model.parameters().size() > 0);
    }
  }

  @Test
  void failuresEndWithTheirStatus() throws Exception {
    Process process = start("info", folder.resolve("nosuch").toString());
    try (BufferedReader reader = process.inputReader()) {
      List<String> lines = reader.lines().toList();
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(lines.get(0).startsWith("fjord: "), lines.get(0));
    }
    assertEquals(ExitStatus.WRONG_INPUT, process.waitFor());
  }

  /** The module is on the class path here, as it is in the distribution. */
  @ParameterizedTest
  @CsvSource({"auto, false", "cpu, false", "nd4j, true"})
  void nd4jIsLoadedWhenAskedForAlone(String backend, boolean loaded) throws Exception {
    Path log = folder.resolve("classes.txt");
    Path out = folder.resolve("run");
    Process process =
        start(
            List.of("-Xlog:class+load:file=" + log.getFileName()),
            "train",
            "--data",
            "moons",
            "--out",
            out.toString(),
            "--steps",
            "2",
            "--no-pictures",
            "--set",
            "hidden=4",
            "--set",
            "data.testPoints=10",
            "--set",
            "model.backend=" + backend);
    try (BufferedReader reader = process.inputReader()) {
      String said = String.join("\n", reader.lines().toList());
      assertEquals(ExitStatus.DONE, process.waitFor(), said);
    }
    try (Stream<String> lines = Files.lines(log)) {
      List<String> found = lines.filter(line -> line.contains(" org.nd4j.")).limit(3).toList();
      assertEquals(loaded, !found.isEmpty(), found.toString());
    }
    assertEquals(backend, ModelFolder.json(out).at("/backend").asText());
    String taken = loaded ? "nd4j" : "cpu";
    assertEquals(taken, ModelFolder.describe(out).at("/provenance/computed/backend").asText());
  }

  private Process start(String... words) throws IOException {
    return start(List.of(), words);
  }

  private Process start(List<String> flags, String... words) throws IOException {
    List<String> command = KilledRunTest.java(flags);
    command.addAll(List.of(words));
    return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
  }
}
