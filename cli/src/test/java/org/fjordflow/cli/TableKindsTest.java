package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables with columns of several kinds, and conditional models, from the command line. */
class TableKindsTest {

  private static final List<String> COLOURS = List.of("blue", "green", "red");

  @TempDir private Path folder;
  private Path data;

  @BeforeEach
  void writeATable() throws IOException {
    Random random = new Random(2);
    StringBuilder text = new StringBuilder("name,colour,x,count,hour\n");
    for (int i = 0; i < 400; i++) {
      int colour = random.nextInt(3);
      text.append(
          String.format(
              Locale.ROOT,
              "n%d,%s,%.4f,%d,%.2f%n",
              i,
              COLOURS.get(colour),
              colour + 0.3 * random.nextGaussian(),
              random.nextInt(4),
              24 * random.nextDouble()));
    }
    data = folder.resolve("rows.csv");
    Files.writeString(data, text);
  }

  private CommandRun train(String out, Object... more) {
    Object[] words = {
      "train", "--data", data, "--out", folder.resolve(out), "--steps", 20, "--no-pictures"
    };
    Object[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.done(all);
  }

  @Test
  void whatEachColumnWasTakenForIsToldAndSamplesAreOfThatKind() throws IOException {
    String said = train("run", "--model", "nsf", "--circular", "hour=0:24").out();
    for (String line :
        List.of(
            "  name    text of too many values: left out; --kind name=category keeps it",
            "  colour  category of 3 values: dequantised by shares",
            "  x       real: standardised",
            "  count   integer from 0 to 4: dequantised by shares",
            "  hour    real: circular, from 0.00000 to 24.0000",
            "log-densities are of a density times a probability")) {
      assertTrue(said.contains(line), line + " in:\n" + said);
    }
    Path samples = folder.resolve("samples.csv");
    CommandRun.done("sample", "--model", folder.resolve("run"), "--n", 50, "--out", samples);
    List<String> lines = Files.readAllLines(samples);
    assertEquals("colour,x,count,hour", lines.get(0));
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertTrue(COLOURS.contains(cells[0]), line);
      assertTrue(cells[2].matches("\\d"), line);
      double hour = Double.parseDouble(cells[3]);
      assertTrue(hour >= 0 && hour < 24, line);
    }
    CommandRun.done(
        "score",
        "--model",
        folder.resolve("run"),
        "--data",
        samples,
        "--out",
        folder.resolve("scores.csv"));
    Path base = folder.resolve("base.csv");
    Path back = folder.resolve("back.csv");
    CommandRun.done(
        "transform", "--model", folder.resolve("run"), "--data", samples, "--out", base);
    CommandRun.done(
        "transform", "--model", folder.resolve("run"), "--data", base, "--out", back, "--inverse");
    assertEquals(
        Files.readAllLines(samples).stream().map(line -> line.split(",", -1)[0]).toList(),
        Files.readAllLines(back).stream().map(line -> line.split(",", -1)[0]).toList());
    for (double score : Tables.read(folder.resolve("scores.csv").toString()).column(0)) {
      assertTrue(Double.isFinite(score));
    }
  }

  @Test
  void aConditionalModelIsTrainedScoredSampledAndPredictsFromTheCommand() throws IOException {
    String said = train("given", "--model", "nsf-ar", "--target", "x", "--given", "colour").out();
    assertTrue(said.contains("  colour  given; category of 3 values: one hot"), said);
    assertTrue(said.contains("  count   left out"), said);
    Path model = folder.resolve("given");
    Path scores = folder.resolve("scores.csv");
    CommandRun.done("score", "--model", model, "--data", data, "--out", scores);
    assertEquals(400, Tables.read(scores.toString()).rowCount());

    Path given = folder.resolve("given.csv");
    Table.of(List.of("colour"), List.of(new Table.Type.Labels(COLOURS)), new double[][] {{0}, {2}})
        .write(given);
    Path samples = folder.resolve("samples.csv");
    CommandRun.done("sample", "--model", model, "--given", given, "--n", 5, "--out", samples);
    Table drawn = Tables.read(samples.toString());
    assertEquals(10, drawn.rowCount());

    Path predictions = folder.resolve("predictions.csv");
    Path picture = folder.resolve("bands.png");
    CommandRun run =
        CommandRun.done(
            "predict",
            "--model",
            model,
            "--data",
            data,
            "--out",
            predictions,
            "--intervals",
            "0.5,0.9",
            "--picture",
            picture);
    assertTrue(run.out().contains("x: "), run.out());
    assertTrue(run.out().contains("of them in intervals of 90 %"), run.out());
    Table table = Tables.read(predictions.toString());
    assertEquals(
        List.of("mean", "deviation", "q0.05", "q0.25", "median", "q0.75", "q0.95"), table.names());
    for (double[] row : table.rows()) {
      assertTrue(row[2] < row[3] && row[3] < row[4] && row[4] < row[5] && row[5] < row[6]);
    }
    assertTrue(Files.exists(picture));

    train("named", "--model", "maf", "--id", "name");
    CommandRun.done("score", "--model", folder.resolve("named"), "--data", data, "--out", scores);
    assertTrue(Files.readAllLines(scores).get(1).startsWith("n0,"), "names of rows are carried");

    CommandRun.of("sample", "--model", model, "--n", 5, "--out", samples)
        .assertFailed(ExitStatus.WRONG_INPUT, "is given colour", "--given");
  }

