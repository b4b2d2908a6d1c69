package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.Tables.ReadOptions.Missing;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From normal rows to flags: training, serving, labels, errors. */
final class DetectCommandTest {

  private static final int ANOMALIES = 40;

  @TempDir private Path folder;
  private Path normal;
  private Path judged;
  private Path flags;

  @BeforeEach
  void writeTables() throws IOException {
    Random random = new Random(3);
    normal = folder.resolve("normal.csv");
    judged = folder.resolve("judged.csv");
    flags = folder.resolve("flags.csv");
    Files.writeString(normal, rows(900, 0, random));
    Files.writeString(judged, rows(400, ANOMALIES, random));
  }

  /** Columns a and b follow each other; of an anomaly b does not. */
  private static String rows(int n, int anomalies, Random random) {
    StringBuilder text = new StringBuilder("name,a,b,c,failed\n");
    for (int i = 0; i < n; i++) {
      double a = random.nextGaussian();
      double b = a + 0.1 * random.nextGaussian() + (i < anomalies ? (a > 0 ? -3 : 3) : 0);
      text.append(
          String.format(
              Locale.ROOT,
              "n%d,%.5f,%.5f,%.5f,%s%n",
              i,
              a,
              b,
              random.nextGaussian(),
              i < anomalies ? "yes" : "no"));
    }
    return text.toString();
  }

  private CommandRun detect(Object... more) {
    List<Object> words = new ArrayList<>(List.of("detect", "--data", judged, "--out", flags));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  private Table written() {
    return Tables.read(flags.toString(), ReadOptions.defaults().withMissing(Missing.KEEP));
  }

  private CommandRun trained(Object... more) {
    List<Object> words =
        new ArrayList<>(List.of("--train", normal, "--id", "name", "--labels", "failed"));
    words.addAll(List.of("--recipe", "maf", "--steps", "150"));
    words.addAll(List.of(more));
    CommandRun run = detect(words.toArray());
    run.assertDone();
    return run;
  }

  @Test
  void rowsAreToldWithTheirReasonsAndJudgedByLabels() throws IOException {
    Path picture = folder.resolve("scores.png");
    CommandRun run = trained("--rate", "0.02", "--carry", "c", "--picture", picture);
    List<String> lines = Files.readAllLines(flags);
    assertEquals("name,c,log_prob,score,p_value,rank,anomaly,because", lines.get(0));
    assertEquals(401, lines.size());
    Table found = written();
    double[] told = found.column(found.names().indexOf("anomaly"));
    double[] p = found.column(found.names().indexOf("p_value"));
    double[] score = found.column(found.names().indexOf("score"));
    double[] logProb = found.column(found.names().indexOf("log_prob"));
    int hits = 0;
    int alarms = 0;
    int right = 0;
    for (int i = 0; i < 400; i++) {
      assertEquals(p[i] <= 0.02, told[i] == 1);
      assertTrue(score[i] >= -logProb[i], "the flow's surprise or the normal's, which is higher");
      hits += i < ANOMALIES && told[i] == 1 ? 1 : 0;
      alarms += i >= ANOMALIES && told[i] == 1 ? 1 : 0;
      boolean reason = lines.get(i + 1).matches(".*,\"?[ab] \\+\\d.*");
      assertEquals(told[i] == 1 && i < ANOMALIES, reason && i < ANOMALIES, lines.get(i + 1));
      right += reason && i < ANOMALIES ? 1 : 0;
    }
    assertTrue(hits >= 38 && right >= 38, hits + " " + right);
    assertTrue(alarms <= 0.02 * 360 + 3 * Math.sqrt(360 * 0.02 * (1 + 2)), alarms + " alarms");
    for (String said :
        List.of(
            "failed  left out",
            "name    id: carried along",
            "3 columns, 180 rows held out",
            (hits + alarms) + " of 400 rows told as anomalies, scores above",
            "AUROC ",
            "of 400 labelled rows",
            "recall",
            "picture: " + picture)) {
      assertTrue(run.out().contains(said), "'" + said + "' in: " + run.out());
    }
    assertTrue(Files.size(picture) > 1_000);
  }

  @Test
  void aSavedDetectorServesTheSameWithoutTraining() throws IOException {
    Path saved = folder.resolve("detector");
    String learned = trained("--save", saved).out();
    assertTrue(learned.contains("detector: " + saved), learned);
    String first = Files.readString(flags);
    detect("--model", saved, "--id", "name").assertDone();
    assertEquals(first, Files.readString(flags));
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(Files.readAllBytes(judged)));
    try {
      CommandRun piped =
          CommandRun.done("detect", "--model", saved, "--id", "name", "--data", "-", "--out", "-");
      assertEquals(first.lines().toList(), piped.out().lines().toList());
      assertTrue(piped.err().contains("rows told as anomalies"), piped.err());
    } finally {
      System.setIn(before);
    }
    detect("--train", normal, "--save", saved)
        .assertFailed(ExitStatus.WRONG_INPUT, "holds a run", "--overwrite");
  }

