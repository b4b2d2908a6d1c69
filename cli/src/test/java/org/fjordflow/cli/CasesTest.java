package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.TestData;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that once went wrong, in the folder {@code cases} beside that of the data. */
final class CasesTest {
  @TempDir private Path folder;

  private static List<Path> tables() throws IOException {
    try (Stream<Path> files = Files.walk(TestData.file("../cases"))) {
      return files.filter(file -> file.toString().endsWith(".csv")).sorted().toList();
    }
  }

  private double[] scores(String model, Path trained, Path scored) {
    Path run = folder.resolve("run");
    Path out = folder.resolve("scores.csv");
    CommandRun.done(
        "train",
        "--data",
        trained,
        "--model",
        model,
        "--steps",
        30,
        "--set",
        "patience=0",
        "--out",
        run,
        "--overwrite",
        "--no-pictures");
    CommandRun.done("score", "--model", run, "--data", scored, "--out", out);
    return Tables.readWithGaps(out).column(0);
  }

  /** Each is trained on, scored and sampled, and no row has NaN. */
  @Test
  void everyTableIsTrainedScoredAndSampled() throws IOException {
    List<Path> tables = tables();
    assertTrue(tables.size() >= 10, tables.toString());
    for (Path table : tables) {
      if (table.endsWith("rows.csv")) {
        continue; // scored below
      }
      double[] scores = scores("nsf-ar", table, table);
      assertTrue(Arrays.stream(scores).noneMatch(Double::isNaN), table.toString());
      long finite = Arrays.stream(scores).filter(Double::isFinite).count();
      assertTrue(2 * finite > scores.length, finite + " of " + scores.length + " of " + table);
      Path samples = folder.resolve("samples.csv");
      CommandRun.done("sample", "--model", folder.resolve("run"), "--n", 1_000, "--out", samples);
      Table drawn = Tables.read(samples);
      assertEquals(1_000, drawn.rowCount(), table.toString());
    }
  }

  /** Of two ordinary rows and some with fill values; see the case's expected.txt. */
  @Test
  void fillValuesHaveScoresWithEveryRecipe() {
    Path train = TestData.file("../cases/score-fill-values/train.csv");
    Path rows = TestData.file("../cases/score-fill-values/rows.csv");
    for (Recipe recipe : Recipe.values()) {
      double[] scores = scores(recipe.id(), train, rows);
      assertTrue(Arrays.stream(scores).noneMatch(Double::isNaN), recipe.id());
      assertTrue(Double.isFinite(scores[0]) && Double.isFinite(scores[1]), recipe.id());
      double[] far = Arrays.copyOfRange(scores, 2, scores.length);
      double ordinary = Math.min(scores[0], scores[1]);
      assertTrue(Arrays.stream(far).allMatch(score -> score < ordinary), recipe.id());
    }
  }
}