  /** Probabilities of each row, beside what score says of the same rows. */
  @Test
  void aCategoryIsPredictedByProbabilities() throws IOException {
    train("kind", "--target", "colour", "--given", "x,count", "--id", "name");
    Path model = folder.resolve("kind");
    Path out = folder.resolve("p.csv");
    CommandRun run =
        CommandRun.done(
            "predict", "--model", model, "--data", data, "--out", out, "--carry", "colour");
    assertTrue(run.out().contains("400 rows, probabilities computed"), run.out());
    assertTrue(
        run.out().contains("mean log-probability of 400 targets given the others"), run.out());
    assertTrue(run.out().contains("colour: "), run.out());
    assertTrue(run.out().contains(" % of them have their most probable value"), run.out());
    Table table = Tables.read(out.toString());
    assertEquals(List.of("name", "colour", "mode", "p_blue", "p_green", "p_red"), table.names());
    Path scores = folder.resolve("scores.csv");
    CommandRun.done("score", "--model", model, "--data", data, "--out", scores);
    double[] logProb = Tables.read(scores.toString()).column(1);
    int right = 0;
    for (int i = 0; i < logProb.length; i++) {
      double[] row = table.rows()[i];
      assertEquals(1, row[3] + row[4] + row[5], 1e-12);
      int colour = COLOURS.indexOf(table.cell(i, 1));
      int mode = COLOURS.indexOf(table.cell(i, 2));
      assertEquals(Math.exp(logProb[i]), row[3 + colour], 0.03);
      assertEquals(Math.max(row[3], Math.max(row[4], row[5])), row[3 + mode]);
      right += colour == mode ? 1 : 0;
    }
    assertTrue(
        run.out().contains(String.format(Locale.ROOT, "colour: %.1f %% of", right / 4.0)),
        run.out());

    CommandRun.of(
            "predict",
            "--model",
            model,
            "--data",
            data,
            "--out",
            out,
            "--picture",
            folder.resolve("a.png"))
        .assertFailed(ExitStatus.WRONG_INPUT, "bands of numbers, and 'colour' is a category");
    // Of a row that cannot be predicted there is nothing.
    Path some = folder.resolve("some.csv");
    Files.writeString(some, "x,count\n1.5,2\n,2\n");
    CommandRun.done("predict", "--model", model, "--data", some, "--out", out);
    assertEquals(",,,", Files.readAllLines(out).get(2).replace("NaN", ""));
  }

  /** Of several targets by samples; a picture is of the first number. */
  @Test
  void mixedTargetsHaveModesAndQuantiles() throws IOException {
    train("both", "--target", "colour,x", "--given", "count");
    Path model = folder.resolve("both");
    Path out = folder.resolve("p.csv");
    Object[] words = {"predict", "--model", model, "--data", data, "--out", out, "--samples", 50};
    CommandRun run = with(words, "--picture", folder.resolve("a.png"));
    run.assertDone();
    assertTrue(run.out().contains("50 samples a row"), run.out());
    assertTrue(run.out().contains("x: "), run.out());
    assertEquals(
        "colour_mode,colour_p_blue,colour_p_green,colour_p_red,x_mean,x_deviation,x_q0.05,x_median,x_q0.95",
        Files.readAllLines(out).get(0));
    assertTrue(Files.exists(folder.resolve("a.png")));
  }

