package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
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
    String said =
        interrupted(
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

  /** Test rows of a continuous flow take long: the model is there, and nothing waits for them. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no SIGINT to send")
  void ctrlCBehindATrainingEndsAtOnce() throws Exception {
    Path out = folder.resolve("run");
    String said =
        interruptedAfter(
            "2 steps in",
            "train",
            "--data",
            "moons",
            "--model",
            "ffjord",
            "--steps",
            "2",
            "--set",
            "data.testPoints=400000",
            "--out",
            out.toString());
    assertTrue(said.contains("stopped behind the training; the model is in " + out), said);
    assertTrue(said.contains("--resume adds how it does on test rows"), said);
    assertFalse(said.contains("test NLL"), said);
    try (FlowModel model = FlowModel.load(out)) {
      assertTrue(model.parameters().size() > 0);
    }
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--model",
        "ffjord",
        "--steps",
        3,
        "--no-pictures",
        "--no-report",
        "--set",
        "data.testPoints=10",
        "--out",
        out,
        "--overwrite");
  }

  /** What was learned so far is a detector, and its folder is let go. */
  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no SIGINT to send")
  void ctrlCKeepsTheDetectorThatWasLearned() throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    double[][] rows = new double[300][2];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    Path data = folder.resolve("rows.csv");
    Tables.write(data, Table.of(List.of("a", "b"), rows));
    Path kept = folder.resolve("detector");
    List<String> words =
        List.of(
            "detect",
            "--train",
            data.toString(),
            "--data",
            data.toString(),
            "--rate",
            "0.1",
            "--recipe",
            "maf",
            "--steps",
            "1000000",
            "--out",
            folder.resolve("out.csv").toString());
    String said =
        interrupted(
            Stream.concat(words.stream(), Stream.of("--save", kept.toString()))
                .toArray(String[]::new));
    assertTrue(said.contains("no row is judged; what was learned so far is in " + kept), said);
    assertEquals(
        List.of("config.json", "detector.json", "model.safetensors"), CommandRun.files(kept));
    assertFalse(Files.exists(folder.resolve("out.csv")));
    CommandRun.done(
        "detect", "--model", kept, "--data", data, "--rate", 0.1, "--out", folder.resolve("o.csv"));
    String alone = interrupted(words.toArray(String[]::new));
    assertTrue(alone.contains("no row is judged; nothing is kept"), alone);
  }

  /** Runs a command and ends it by SIGINT after its first step; returns what it said. */
  private String interrupted(String... words) throws Exception {
    return interruptedAfter("step 1 of", words);
  }

  /** The same after a line that begins with a text. */
  private String interruptedAfter(String start, String... words) throws Exception {
    Process process = start(words);
    // Where this process ignores SIGINT, so does the other one: it would never end.
    CompletableFuture<Process> ended =
        process
            .onExit()
            .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
            .exceptionally(late -> process.destroyForcibly());
    String said = "";
    try (BufferedReader reader = process.inputReader()) {
      String line = reader.readLine();
      while (line != null && !line.startsWith(start)) {
        said += line + "\n";
        line = reader.readLine();
      }
      new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
      for (line = reader.readLine(); line != null; line = reader.readLine()) {
        said += line + "\n";
      }
    }
    assertEquals(ExitStatus.INTERRUPTED, ended.join().waitFor(), said);
    return said;
  }

  /** With little memory, and no folder for temporary files. */
  @Test
  void itWorksWithLittle() throws Exception {
    Path run = folder.resolve("run");
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--steps",
        2,
        "--set",
        "hidden=4",
        "--out",
        run,
        "--no-pictures",
        "--no-report",
        "--set",
        "data.testPoints=10");
    List<String> flags = List.of("-Xmx60m", "-Djava.io.tmpdir=" + folder.resolve("nosuch"));
    for (String[] words :
        new String[][] {
          {"sample", "--model", "run", "--n", "50000", "--out", "samples.csv"},
          {"score", "--model", "run", "--data", "samples.csv", "--out", "scores.csv"},
          {"report", "run"},
        }) {
      Process process = start(flags, words);
      try (BufferedReader reader = process.inputReader()) {
        String said = String.join("\n", reader.lines().toList());
        assertEquals(ExitStatus.DONE, process.waitFor(), said);
      }
    }
    assertEquals(50_000, Tables.read(folder.resolve("scores.csv")).rowCount());
  }

  @Test
  void whatTakesMoreMemoryThanThereIsIsOneLine() throws Exception {
    Process process =
        start(
            List.of("-Xmx60m"),
            "train",
            "--data",
            "moons",
            "--model",
            "ffjord",
            "--set",
            "hidden=[4000,4000]",
            "--steps",
            "1",
            "--no-pictures",
            "--out",
            "run");
    try (BufferedReader reader = process.inputReader()) {
      List<String> lines =
          reader
              .lines()
              .filter(line -> line.startsWith("fjord: ") || line.contains("\tat "))
              .toList();
      assertEquals(1, lines.size(), lines.toString());
      assertTrue(lines.get(0).contains("memory"), lines.toString());
    }
    assertTrue(process.waitFor() != ExitStatus.DONE);
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
