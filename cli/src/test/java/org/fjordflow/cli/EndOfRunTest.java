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
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.model.FitReport;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.NormalBaselines;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How runs on rows end, go on, and are kept from one another. */
final class EndOfRunTest {

  private static final Continuation NEXT =
      new Continuation(
          List.of("--data", "my rows.csv", "--seed", "3"),
          TrainerConfig.of(70, 4, 1).withValidation(10, 15).withTimeLimit(300));

  @TempDir private Path folder;

  private CommandRun train(Path data, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--data", data, "--model", "maf"));
    words.addAll(List.of("--out", folder.resolve("run"), "--no-pictures"));
    words.addAll(List.of("--set", "flow.hidden=4", "--set", "flow.layers=1"));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  private Path rows(int count, int seed, String... names) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      double a = random.nextGaussian();
      rows[i] = new double[] {a, 5 + 2 * a + random.nextGaussian()};
    }
    Path file =
        folder.resolve("rows-" + count + "-" + seed + "-" + String.join("-", names) + ".csv");
    Tables.write(file, Table.of(List.of(names), rows));
    return file;
  }

  @Test
  void aRunThatEndsByItselfSaysSo() {
    Path data = rows(100, 1, "a", "b");
    Object[] impatient = {"--set", "training.patience=2", "--set", "learningRate=1e-12"};
    CommandRun run = train(data, impatient);
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertTrue(
        run.out().contains("ended by itself: no improvement for 2 validations, one every 10 steps"),
        run.out());
    assertFalse(run.out().contains("goes on"), run.out());
    assertFalse((run.out() + run.err()).contains("\r"), "no terminal, no carriage returns");
    CommandRun again =
        train(data, Stream.concat(Stream.of(impatient), Stream.of("--resume")).toArray());
    assertTrue(again.out().contains("nothing to train: "), again.out());
    assertTrue(again.out().contains("with no improvement for 2 validations"), again.out());
    assertTrue(
        again.out().stripTrailing().endsWith(" --resume --set training.patience=4"), again.out());
  }

  @Test
  void aTimeThatIsOverIsSaidAndBeginsAnewWhenResumed() {
    Path data = rows(100, 1, "a", "b");
    CommandRun run = train(data, "--time", "0.01s");
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertTrue(run.out().contains("ended since the time was over (0.0 s)"), run.out());
    assertTrue(run.err().contains(" left"), run.err());
    var first = ModelFolder.describe(folder.resolve("run"));
    assertEquals("TIME_OVER", first.at("/result/reason").asText());
    assertEquals(0.01, first.at("/training/timeLimit").asDouble());
    CommandRun next = train(data, "--resume", "--time", "0.02s");
    assertEquals(ExitStatus.DONE, next.status(), next.err());
    long more = ModelFolder.describe(folder.resolve("run")).at("/result/steps").asLong();
    assertTrue(more > first.at("/result/steps").asLong(), more + " steps");
  }

  @Test
  void normalsAreToldAndSaved() {
    CommandRun run = train(rows(400, 1, "a", "b"), "--steps", 3);
    assertTrue(run.out().contains("on the same rows, independent normals have "), run.out());
    assertTrue(run.out().contains("ended since all 3 steps were made"), run.out());
    assertTrue(run.out().contains("a normal with all covariances is better"), run.out());
    var result = ModelFolder.describe(folder.resolve("run")).path("result");
    // Deviations 1 and sqrt(5), of which 1 is left given the first column.
    double constant = Math.log(2 * Math.PI * Math.E);
    double se = 0.2;
    assertEquals(
        constant + 0.5 * Math.log(5), result.path("independentNormalsNll").asDouble(), 3 * se);
    assertEquals(constant, result.path("fullNormalNll").asDouble(), 3 * se);
    assertTrue(result.path("trainNll").isDouble() && result.path("testNll").isDouble());
    assertTrue(result.path("overfits").isBoolean() && result.path("wasImproving").isBoolean());
  }

  private static FitReport report(EndReason reason, double test, double train, double full) {
    TrainingResult result =
        new TrainingResult(reason, 690, 0, 0, 1, List.of(), List.of(), stateOf(700));
    return new FitReport(
        result, NEXT.config(), test, 0.01, train, 0.01, new NormalBaselines(5, full));
  }

  private static TrainingState stateOf(long steps) {
    var none = new ModelValues(new double[0], new double[0]);
    return new TrainingState(
        steps, none, OptimizerState.start(0), 1, 0, EarlyStopping.start(), null, null);
  }

  private static List<String> lines(FitReport report, FlowSpec model) {
    return TrainingReport.lines(report, model, TrainingObjective.of(Kind.LIKELIHOOD), NEXT);
  }

  @Test
  void matchingIsNamedWhereItMostlyComesFurther() {
    FitReport improving = report(EndReason.TIME_OVER, 3, 3, 4);
    FlowSpec wide = Recipe.FFJORD.spec(8, 0);
    assertEquals(3, lines(improving, wide).size());
    assertTrue(lines(improving, wide).get(2).endsWith("--objective matching+likelihood"));
    assertEquals(2, lines(improving, Recipe.OT_FLOW.spec(8, 0)).size());
    assertEquals(2, lines(improving, Recipe.NSF.spec(8, 0)).size());
    assertEquals(
        2,
        TrainingReport.lines(improving, wide, TrainingObjective.of(Kind.MATCHING_LIKELIHOOD), NEXT)
            .size());
  }

  @Test
  void linesOfAReport() {
    assertEquals(
        List.of(
            "on the same rows, independent normals have 5.0000, a normal with all covariances 4.0000",
            "validation was still improving; this goes on: fjord train --data 'my rows.csv' --seed 3 --resume --time 10m"),
        lines(report(EndReason.TIME_OVER, 3, 3, 4), Recipe.FFJORD.spec(2, 0)));
    assertEquals(
        List.of(
            "on the same rows, independent normals have 5.0000, a normal with all covariances no density (columns depend on each other)",
            "WORSE THAN INDEPENDENT NORMALS: this model has learned nothing of use; a smaller model, more rows or --set learningRate at a tenth may help",
            "it overfits: rows trained on have 2.0000 nats, test rows 220.5000; more rows, a smaller model or --smooth scott may help"),
        lines(report(EndReason.EARLY_STOPPED, 220.5, 2, Double.NaN), Recipe.NSF.spec(8, 0)));
    assertEquals(
        "a normal with all covariances is better than this model",
        lines(report(EndReason.EARLY_STOPPED, 4.5, 4.5, 4), Recipe.NSF.spec(8, 0)).get(1));
    assertEquals(
        "fjord train --data 'my rows.csv' --seed 3 --resume --steps 140",
        new Continuation(NEXT.words(), NEXT.config().withTimeLimit(0)).further());
  }

  @Test
  void nothingIsOverwrittenUnasked() throws IOException {
    Path data = rows(60, 1, "a", "b");
    Path out = folder.resolve("run");
    assertEquals(ExitStatus.DONE, train(data, "--steps", 2).status());
    byte[] before = Files.readAllBytes(out.resolve("model.safetensors"));
    String expected =
        out
            + " holds a run; --resume goes on with it, --overwrite replaces it, or give another --out";
    train(data, "--steps", 3).assertFailed(ExitStatus.WRONG_INPUT, expected);
    assertEquals(
        Arrays.hashCode(before),
        Arrays.hashCode(Files.readAllBytes(out.resolve("model.safetensors"))));
    train(data, "--resume", "--overwrite")
        .assertFailed(ExitStatus.WRONG_INPUT, "--overwrite", "--resume", "give one of them");
    // A picture of the earlier run is none of the new one.
    Files.write(out.resolve("density.png"), new byte[1]);
    Files.write(out.resolve("notes.txt"), new byte[1]);
    assertEquals(ExitStatus.DONE, train(data, "--steps", 3, "--overwrite").status());
    assertEquals(3, ModelFolder.describe(out).at("/result/steps").asInt());
    assertEquals(
        List.of(
            "checkpoint.safetensors",
            "config.json",
            "metrics.csv",
            "model.safetensors",
            "notes.txt"),
        CommandRun.files(out));
    Files.delete(out.resolve("config.json"));
    train(data, "--steps", 3)
        .assertFailed(ExitStatus.WRONG_INPUT, "holds a run that was not finished; --resume");
  }

  /** One that is killed while it draws leaves some of them out, and the page. */
  @Test
  void picturesThatAreMissingAreMadeByAResumption() throws IOException {
    Path out = folder.resolve("run");
    List<Object> words = new ArrayList<>(List.of("train", "--data", rows(60, 1, "a", "b")));
    words.addAll(List.of("--model", "planar", "--steps", 2, "--out", out));
    CommandRun.done(words.toArray());
    List<String> files = CommandRun.files(out);
    byte[] drawn = Files.readAllBytes(out.resolve("samples.png"));
    for (String missing : List.of("samples.png", "report.html")) {
      Files.delete(out.resolve(missing));
    }
    Files.write(out.resolve(".samples.png.0.part"), new byte[7]);
    words.add("--resume");
    CommandRun again = CommandRun.done(words.toArray());
    assertTrue(again.out().contains("nothing to train"), again.out());
    assertTrue(again.out().contains("pictures: training.png, samples.png"), again.out());
    assertEquals(files, CommandRun.files(out));
    assertArrayEquals(drawn, Files.readAllBytes(out.resolve("samples.png")));
    CommandRun once = CommandRun.done(words.toArray());
    assertFalse(once.out().contains("pictures:"), once.out());
  }

  @Test
  void otherDataAreNotGoneOnWith() {
    Path data = rows(60, 1, "a", "b");
    assertEquals(ExitStatus.DONE, train(data, "--steps", 2).status());
    for (Object[] other :
        new Object[][] {
          {rows(61, 1, "a", "b"), "its number of rows was 60, now 61"},
          {rows(60, 2, "a", "b"), "the rows have the same size but not the same values"},
          {rows(60, 1, "a", "c"), "its columns were a, b, now a, c"},
        }) {
      train((Path) other[0], "--steps", 4, "--resume")
          .assertFailed(
              ExitStatus.WRONG_INPUT,
              "--resume: the run in " + folder.resolve("run") + " is of other data: " + other[1],
              "give its own data, or another --out for a new run");
    }
    train(data, "--steps", 4, "--resume", "--set", "data.test=0.2")
        .assertFailed(ExitStatus.WRONG_INPUT, "its data.test was 0.1, now 0.2");
    assertEquals(ExitStatus.DONE, train(data, "--steps", 4, "--resume").status());
  }

  /** It is saved, for who wants to see it, and the status tells a script. */
  @Test
  void aModelOfNoUseEndsWithAStatus() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] wide = new double[100][60];
    for (double[] row : wide) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    Path data = folder.resolve("wide.csv");
    Tables.write(data, Table.of(wide));
    Path run = folder.resolve("wide");
    CommandRun ended =
        CommandRun.of(
            "train",
            "--data",
            data,
            "--model",
            "glow",
            "--steps",
            40,
            "--seed",
            1,
            "--out",
            run,
            "--set",
            "learningRate=0.5",
            "--set",
            "data.validation=0",
            "--no-pictures");
    assertEquals(ExitStatus.FAILED, ended.status(), ended.out());
    assertTrue(ended.out().contains("WORSE THAN INDEPENDENT NORMALS"), ended.out());
    assertTrue(Files.exists(run.resolve("model.safetensors")));
  }

  @Test
  void whatIsOfNoUse() {
    assertTrue(withLoss(5.9e16, 80).isHopeless());
    assertTrue(withLoss(Double.POSITIVE_INFINITY, 80).isHopeless());
    assertTrue(withLoss(Double.NaN, 80).isHopeless());
    assertTrue(withLoss(181, 80).isHopeless());
    assertFalse(withLoss(179, 80).isHopeless());
    assertFalse(withLoss(5.9e16, Double.NaN).isHopeless());
    assertFalse(withLoss(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY).isHopeless());
  }

  private static FitReport withLoss(double loss, double normals) {
    FitReport other = report(EndReason.COMPLETED, loss, 3, 4);
    return new FitReport(
        other.training(),
        other.config(),
        loss,
        0.01,
        other.train(),
        0.01,
        new NormalBaselines(normals, normals));
  }
}