  @Test
  void falseDiscoveriesAreCountedOverTheFile() throws IOException {
    trained("--fdr", "0.1", "--no-reasons");
    Table found = written();
    double[] told = found.column(found.names().indexOf("anomaly"));
    int all = 0;
    int wrong = 0;
    for (int i = 0; i < 400; i++) {
      all += (int) told[i];
      wrong += i >= ANOMALIES ? (int) told[i] : 0;
    }
    assertTrue(all - wrong >= 38, all + " " + wrong);
    assertTrue(wrong <= 0.3 * all, "one file of which a tenth is expected: " + wrong);
    CommandRun none = trained("--fdr", "0.0001");
    assertTrue(none.out().contains("0 of 400 rows told"), none.out());
    assertTrue(none.out().contains("with 180 rows held out"), none.out());
  }

  @Test
  void aTrainedModelIsCalibratedByRowsOfItsOwn() throws IOException {
    Path model = folder.resolve("model");
    CommandRun.done(
        "train",
        "--data",
        normal,
        "--drop",
        "failed",
        "--id",
        "name",
        "--out",
        model,
        "--model",
        "maf",
        "--set",
        "flow.layers=1",
        "--steps",
        100,
        "--no-pictures");
    detect("--model", model).assertFailed(ExitStatus.WRONG_INPUT, "not calibrated", "--calibrate");
    Path fresh = folder.resolve("fresh.csv");
    Files.writeString(fresh, rows(300, 0, new Random(9)));
    detect("--model", model, "--calibrate", fresh, "--parts", "--score", "density").assertDone();
    Table parts = written();
    assertTrue(parts.names().containsAll(List.of("name", "part_a", "part_b", "part_c")));
    int score = parts.names().indexOf("score");
    int first = parts.names().indexOf("part_a");
    for (double[] row : parts.rows()) {
      assertEquals(row[score], row[first] + row[first + 1] + row[first + 2], 1e-3);
    }
    detect("--model", model).assertDone();
  }

  @Test
  void rowsThatLackCellsHaveNoScore() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(judged));
    lines.set(3, "n2,,0,0,no");
    lines.set(5, "n4,0,0,NA,");
    Files.write(judged, lines);
    CommandRun run = trained("--rate", "0.02");
    assertTrue(
        run.out().contains("2 rows lack cells and have no score, the first is row 3"), run.out());
    assertTrue(run.out().contains("of 398 labelled rows"), run.out());
    Table found = written();
    assertEquals(400, found.rowCount());
    assertTrue(Double.isNaN(found.rows()[2][found.names().indexOf("p_value")]));
    assertEquals(0, found.rows()[4][found.names().indexOf("anomaly")]);
  }

  @Test
  void whatCannotBeIsSaidInOneLine() throws IOException {
    detect().assertFailed(ExitStatus.WRONG_INPUT, "--train FILE", "--model DIR");
    detect("--train", normal, "--rate", "0.001")
        .assertFailed(ExitStatus.WRONG_INPUT, "0.001", "at least 999", "there are 180", "hold out");
    detect("--train", normal, "--rate", "0.1", "--fdr", "0.1")
        .assertFailed(ExitStatus.WRONG_INPUT, "--rate and --fdr");
    detect("--train", normal, "--rate", "2").assertFailed(ExitStatus.WRONG_INPUT, "rate of 2.0");
    detect("--train", normal, "--normal", "no").assertFailed(ExitStatus.WRONG_INPUT, "--labels");
    detect("--model", folder, "--steps", "5").assertFailed(ExitStatus.WRONG_INPUT, "--steps");
    detect("--model", folder, "--contamination", "0.1")
        .assertFailed(ExitStatus.WRONG_INPUT, "--contamination");
    detect("--train", normal, "--contamination", "0.7")
        .assertFailed(ExitStatus.WRONG_INPUT, "contamination is 0.7");
    detect("--train", normal, "--calibrate", normal)
        .assertFailed(ExitStatus.WRONG_INPUT, "--calibrate is of a model");
    detect("--model", folder.resolve("none")).assertFailed(ExitStatus.WRONG_INPUT, "none");
    detect("--train", normal, "--labels", "faild")
        .assertFailed(ExitStatus.WRONG_INPUT, "no column 'faild'", "failed");
    detect("--train", normal, "--recipe", "maf", "--steps", "2", "--labels", "c")
        .assertFailed(ExitStatus.WRONG_INPUT, "--labels c: no row is normal", "--normal VALUE");
    assertFalse(Files.exists(flags));
  }

  @Test
  void whatIsReadIsNotWrittenOver() throws IOException {
    String before = Files.readString(normal);
    Path link = Files.createSymbolicLink(folder.resolve("link.csv"), normal);
    for (Path out : List.of(normal, link, judged)) {
      CommandRun.of("detect", "--train", normal, "--data", judged, "--out", out)
          .assertFailed(ExitStatus.WRONG_INPUT, out + " would be written over");
    }
    for (String option : List.of("--picture", "--report")) {
      detect("--train", normal, option, judged)
          .assertFailed(ExitStatus.WRONG_INPUT, judged + " would be written over itself");
    }
    assertEquals(before, Files.readString(normal));
    assertFalse(Files.exists(flags));
  }

  @Test
  void labelsSayWhichIsNormal() {
    LabelColumn column = new LabelColumn("state", "benign");
    Table part =
        Table.of(
            List.of("state"),
            List.of(new Table.Type.Labels(List.of("Benign", "malignant"))),
            new double[][] {{0}, {1}, {Double.NaN}, {0}});
    column.add(part);
    assertEquals(3, column.labelled().length);
    boolean[] anomalous = column.anomalous(column.labelled());
    assertTrue(!anomalous[0] && anomalous[1] && !anomalous[2]);
  }
}
