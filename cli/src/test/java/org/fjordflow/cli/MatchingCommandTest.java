package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fjord train --objective}. */
final class MatchingCommandTest {

  @TempDir private Path folder;

  private CommandRun train(Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of("train", "--data", "moons", "--model", "mlp", "--out", out, "--no-pictures"));
    words.addAll(List.of("--set", "testPoints=50", "--set", "batchSize=16"));
    words.addAll(Arrays.asList(more));
    return CommandRun.of(words.toArray());
  }

  private static Path model(Path run) {
    return run.resolve("model.safetensors");
  }

  @Test
  void matchingSolvesNothing() {
    Path out = folder.resolve("run");
    CommandRun run = train(out, "--objective", "matching", "--steps", 5);
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertFalse(run.out().contains("evaluations forward"), run.out());
    var about = ModelFolder.describe(out);
    assertEquals("matching", about.at("/objective/kind").asText());
    assertEquals(0.999, about.at("/training/averageDecay").asDouble());
    assertEquals(0, about.at("/result/forwardEvaluations").asInt());
    assertTrue(about.at("/data/standardize").asBoolean());
    CommandRun sampled =
        CommandRun.of(
            "sample",
            "--model",
            out,
            "--n",
            9,
            "--out",
            folder.resolve("s.csv"),
            "--method",
            "euler",
            "--solver-steps",
            2);
    assertEquals(ExitStatus.DONE, sampled.status(), sampled.err());
    assertEquals(9, Tables.read(folder.resolve("s.csv")).rowCount());
  }

  @Test
  void theConfigurationOfAMatchedRunRepeatsItAndLikelihoodGoesOnFromIt() throws IOException {
    Path first = folder.resolve("first");
    String[] few = {"--set", "testPoints=50", "--set", "hidden=8", "--no-pictures"};
    List<Object> words =
        new ArrayList<>(List.of("train", "--data", "moons", "--steps", 3, "--out", first));
    words.addAll(List.of(few));
    assertEquals(ExitStatus.DONE, CommandRun.of(words.toArray()).status());
    assertEquals("matching", ModelFolder.describe(first).at("/objective/kind").asText());
    Path again = folder.resolve("again");
    Path config = first.resolve("config.json");
    CommandRun.done("train", "--data", "moons", "--model", config, "--out", again, "--no-pictures");
    assertEquals(-1, Files.mismatch(model(first), model(again)));
    Path finished = folder.resolve("finished");
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--from",
        first,
        "--steps",
        1,
        "--out",
        finished,
        "--no-pictures",
        "--set",
        "testPoints=50");
    assertEquals("likelihood", ModelFolder.describe(finished).at("/objective/kind").asText());
  }

  @Test
  void partsOfMatchingAreSet() {
    CommandRun run =
        train(
            folder.resolve("run"),
            "--objective",
            "matching",
            "--set",
            "pairing=transport",
            "--set",
            "times=power",
            "--set",
            "times.exponent=2",
            "--set",
            "path=target",
            "--set",
            "path.sigma=0.01",
            "--show");
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    var matching = JsonConfig.parse(run.out(), "the command").at("/objective/matching");
    assertEquals("transport", matching.at("/pairing/type").asText());
    assertEquals(2, matching.at("/times/exponent").asDouble());
    assertEquals(0.01, matching.at("/path/sigma").asDouble());
  }

  @Test
  void likelihoodComesBehindMatchingAndARunGoesOnWhereItWasStopped() throws IOException {
    Path whole = folder.resolve("whole");
    Object[] asked = {"--objective", "matching+likelihood", "--steps", 8};
    CommandRun run = train(whole, asked);
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertTrue(run.out().contains("matching: 4 steps"), run.out());
    assertTrue(run.out().contains("likelihood: 4 steps"), run.out());
    assertEquals(4, Tables.readWithGaps(whole.resolve("matching.csv")).rowCount());
    assertEquals(4, Tables.readWithGaps(whole.resolve("metrics.csv")).rowCount());

    // What a run leaves that was killed between its parts is what matching alone leaves.
    Path killed = folder.resolve("killed");
    train(killed, "--objective", "matching", "--steps", 4);
    Files.delete(killed.resolve("config.json"));
    CommandRun resumed = train(killed, with(asked, "--resume"));
    assertEquals(ExitStatus.DONE, resumed.status(), resumed.err());
    assertEquals(-1, Files.mismatch(model(whole), model(killed)));

    // One that has made all steps of its last part has nothing left to do.
    CommandRun again = train(whole, with(asked, "--resume", "--no-report"));
    assertTrue(again.out().startsWith("nothing to train"), again.out());
  }

  private static Object[] with(Object[] words, Object... more) {
    List<Object> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(Arrays.asList(more));
    return all.toArray();
  }

  @Test
  void whatCannotBeMatchedIsSaidInOneLine() {
    CommandRun discrete =
        CommandRun.of(
            "train",
            "--data",
            "moons",
            "--model",
            "maf",
            "--objective",
            "matching",
            "--out",
            folder.resolve("maf"));
    assertEquals(1, discrete.err().lines().count(), discrete.err());
    assertTrue(discrete.err().contains("likelihood"), discrete.err());
    CommandRun unknown = train(folder.resolve("x"), "--objective", "score");
    assertTrue(unknown.err().contains("matching+likelihood"), unknown.err());
    CommandRun sigma =
        train(folder.resolve("y"), "--objective", "matching", "--set", "path.sigma=-1");
    assertTrue(sigma.err().contains("sigma"), sigma.err());
  }
}
