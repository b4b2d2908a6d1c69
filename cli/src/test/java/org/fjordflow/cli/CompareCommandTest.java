package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small comparisons from the command line. */
final class CompareCommandTest {

  private static final String HEADER =
      "model,seed,status,log_likelihood,standard_error,validation_log_likelihood,best_step,steps,"
          + "parameters,training_seconds,training_evaluations,score_seconds,sample_seconds,"
          + "evaluations,round_trip_error";

  @TempDir private Path folder;

  @Test
  void inThePlane() throws IOException {
    Path out = folder.resolve("out");
    CommandRun run =
        compare("8gaussians", out, "--models", "ffjord,realnvp", "--seeds", 2, "--steps", 20);
    assertTrue(run.out().contains("results.md"), run.out());
    assertEquals(
        List.of(
            "comparison.json",
            "ffjord.png",
            "models",
            "realnvp.png",
            "report.html",
            "results.csv",
            "results.md"),
        CommandRun.files(out));
    assertEquals(
        List.of("ffjord-0", "ffjord-1", "realnvp-0", "realnvp-1"),
        CommandRun.files(out.resolve("models")));
    List<String> csv = Files.readAllLines(out.resolve("results.csv"));
    assertEquals(HEADER, csv.get(0));
    assertEquals(5, csv.size(), csv.toString());
    for (int i = 1; i < csv.size(); i++) {
      String[] cells = csv.get(i).split(",", -1);
      assertEquals(i % 2 == 1 ? "ffjord" : "realnvp", cells[0], "all models of a seed first");
      assertEquals(Integer.toString((i - 1) / 2), cells[1]);
      assertEquals("done", cells[2]);
      assertEquals("20", cells[7]);
      assertTrue(Double.parseDouble(cells[14]) < 1e-3, "round trip " + cells[14]);
      assertEquals(cells[0].equals("ffjord"), Long.parseLong(cells[13]) > 0, "evaluations");
    }
    List<String> table = Files.readAllLines(out.resolve("results.md"));
    assertEquals("# 8gaussians", table.get(0));
    assertTrue(
        table.stream().anyMatch(line -> line.startsWith("| the density itself | -2.8")),
        table.toString());
    for (String model : List.of("ffjord", "realnvp")) {
      String row =
          table.stream().filter(line -> line.startsWith("| " + model + " |")).findFirst().get();
      assertEquals(11, row.chars().filter(c -> c == '|').count(), row);
      assertTrue(row.contains(" ± "), row);
    }
    Path scores = folder.resolve("samples.csv");
    CommandRun.done(
        "sample", "--model", out.resolve("models/realnvp-1"), "--n", 5, "--out", scores);
  }

  @Test
  void objectivesAreModelsOfTheirOwn() throws IOException {
    Path out = folder.resolve("out");
    String names = "mlp,mlp:matching,mlp:matching+likelihood";
    compare("moons", out, "--models", names, "--seeds", 1, "--steps", 20);
    assertEquals(
        List.of("mlp-0", "mlp-matching+likelihood-0", "mlp-matching-0"),
        CommandRun.files(out.resolve("models")));
    List<String> csv = Files.readAllLines(out.resolve("results.csv"));
    for (int i = 0; i < 3; i++) {
      String[] cells = csv.get(i + 1).split(",", -1);
      assertEquals(names.split(",", -1)[i], cells[0]);
      assertEquals("20", cells[7]);
      assertEquals(i == 1, cells[10].equals("0"), "solved in training");
      // All are judged by log-densities.
      double judged = Double.parseDouble(cells[5]);
      assertEquals(Double.parseDouble(cells[3]), judged, 0.3, csv.get(i + 1));
    }
    CommandRun.of("compare", "--data", "moons", "--out", out, "--models", "nsf:matching")
        .assertFailed(ExitStatus.WRONG_INPUT, "nsf", "continuous");
    CommandRun.of("compare", "--data", "moons", "--out", out, "--models", "mlp:score")
        .assertFailed(ExitStatus.WRONG_INPUT, "matching+likelihood");
  }

