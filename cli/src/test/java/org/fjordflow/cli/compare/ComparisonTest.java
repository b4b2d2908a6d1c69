package org.fjordflow.cli.compare;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cli.Provenance;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One model's failure, interruptions and times, on rows that are made for it. */
final class ComparisonTest {

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();

  private static double[][] normal(int n, RandomGenerator random) {
    double[][] rows = new double[n][3];
    for (double[] row : rows) {
      row[0] = random.nextGaussian();
      row[1] = row[0] + 0.5 * random.nextGaussian();
      row[2] = 5 + random.nextDouble();
    }
    return rows;
  }

  private static ComparisonData data(BatchSource batches) {
    RandomGenerator random = new SplittableRandom(4);
    return new ComparisonData(
        batches,
        Batch.of(normal(30, random)),
        normal(40, random),
        normal(100, random),
        List.of(),
        Provenance.Data.sampled("normals", 3),
        OptionalDouble.of(2.5));
  }

  private Comparison comparison(BatchSource batches, Budget budget) {
    ComparisonData data = data(batches);
    ComparisonSettings settings =
        new ComparisonSettings(
            data.origin(), new RowPreparation("", false, false), "0", 0.1, 0.1, 40, budget, 20);
    return new Comparison(folder, settings, data, Map.of("fjord", "1"), 1, said::add);
  }

  /** Continuous flows ask for batches of another size, and get rows that no training survives. */
  @Test
  void aModelThatDivergesIsSaidAndTheOthersGoOn() throws IOException {
    int ruined = Recipe.FFJORD.batchSize();
    BatchSource sound = BatchSource.sampled(ComparisonTest::normal);
    BatchSource batches =
        (step, size, streams) ->
            size == ruined
                ? Batch.of(new double[][] {{Double.NaN, 0, 0}})
                : sound.batch(step, size, streams);
    comparison(batches, new Budget(0, 20)).run(models(Recipe.FFJORD, Recipe.PLANAR, Recipe.MLP), 1);
    List<String> csv = Files.readAllLines(folder.resolve(ComparisonFiles.CSV));
    assertEquals(4, csv.size(), csv.toString());
    assertTrue(csv.get(1).startsWith("ffjord,0,diverged,,,,"), csv.get(1));
    assertTrue(csv.get(2).matches("planar,0,done,-?\\d.*"), csv.get(2));
    assertTrue(csv.get(3).startsWith("mlp,0,diverged,"), csv.get(3));
    String table = Files.readString(folder.resolve(ComparisonFiles.TABLE));
    assertTrue(table.contains("| ffjord | diverged |"), table);
    assertTrue(table.contains("| the density itself | -2.5000 |"), table);
    assertTrue(table.contains("ffjord, seed 0, diverged: "), table);
    assertTrue(table.indexOf("| planar |") < table.indexOf("| ffjord |"), "the best one first");
    assertFalse(Files.exists(folder.resolve("ffjord.png")));
    assertTrue(Files.exists(folder.resolve("planar.png")));
    assertEquals("training ffjord, seed 0: 20 steps", said.get(0));
    assertEquals(6, said.stream().filter(line -> !line.contains(": step ")).count());
    List<String> progress =
        said.stream().filter(line -> line.startsWith("planar, seed 0: step")).toList();
    assertEquals(11, progress.size(), "the first validation, and one each tenth");
    assertTrue(
        progress.get(10).matches("planar, seed 0: step 20, validation loss -?[0-9.]+, [0-9]+ s"),
        progress.get(10));
  }

  @Test
  void whatWasFinishedStaysWhenItIsStopped() throws IOException {
    BatchSource sound = BatchSource.sampled(ComparisonTest::normal);
    List<Comparison> running = new ArrayList<>();
    BatchSource stopping =
        (step, size, streams) -> {
          if (step == 5 && Files.exists(folder.resolve(ComparisonFiles.CSV))) {
            running.get(0).stop();
          }
          return sound.batch(step, size, streams);
        };
    running.add(comparison(stopping, new Budget(0, 10)));
    List<ComparedModel> models = models(Recipe.RADIAL, Recipe.PLANAR, Recipe.NICE);
    running.get(0).run(models, 1);
    Path csv = folder.resolve(ComparisonFiles.CSV);
    List<String> stopped = Files.readAllLines(csv);
    assertEquals(2, stopped.size(), stopped.toString());
    comparison(sound, new Budget(0, 10)).run(models, 1);
    List<String> all = Files.readAllLines(csv);
    assertEquals(4, all.size(), all.toString());
    assertEquals(stopped.get(1), all.get(1), "not trained again");
    assertTrue(all.get(2).startsWith("planar,0,done"), all.get(2));
  }

  @Test
  void aTimeIsABudgetToo() throws IOException {
    BatchSource sound = BatchSource.sampled(ComparisonTest::normal);
    comparison(sound, Budget.time("0.5s")).run(models(Recipe.PLANAR), 1);
    String[] cells = Files.readAllLines(folder.resolve(ComparisonFiles.CSV)).get(1).split(",", -1);
    assertEquals("done", cells[2]);
    assertTrue(Long.parseLong(cells[7]) > 1, cells[7] + " steps");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> comparison(sound, Budget.time("1s")),
        "budget.seconds = 0.5, not 1.0");
  }

  /** The same seed, steps and rows give the same numbers but for the times. */
  @Test
  void stepsCanBeRepeated() throws IOException {
    BatchSource sound = BatchSource.sampled(ComparisonTest::normal);
    Path csv = folder.resolve(ComparisonFiles.CSV);
    List<List<String>> runs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      comparison(sound, new Budget(0, 8)).run(models(Recipe.GLOW), 2);
      runs.add(Files.readAllLines(csv).stream().map(ComparisonTest::withoutTimes).toList());
      Files.delete(folder.resolve(ComparisonFiles.JSON));
    }
    assertEquals(runs.get(0), runs.get(1));
    assertEquals(3, runs.get(0).size());
  }

  private static String withoutTimes(String line) {
    List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
    cells.set(9, "");
    cells.set(11, "");
    cells.set(12, "");
    return String.join(",", cells);
  }

  private static List<ComparedModel> models(Recipe... recipes) {
    return Arrays.stream(recipes).map(ComparedModel::of).toList();
  }
}
