package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of which some rows have no score, image or prediction. */
final class UnscoredRowsTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  private static double[][] rows;

  private static Path model(String name) {
    return shared.resolve(name);
  }

  @BeforeAll
  static void train() {
    SplittableRandom random = new SplittableRandom(4);
    rows = new double[10_000][2];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> 3 + random.nextGaussian());
    }
    Table some = Table.of(List.of("a", "b"), Arrays.copyOf(rows, 200));
    try (FlowModel model =
        FlowModel.fit(some, FitOptions.builder(Recipe.NSF).steps(3).seed(1).build())) {
      model.save(model("nsf"));
    }
    try (FlowModel model =
        FlowModel.fit(
            some, FitOptions.builder(Recipe.NSF_AR).context("b").steps(3).seed(1).build())) {
      model.save(model("given"));
    }
  }

  /** Rows begin at line 4: a comment and a blank line come first. */
  private Path file(int count, String... cells) throws IOException {
    List<String> lines = new ArrayList<>(List.of("# measured", "a,b", ""));
    for (int i = 0; i < count; i++) {
      lines.add(rows[i][0] + "," + rows[i][1]);
    }
    for (String cell : cells) {
      int line = Integer.parseInt(cell.substring(0, cell.indexOf(':')));
      lines.set(line - 1, cell.substring(cell.indexOf(':') + 1));
    }
    return Files.write(folder.resolve("rows.csv"), lines);
  }

  private CommandRun run(String command, String model, Path data, Object... more) {
    List<Object> words =
        new ArrayList<>(List.of(command, "--model", model(model), "--data", data, "--out", out()));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  private Path out() {
    return folder.resolve("out.csv");
  }

  private double[] column(int column) {
    return Tables.readWithGaps(out()).column(column);
  }

  private static void assertSays(CommandRun run, String... texts) {
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    for (String text : texts) {
      assertTrue(run.out().contains(text), "'" + text + "' in: " + run.out());
    }
  }

  @Test
  void eachIsNamedByItsLineAndTheOthersHaveTheirScores() throws IOException {
    run("score", "nsf", file(10_000));
    double[] expected = column(0);
    CommandRun run =
        run(
            "score",
            "nsf",
            file(10_000, "5:1e39,3", "6:3,-1e300", "9001:NaN,3", "9002:,3", "9004:3,inf"));
    assertSays(
        run,
        "2 rows have density zero, -Infinity: lines 5-6\n",
        "2 rows have no log-density, NaN, column 1 is NaN: lines 9001-9002\n",
        "1 row has no log-density, NaN, column 2 is Infinity: line 9004\n",
        "10000 rows, mean log-density",
        "without 2 of density zero, -Infinity and 3 that cannot be scored, NaN");
    expected[1] = Double.NEGATIVE_INFINITY;
    expected[2] = Double.NEGATIVE_INFINITY;
    IntStream.of(8997, 8998, 9000).forEach(i -> expected[i] = Double.NaN);
    assertArrayEquals(expected, column(0));
  }

  @Test
  void rowsThatLackCellsAreLeftOutAndTheOthersKeepTheirNumbers() throws IOException {
    run("score", "nsf", file(50));
    double[] expected = column(0);
    Path data = file(50, "5:NaN,3", "7:,3");
    assertSays(
        run("score", "nsf", data, "--missing", "drop-rows", "--row-numbers"),
        "2 rows are left out for lack of cells",
        "48 rows, mean log-density");
    assertEquals(List.of(1.0, 3.0, 5.0), boxed(Arrays.copyOf(column(0), 3)));
    assertEquals(expected[4], column(1)[2]);
    assertSays(run("transform", "nsf", data, "--missing", "drop-rows"), "2 rows are left out");
    assertEquals(48, column(0).length);
    assertSays(
        run("predict", "given", file(50, "5:3,NaN", "7:,3"), "--missing", "drop-rows"),
        "1 row is left out");
    assertEquals(49, column(0).length);
  }

  private static List<Double> boxed(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void missingCellsAreRefusedOnRequest() throws IOException {
    Path data = file(50, "5:NaN,3");
    run("score", "nsf", data, "--missing", "refuse")
        .assertFailed(ExitStatus.WRONG_INPUT, "line 5, column 1 ('a') is NaN");
    run("transform", "nsf", data, "--missing", "refuse")
        .assertFailed(ExitStatus.WRONG_INPUT, "line 5, column 1 ('a') is NaN");
    run("predict", "given", file(50, "5:3,"), "--missing", "refuse")
        .assertFailed(ExitStatus.WRONG_INPUT, "line 5", "context is NaN");
    run("score", "nsf", data, "--missing", "often")
        .assertFailed(ExitStatus.WRONG_INPUT, "keep, drop-rows, refuse");
  }

  @Test
  void imagesAndPredictionsOfOtherRowsAreWritten() throws IOException {
    run("transform", "nsf", file(50));
    double[] expected = column(1);
    assertSays(
        run("transform", "nsf", file(50, "5:NaN,3", "9:1e300,3")),
        "1 row has no image, NaN, column 1 is NaN: line 5\n",
        "1 row has no image, NaN, it overflows on its way to the base: line 9\n");
    assertEquals(expected[2], column(1)[2]);
    assertTrue(Double.isNaN(column(1)[1]) && Double.isNaN(column(1)[5]));
    run("predict", "given", file(50));
    double[] mean = column(0);
    assertSays(
        run("predict", "given", file(50, "5:3,inf")),
        "1 row has no prediction, NaN, column 1 of the context is Infinity: line 5\n",
        "mean log-density of 49 targets");
    mean[1] = Double.NaN;
    assertArrayEquals(mean, column(0));
  }

  @Test
  void withoutAnyScoreNothingIsWritten() throws IOException {
    Path data = file(2, "4:NaN,3", "5:3,");
    for (String way : List.of("keep", "drop-rows")) {
      run("score", "nsf", data, "--missing", way)
          .assertFailed(ExitStatus.WRONG_INPUT, "no row can be scored");
      assertFalse(Files.exists(out()));
    }
  }

  @Test
  void rowsOfArraysAreNamedByTheirNumbers() {
    double[][] some = Arrays.copyOf(rows, 100);
    some[41] = new double[] {Double.NaN, 3};
    Path data = folder.resolve("rows.npy");
    Tables.write(data, Table.of(some));
    assertSays(
        run("score", "nsf", data), "1 row has no log-density, NaN, column 1 is NaN: row 42\n");
  }
}