  @Test
  void ofATableAndGoneOnWith() throws IOException {
    Path data = table();
    Path out = folder.resolve("out");
    Object[] options = {"--steps", 20, "--seeds", 1, "--columns", "2-4", "--noise", "scott"};
    compare(data.toString(), out, append(options, "--models", "maf,planar"));
    List<String> first = Files.readAllLines(out.resolve("results.csv"));
    assertEquals(3, first.size(), first.toString());
    assertTrue(CommandRun.files(out).containsAll(List.of("maf.png", "planar.png")));
    String table = Files.readString(out.resolve("results.md"));
    assertTrue(table.contains("3 columns, trained on 96 rows, noise scott, columns 2-4"), table);
    assertTrue(table.contains("12 test rows, 20 steps"), table);

    Path rows = folder.resolve("rows");
    compare(data.toString(), out, append(options, "--models", "planar,nice", "--save-rows", rows));
    assertEquals(List.of("test.npy", "train.npy", "validation.npy"), CommandRun.files(rows));
    assertEquals(12, Tables.read(rows.resolve("test.npy")).rowCount());
    assertEquals(3, Tables.read(rows.resolve("train.npy")).columns());
    assertEquals(100 * 96, Tables.read(rows.resolve("train.npy")).rowCount());
    List<String> second = Files.readAllLines(out.resolve("results.csv"));
    assertEquals(first, second.subList(0, 3), "what was there stays");
    assertTrue(second.get(3).startsWith("nice,0,done"), second.toString());

    run(data.toString(), out, "--steps", 21, "--columns", "2-4", "--noise", "scott")
        .assertFailed(ExitStatus.WRONG_INPUT, "budget.steps = 20, not 21", "another --out");
    run("moons", out, "--steps", 20)
        .assertFailed(ExitStatus.WRONG_INPUT, "data.description", "moons");
    assertEquals(second, Files.readAllLines(out.resolve("results.csv")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compare",
        "compare --data moons",
        "compare --data moons --out runs/a --models frobnicate",
        "compare --data moons --out runs/a --budget 5m --steps 10",
        "compare --data moons --out runs/a --budget soon",
        "compare --data moons --out runs/a --steps 0",
        "compare --data moons --out runs/a --seeds 0",
        "compare --data moons --out runs/a --points 0",
        "compare --data moons --out runs/a --threads 0",
        "compare --data moons --out runs/a --earth",
        "compare --data moons --out runs/a --noise scott",
        "compare --data nosuch --out runs/a"
      })
  void wrongWordsAreWrongUsage(String line) {
    CommandRun.of((Object[]) line.split(" ")).assertFailed(ExitStatus.WRONG_INPUT);
    assertFalse(Files.exists(Path.of("runs")));
  }

  @Test
  void rowsThatDoNotFitTheOptions() throws IOException {
    Path data = table();
    Path out = folder.resolve("out");
    run(data.toString(), out, "--dequantize").assertFailed(ExitStatus.WRONG_INPUT, "whole number");
    run(data.toString(), out, "--earth").assertFailed(ExitStatus.WRONG_INPUT, "4 columns");
    run(data.toString(), out, "--columns", "5").assertFailed(ExitStatus.WRONG_INPUT, "column");
    run(data.toString(), out, "--noise", "much").assertFailed(ExitStatus.WRONG_INPUT, "noise");
    run(data.toString(), out, "--columns", "1", "--models", "nice")
        .assertFailed(ExitStatus.WRONG_INPUT, "at least 2 columns");
    Path few = folder.resolve("few.csv");
    Files.writeString(few, "1,2\n3,4\n5,6\n");
    run(few.toString(), out).assertFailed(ExitStatus.WRONG_INPUT, "too few rows");
    assertFalse(Files.exists(out.resolve("results.csv")));
  }

  private static Object[] append(Object[] words, Object... more) {
    return java.util.stream.Stream.concat(
            java.util.Arrays.stream(words), java.util.Arrays.stream(more))
        .toArray();
  }

  private static CommandRun compare(String data, Path out, Object... more) {
    CommandRun run = run(data, out, more);
    assertEquals(ExitStatus.DONE, run.status(), run.out() + run.err());
    return run;
  }

  private static CommandRun run(String data, Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(List.of("compare", "--data", data, "--out", out, "--points", 30));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  private Path table() {
    RandomGenerator random = new SplittableRandom(2);
    double[][] rows = new double[120][4];
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = 100 * j + random.nextGaussian();
      }
    }
    Path file = folder.resolve("rows.csv");
    Tables.write(file, Table.of(List.of("id", "height", "weight", "age"), rows));
    return file;
  }
}
