package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fjord train --source} and {@code fjord transform --time}. */
final class SampleMapCommandTest {

  @TempDir private Path folder;

  private Path before;
  private Path between;
  private Path after;

  @BeforeEach
  void write() {
    before = write("before.csv", 300, 0);
    between = write("between.csv", 150, 2);
    after = write("after.csv", 200, 4);
  }

  private Path write(String name, int n, double mean, String... columns) {
    SplittableRandom random = new SplittableRandom(n);
    double[][] rows = new double[n][2];
    for (double[] row : rows) {
      row[0] = mean + random.nextGaussian();
      row[1] = 100 + random.nextGaussian();
    }
    Path file = folder.resolve(name);
    Tables.write(file, Table.of(columns.length == 0 ? List.of("x", "y") : List.of(columns), rows));
    return file;
  }

  private CommandRun train(Path out, Object... more) {
    Object[] words = {
      "train",
      "--source",
      before,
      "--data",
      after,
      "--out",
      out,
      "--set",
      "batchSize=64",
      "--set",
      "hidden=32,32"
    };
    Object[] all = new Object[words.length + more.length];
    System.arraycopy(words, 0, all, 0, words.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void rowsAreCarriedToTimesBetweenTwoSamples() throws IOException {
    Path out = folder.resolve("map");
    CommandRun run = train(out, "--steps", 300);
    run.assertDone();
    assertTrue(run.out().contains("Wasserstein-2 distance"), run.out());
    assertTrue(CommandRun.files(out).contains("samples.png"));
    assertTrue(CommandRun.files(out).contains("report.html"), run.out());
    var about = ModelFolder.describe(out);
    assertEquals("source", about.at("/model/base/type").asText());
    assertEquals("matching", about.at("/objective/kind").asText());
    assertEquals(20, about.at("/result/testRows").asInt());

    Path carried = folder.resolve("carried.csv");
    CommandRun half =
        CommandRun.done(
            "transform",
            "--model",
            out,
            "--data",
            before,
            "--out",
            carried,
            "--time",
            0.5,
            "--against",
            between);
    double distance =
        Double.parseDouble(half.out().replaceAll("(?s).*Wasserstein-2 distance ([0-9.]+).*", "$1"));
    assertTrue(distance < 0.8, half.out());
    Table rows = Tables.read(carried);
    assertEquals(List.of("x", "y"), rows.names());
    assertEquals(300, rows.rowCount());

    // Without a time a map goes from data to the source, as any model goes to its base.
    Path there = folder.resolve("there.csv");
    Path back = folder.resolve("back.csv");
    CommandRun.done("transform", "--model", out, "--data", after, "--out", there);
    CommandRun.done("transform", "--model", out, "--data", there, "--out", back, "--inverse");
    assertEquals(Tables.read(after).rows()[7][0], Tables.read(back).rows()[7][0], 1e-2);
  }

  @Test
  void aMapIsResumedWithItsOwnSource() throws IOException {
    Path whole = folder.resolve("whole");
    train(whole, "--steps", 6, "--no-pictures").assertDone();
    Path parts = folder.resolve("parts");
    train(parts, "--steps", 3, "--no-pictures", "--set", "schedule=constant").assertDone();
    train(parts, "--steps", 6, "--no-pictures", "--resume", "--set", "schedule=constant")
        .assertDone();
    Path config = whole.resolve("config.json");
    Path again = folder.resolve("again");
    train(again, "--model", config, "--no-pictures").assertDone();
    assertEquals(
        -1, Files.mismatch(whole.resolve("model.safetensors"), again.resolve("model.safetensors")));
    write("before.csv", 300, 9);
    train(parts, "--steps", 9, "--no-pictures", "--resume", "--set", "schedule=constant")
        .assertFailed(ExitStatus.WRONG_INPUT, "source");
  }

  @Test
  void whatAMapCannotDoIsSaidInOneLine() {
    Path out = folder.resolve("map");
    train(out, "--steps", 2, "--no-pictures").assertDone();
    Path file = folder.resolve("any.csv");
    CommandRun.of("score", "--model", out, "--data", after, "--out", file)
        .assertFailed(ExitStatus.WRONG_INPUT, "unknown", "transform --time");
    CommandRun.of("sample", "--model", out, "--n", 5, "--out", file)
        .assertFailed(ExitStatus.WRONG_INPUT, "unknown", "transform --time");
    CommandRun.of("transform", "--model", out, "--data", after, "--out", file, "--time", 2)
        .assertFailed(ExitStatus.WRONG_INPUT, "2.0");
    CommandRun.of(
            "transform", "--model", out, "--data", after, "--out", file, "--time", 1, "--inverse")
        .assertFailed(ExitStatus.WRONG_INPUT, "--from-time");
    Path other = write("other.csv", 50, 0, "x", "z");
    CommandRun.of("train", "--source", other, "--data", after, "--out", folder.resolve("o"))
        .assertFailed(ExitStatus.WRONG_INPUT, "other.csv", "y");
    CommandRun.of("train", "--source", before, "--data", "moons", "--out", folder.resolve("o"))
        .assertFailed(ExitStatus.WRONG_INPUT, "moons");
    train(folder.resolve("o"), "--objective", "likelihood")
        .assertFailed(ExitStatus.WRONG_INPUT, "matching");
    CommandRun.of(
            "train",
            "--data",
            after,
            "--model",
            out.resolve("config.json"),
            "--out",
            folder.resolve("o"))
        .assertFailed(ExitStatus.WRONG_INPUT, "--source");
  }
}
