package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands compute with a saved model. */
final class ScoreAndSampleTest {

  private static final RandomStreams STREAMS = new RandomStreams(11);

  @TempDir private Path folder;
  private Path model;
  private Path data;
  private double[][] rows;

  @BeforeEach
  void saveAModelWithColumnsAAndB() {
    model = folder.resolve("model");
    ModelConfig config =
        ModelConfig.ffjord(2)
            .withDtype("float64")
            .withStandardization(List.of(1.0, -2.0), List.of(2.0, 0.5));
    try (BuiltModel<ModelConfig> created =
        config.create(STREAMS.generator(Purpose.INITIALIZATION))) {
      rows = created.flow().sample(50, Context.none(), STREAMS.generator(Purpose.SAMPLES));
      ModelFolder.save(model, created, java.util.Map.of("columns", List.of("a", "b")));
    }
    data = folder.resolve("rows.csv");
    Tables.write(data, Table.of(List.of("a", "b"), rows));
  }

  /** Nothing is differentiated, so every method will do. */
  @Test
  void everyMethodScoresAlike() {
    double[] expected = score(data, "scores.csv").column(0);
    for (String method : List.of("gbs", "adams-bashforth", "adams-moulton")) {
      Path out = folder.resolve(method + ".csv");
      CommandRun.done("score", "--model", model, "--data", data, "--out", out, "--method", method);
      assertArrayEquals(expected, Tables.read(out).column(0), 1e-2, method);
    }
  }

  @Test
  void scoresAreThoseOfTheLibraryToTheLastBit() {
    double[] scores = score(data, "scores.csv").column(0);
    try (BuiltModel<ModelConfig> loaded = BuiltModel.load(model, ModelConfig.class)) {
      double[] expected =
          loaded.flow().logProb(rows, Context.none(), STREAMS.generator(Purpose.PROBES));
      assertArrayEquals(expected, scores);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBytes() throws IOException {
    List<List<Object>> commands =
        List.of(
            List.of("score", "--data", data),
            List.of("score", "--data", data, "--divergence", "gaussian"),
            List.of("sample", "--n", 40, "--seed", 3),
            List.of("transform", "--data", data),
            List.of("transform", "--data", data, "--inverse"));
    for (List<Object> command : commands) {
      Path one = folder.resolve("one.csv");
      Path two = folder.resolve("two.csv");
      run(command, "--model", model, "--out", one, "--threads", 1);
      run(command, "--model", model, "--out", two, "--threads", 2);
      assertEquals(-1, Files.mismatch(one, two), command.toString());
    }
  }

  private static void run(List<Object> command, Object... more) {
    List<Object> words = new java.util.ArrayList<>(command);
    words.addAll(List.of(more));
    CommandRun.done(words.toArray());
  }

  @Test
  void columnsAreFoundByName() {
    double[] scores = score(data, "scores.csv").column(0);
    double[][] more = new double[rows.length][];
    for (int i = 0; i < more.length; i++) {
      more[i] = new double[] {rows[i][1], i, rows[i][0]};
    }
    Path shuffled = folder.resolve("shuffled.csv");
    Tables.write(shuffled, Table.of(List.of("b", "label", "a"), more));
    assertArrayEquals(scores, score(shuffled, "again.csv").column(0));
  }

  @Test
  void chunksChangeScoresWithinTheTolerance() {
    double[] scores = score(data, "scores.csv", "--rtol", "1e-9", "--atol", "1e-9").column(0);
    Table chunked =
        score(data, "chunked.csv", "--rtol", "1e-9", "--atol", "1e-9", "--chunk-rows", "7");
    assertArrayEquals(scores, chunked.column(0), 1e-7);
  }

  @Test
  void estimatesAgreeWithTheExactTraceWithinTheirErrors() {
    double[] exact = score(data, "exact.csv").column(0);
    for (String name : List.of("hutchinson", "gaussian")) {
      Table estimate = score(data, name + ".csv", "--divergence", name, "--probes", "40");
      assertEquals(List.of("log_prob", "standard_error"), estimate.names());
      double squares = 0;
      for (int i = 0; i < exact.length; i++) {
        double[] row = estimate.rows()[i];
        squares += Math.pow((row[0] - exact[i]) / row[1], 2) / exact.length;
      }
      // The mean square of 50 standardised errors: 1, with a standard deviation near 0.2.
      assertEquals(1, squares, 0.8, name);
    }
  }

  @Test
  void theSameSeedGivesTheSameSamplesInBothFormats() throws IOException {
    Path csv = folder.resolve("a.csv");
    Path npy = folder.resolve("a.npy");
    CommandRun.done("sample", "--model", model, "--n", 9, "--out", csv, "--seed", 5);
    CommandRun.done("sample", "--model", model, "--n", 9, "--out", npy, "--seed", 5);
    assertEquals(List.of("a", "b"), Tables.read(csv).names());
    assertArrayEquals(Tables.read(csv).rows(), NpyFiles.read(npy).toRows());
    Path other = folder.resolve("b.csv");
    CommandRun.done("sample", "--model", model, "--n", 9, "--out", other, "--seed", 6);
    assertNotEquals(Files.readString(csv), Files.readString(other));
  }

  @Test
  void transformThereAndBackReturnsTheRows() {
    Path base = folder.resolve("base.npy");
    Path back = folder.resolve("back.csv");
    CommandRun.done("transform", "--model", model, "--data", data, "--out", base);
    CommandRun.done("transform", "--model", model, "--data", base, "--out", back, "--inverse");
    Table returned = Tables.read(back);
    assertEquals(List.of("a", "b"), returned.names());
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], returned.rows()[i], 1e-4);
    }
  }

  @Test
  void infoSaysSizesAndParameters() {
    CommandRun info = CommandRun.done("info", model, "--parameters");
    for (String text :
        List.of("layer: concatsquash", "chain.0.sqrt_end_time", "columns: [\"a\",\"b\"]")) {
      assertTrue(info.out().contains(text), text + " in " + info.out());
    }
  }

  private Table score(Path rowsFile, String name, Object... more) {
    Path out = folder.resolve(name);
    java.util.List<Object> words = new java.util.ArrayList<>();
    words.addAll(List.of("score", "--model", model, "--data", rowsFile, "--out", out));
    words.addAll(List.of(more));
    CommandRun.done(words.toArray());
    return Tables.read(out);
  }
}