  /** To the base and back, beside what each row is given. */
  @Test
  void rowsOfAConditionalModelAreMappedBesideWhatTheyAreGiven() throws IOException {
    train("given", "--target", "x", "--given", "colour,count", "--id", "name");
    Path model = folder.resolve("given");
    Path base = folder.resolve("base.csv");
    Path back = folder.resolve("back.csv");
    Object[] words = {"transform", "--model", model, "--data", data, "--out", base};
    with(words, "--carry", "colour,count").assertDone();
    assertEquals("name,colour,count,z1", Files.readAllLines(base).get(0));
    CommandRun.done("transform", "--model", model, "--data", base, "--out", back, "--inverse");
    Table first = Tables.read(data.toString());
    Table last = Tables.read(back.toString());
    assertEquals(List.of("name", "x"), last.names());
    for (int i = 0; i < first.rowCount(); i++) {
      assertEquals(first.rows()[i][2], last.rows()[i][1], 1e-4);
    }
    with(words).assertDone();
    CommandRun.of("transform", "--model", model, "--data", base, "--out", back, "--inverse")
        .assertFailed(ExitStatus.WRONG_INPUT, "has no column 'colour'");
  }

  @Test
  void mistakesAreNamed() {
    Object[] train = {"train", "--data", data, "--out", folder.resolve("no"), "--steps", 1};
    with(train, "--target", "y").assertFailed(ExitStatus.WRONG_INPUT, "no column 'y'", "colour");
    with(train, "--kind", "colour=real")
        .assertFailed(ExitStatus.WRONG_INPUT, "column 'colour' cannot be real: it holds text");
    with(train, "--kind", "x=whole").assertFailed(ExitStatus.WRONG_INPUT, "unknown kind of column");
    with(train, "--circular", "hour=24")
        .assertFailed(ExitStatus.WRONG_INPUT, "--circular hour=24", "such as hour=0:24");
    with(train, "--circular", "hour=0:24", "--model", "maf")
        .assertFailed(ExitStatus.WRONG_INPUT, "nsf", "nsf-ar");
    with(train, "--bounds", "x=0:1")
        .assertFailed(ExitStatus.WRONG_INPUT, "column 'x' goes from", "beyond the bounds");
  }

  private static CommandRun with(Object[] words, Object... more) {
    Object[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void columnsOfOtherNamesOrKindsAreRefusedInScoring() throws IOException {
    train("run", "--model", "maf");
    Path other = folder.resolve("other.csv");
    Path out = folder.resolve("s.csv");
    Files.writeString(other, "colour,x,number,hour\nred,1,2,3\nblue,2,1,4\n");
    CommandRun.of("score", "--model", folder.resolve("run"), "--data", other, "--out", out)
        .assertFailed(ExitStatus.WRONG_INPUT, "no column 'count'");
    Files.writeString(other, "colour,x,count,hour\n1,1,2,3\n2,2,1,4\n");
    CommandRun none =
        CommandRun.done("score", "--model", folder.resolve("run"), "--data", other, "--out", out);
    assertTrue(
        none.out()
            .contains(
                "no value of column 'colour' is known to the model, which has [blue, green, red]"),
        none.out());
    // A colour that nobody has seen has probability zero; more columns are no matter.
    Files.writeString(other, "more,colour,x,count,hour\n7,violet,1,2,3\n8,red,2,1,4\n");
    CommandRun.done("score", "--model", folder.resolve("run"), "--data", other, "--out", out);
    List<String> lines = Files.readAllLines(out);
    assertTrue(lines.get(1).contains("-Infinity"), lines.toString());
  }

  @Test
  void missingCellsAreRefusedDroppedOrMarked() throws IOException {
    Files.writeString(
        data,
        Files.readString(data)
            .replaceFirst("(?m)^n7,[a-z]+,", "n7,,")
            .replaceFirst("(?m)^n9,([a-z]+),[^,]*,", "n9,$1,,"));
    CommandRun.of("train", "--data", data, "--out", folder.resolve("no"), "--steps", 1)
        .assertFailed(
            ExitStatus.WRONG_INPUT, "row 8, column 'colour' is missing", "2 rows", "--missing");
    String said = train("dropped", "--model", "maf", "--missing", "drop-rows").out();
    assertTrue(said.contains("2 of 400 rows have missing cells and are left out"), said);
    String marked =
        train(
                "marked",
                "--model",
                "nsf-ar",
                "--target",
                "count",
                "--given",
                "colour,x",
                "--missing",
                "mark")
            .out();
    assertTrue(marked.contains("one hot, gaps marked"), marked);
  }
}
