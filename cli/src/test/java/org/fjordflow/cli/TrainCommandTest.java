package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.report.PictureWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny trainings of every kind of data. */
final class TrainCommandTest {

  @TempDir private Path folder;

  @Test
  void aDensityGivesModelConfigurationMetricsAndPictures() throws IOException {
    Path out = folder.resolve("run");
    CommandRun run = train("checkerboard", out, "--steps", 4);
    assertTrue(run.out().contains("test NLL"), run.out());
    assertTrue(run.out().contains("3.4657"), "the entropy, ln 32: " + run.out());
    assertEquals(
        List.of(
            "checkpoint.safetensors",
            "config.json",
            "density.png",
            "grid.png",
            "metrics.csv",
            "model.safetensors",
            "paths.png",
            "report.html",
            "samples.png",
            "training.png"),
        CommandRun.files(out));
    Table metrics = Tables.readWithGaps(out.resolve("metrics.csv"));
    assertEquals(
        List.of(
            "step",
            "loss",
            "gradient_norm",
            "learning_rate",
            "forward_evaluations",
            "backward_evaluations",
            "seconds",
            "validation_loss"),
        metrics.names());
    assertArrayEquals(new double[] {1, 2, 3, 4}, metrics.column(0));
    var about = ModelFolder.describe(out);
    assertEquals("checkerboard", about.at("/provenance/data/description").asText());
    assertEquals(4, about.at("/result/steps").asInt());
    assertEquals(200, about.at("/result/testRows").asInt());
    assertTrue(about.at("/versions/hipparchus").asText().matches("\\d+\\.\\d+.*"));
  }

  @Test
  void theSameSeedGivesTheSameBytes() throws IOException {
    train("moons", folder.resolve("a"), "--steps", 5, "--seed", 3, "--no-pictures");
    train("moons", folder.resolve("b"), "--steps", 5, "--seed", 3, "--no-pictures");
    train("moons", folder.resolve("c"), "--steps", 5, "--seed", 4, "--no-pictures");
    assertEquals(-1, Files.mismatch(model("a"), model("b")));
    assertTrue(Files.mismatch(model("a"), model("c")) >= 0);
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBytes() throws IOException {
    train("moons", folder.resolve("a"), "--steps", 5, "--no-pictures", "--threads", 1);
    train("moons", folder.resolve("b"), "--steps", 5, "--no-pictures", "--threads", 2);
    train("moons", folder.resolve("c"), "--steps", 5, "--no-pictures");
    assertEquals(-1, Files.mismatch(model("a"), model("b")));
    assertEquals(-1, Files.mismatch(model("a"), model("c")));
  }

  @Test
  void aResumedRunEndsWithTheSameBytes() throws IOException {
    train("moons", folder.resolve("a"), "--steps", 6, "--no-pictures");
    train("moons", folder.resolve("b"), "--steps", 2, "--no-pictures");
    train("moons", folder.resolve("b"), "--steps", 6, "--no-pictures", "--resume");
    assertEquals(-1, Files.mismatch(model("a"), model("b")));
    Path metrics = folder.resolve("b").resolve("metrics.csv");
    assertEquals(6, Tables.readWithGaps(metrics).rowCount());
    Object[] again = {"--steps", 6, "--resume", "--no-pictures", "--no-report"};
    CommandRun none = train("moons", folder.resolve("b"), again);
    assertTrue(none.out().startsWith("nothing to train: "), none.out());
    assertTrue(none.out().contains("made 6 steps"), none.out());
    assertEquals(1, none.out().lines().count(), none.out());
    assertEquals(-1, Files.mismatch(model("a"), model("b")));
  }

  /** A step that is next to nothing leaves the model that it began with, in another precision. */
  @Test
  void aRunBeginsWithATrainedModel() throws IOException {
    List<String> names = List.of("a", "b", "c");
    Path first = folder.resolve("a");
    Path second = folder.resolve("b");
    train(table(60, names).toString(), first, "--model", "ffjord", "--steps", 3, "--no-pictures");
    Object[] words = {"train", "--data", table(30, names), "--out", second, "--from", first};
    String rate = "learningRate=1e-12";
    CommandRun run = begun(words, "--steps", 1, "--no-pictures", "--set", rate, "--rtol", "1e-7");
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertEquals(1, ModelFolder.describe(second).at("/result/steps").asInt());
    assertEquals(
        1e-7,
        ModelFolder.describe(second).at("/model/flow/0/solve/training/solver/rtol").asDouble());
    for (String kept : List.of("/model/flow/0/field/hidden", "/model/mean", "/model/deviation")) {
      assertEquals(ModelFolder.describe(first).at(kept), ModelFolder.describe(second).at(kept));
    }
    assertTrue(ModelFolder.describe(first).at("/provenance/initial").isNull());
    var initial = ModelFolder.describe(second).at("/provenance/initial");
    assertEquals("a", initial.at("/model").asText());
    assertEquals(64, initial.at("/sha256").asText().length());
    SafetensorsFile before = SafetensorsFile.read(model("a"));
    SafetensorsFile after = SafetensorsFile.read(model("b"));
    assertEquals(before.tensors().keySet(), after.tensors().keySet());
    for (String name : before.tensors().keySet()) {
      assertArrayEquals(before.tensor(name).values(), after.tensor(name).values(), 1e-6, name);
    }
    Object[] resumed = {"train", "--data", table(30, names), "--out", second, "--resume"};
    Path config = second.resolve("config.json");
    run = begun(resumed, "--model", config, "--steps", 2, "--no-pictures");
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertEquals(initial, ModelFolder.describe(second).at("/provenance/initial"));
  }

  @Test
  void whatARunCannotBeginWith() throws IOException {
    Path run = folder.resolve("a");
    train("moons", run, "--steps", 1, "--no-pictures");
    Object[] words = {"train", "--data", "moons", "--out", folder.resolve("b"), "--from"};
    begun(words, run, "--resume").assertFailed(ExitStatus.WRONG_INPUT, "--from", "--resume");
    begun(words, run, "--set", "hidden=3").assertFailed(ExitStatus.WRONG_INPUT, "does not fit");
    begun(words, folder.resolve("c")).assertFailed(ExitStatus.WRONG_INPUT, "no such folder");
  }

  private static CommandRun begun(Object[] words, Object... more) {
    return CommandRun.of(Stream.concat(Stream.of(words), Stream.of(more)).toArray());
  }

  @Test
  void aTableIsDealtOutAndStandardised() throws IOException {
    Path data = table(60, List.of("height", "weight", "age"));
    Path out = folder.resolve("run");
    CommandRun run =
        train(
            data.toString(),
            out,
            "--model",
            "ffjord",
            "--steps",
            4,
            "--set",
            "training.validationInterval=2");
    assertTrue(run.out().contains("3 columns, 48 rows"), run.out());
    assertTrue(run.out().contains("on 6 rows"), run.out());
    assertTrue(run.out().contains("best validation loss"), run.out());
    assertEquals(
        List.of("paths.png", "samples.png", "training.png"),
        CommandRun.files(out).stream().filter(name -> name.endsWith(".png")).toList());
    var about = ModelFolder.describe(out);
    assertEquals(100, about.at("/model/moments/mean/0").asDouble(), 3, "the first column's mean");
    assertEquals("height", about.at("/columns/0").asText());
    assertEquals(64, about.at("/provenance/data/sha256").asText().length());
    assertEquals(48, about.at("/provenance/data/rows").asInt());

    Path samples = folder.resolve("samples.csv");
    CommandRun.done("sample", "--model", out, "--n", 5, "--out", samples);
    assertEquals(List.of("height", "weight", "age"), Tables.read(samples).names());
  }

  @Test
  void aTableWithoutValidationOrTest() throws IOException {
    Path data = table(30, List.of("a", "b", "c"));
    Path out = folder.resolve("run");
    train(
        data.toString(),
        out,
        "--steps",
        2,
        "--no-pictures",
        "--set",
        "data.validation=0",
        "--set",
        "data.test=0");
    assertEquals(30, ModelFolder.describe(out).at("/provenance/data/rows").asInt());
  }

  @Test
  void manyColumnsAreTrainedWithProbesAndTestedExactly() throws IOException {
    List<String> names = new ArrayList<>();
    for (int j = 0; j < 11; j++) {
      names.add("c" + j);
    }
    Path out = folder.resolve("run");
    train(table(40, names).toString(), out, "--model", "ffjord", "--steps", 2, "--no-pictures");
    ContinuousConfig config =
        (ContinuousConfig) ModelFolder.config(out, FlowSpec.class).continuous().get(0);
    assertEquals(
        new Hutchinson(ProbeDistribution.RADEMACHER, 1), config.solve().training().divergence());
    assertEquals(new ExactTrace(), config.solve().evaluation().divergence());
  }

  @Test
  void anEnergyPenaltyIsPartOfTheLoss() throws IOException {
    List<String> penalties = List.of("--set", "kinetic=50", "--set", "model.solve.jacobian=0.25");
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      Path out = folder.resolve("run" + i);
      List<Object> more = new ArrayList<>(List.of("--steps", 1, "--no-pictures"));
      more.addAll(i == 0 ? List.of() : penalties);
      train("moons", out, more.toArray());
      losses[i] = ModelFolder.describe(out).at("/result/finalLoss").asDouble();
      ContinuousConfig config =
          (ContinuousConfig) ModelFolder.config(out, FlowSpec.class).continuous().get(0);
      EnergyPenalty penalty = config.solve().training().penalty();
      assertEquals(new EnergyPenalty(i * 50.0, i * 0.25), penalty);
    }
    assertTrue(losses[1] > losses[0] + 0.1, Arrays.toString(losses));
  }

  @Test
  void aPictureIsADensity() throws IOException {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64; i++) {
      image.setRGB(i % 8, i / 8, (i % 8 < 4 ? Color.WHITE : Color.BLACK).getRGB());
    }
    Path picture = folder.resolve("half.png");
    PictureWriter.write(picture, image);
    CommandRun run =
        train(picture.toString(), folder.resolve("run"), "--steps", 2, "--no-pictures");
    // Half of a square of side 8: ln 32.
    assertTrue(run.out().contains("3.4657"), run.out());
  }

  /** Keys lay side by side in format 1; a file that names no format is of that one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'model': {'hidden': [3, 4], 'solve': {'method': 'rk4', 'steps': 6, 'rtol': 1}}}",
        "{'format': 2, 'model': {'field': {'hidden': [3, 4]}, 'solve': {"
            + "'training': {'solver': {'type': 'fixed', 'method': 'rk4', 'steps': 6}},"
            + "'evaluation': {'solver': {'type': 'fixed', 'method': 'rk4', 'steps': 6}}}}}"
      })
  void configurationsOfBothFormatsAreRead(String text) throws IOException {
    Path file = folder.resolve("given.json");
    Files.writeString(file, text.replace('\'', '"'));
    CommandRun shown = CommandRun.done("train", "--data", "moons", "--show", "--model", file);
    var config = JsonConfig.parse(shown.out(), "shown");
    assertEquals(2, config.at("/format").asInt());
    assertEquals("[3,4]", config.at("/model/flow/0/field/hidden").toString());
    for (String solve : List.of("/model/flow/0/solve/training", "/model/flow/0/solve/evaluation")) {
      assertEquals("rk4", config.at(solve + "/solver/method").asText());
      assertEquals(6, config.at(solve + "/solver/steps").asInt());
    }
    Files.writeString(file, shown.out());
    CommandRun again = CommandRun.done("train", "--data", "moons", "--show", "--model", file);
    assertEquals(shown.out(), again.out());
  }

  /** Values that the method of format 1 did not use are there for a method that does. */
  @ParameterizedTest
  @ValueSource(strings = {"--method rk4", "--set method=rk4", "--set solver=rk4"})
  void stepsOfFormatOneWaitForAMethod(String words) throws IOException {
    Path file = folder.resolve("given.json");
    Files.writeString(file, "{\"model\": {\"solve\": {\"steps\": 5}}}");
    var config = shown("--model " + file + " " + words);
    assertEquals(5, config.at("/model/flow/0/solve/training/solver/steps").asInt());
    assertEquals(5, config.at("/model/flow/0/solve/evaluation/solver/steps").asInt());
    Files.writeString(
        file, "{\"model\": {\"solve\": {\"method\": \"dopri5\", \"steps\": 6, \"rtol\": 1e-3}}}");
    config = shown("--model " + file + " " + words);
    assertEquals(6, config.at("/model/flow/0/solve/training/solver/steps").asInt());
    config = shown("--model " + file);
    assertEquals(1e-3, config.at("/model/flow/0/solve/training/solver/rtol").asDouble());
  }

  @Test
  void textsStandForTypesInFiles() throws IOException {
    Path file = folder.resolve("given.json");
    Files.writeString(
        file,
        "{\"format\": 2, \"model\": {\"solve\": {\"training\": {\"solver\": \"rk4\","
            + " \"adjoint\": \"continuous\", \"divergence\": \"rademacher\"},"
            + " \"evaluation\": {\"solver\": {\"method\": \"luther\", \"steps\": 3}}}},"
            + " \"training\": {\"schedule\": \"constant\"}}");
    var config = shown("--model " + file);
    var training = config.at("/model/flow/0/solve/training");
    assertEquals("fixed", training.at("/solver/type").asText());
    assertEquals("rk4", training.at("/solver/method").asText());
    assertEquals("continuous", training.at("/adjoint/type").asText());
    assertEquals("rademacher", training.at("/divergence/type").asText());
    assertEquals("luther", config.at("/model/flow/0/solve/evaluation/solver/method").asText());
    assertEquals(3, config.at("/model/flow/0/solve/evaluation/solver/steps").asInt());
    assertEquals("constant", config.at("/training/schedule/type").asText());
  }

  private static JsonNode shown(String words) {
    List<Object> all =
        new ArrayList<>(List.of("train", "--data", "moons", "--objective", "likelihood", "--show"));
    all.addAll(List.of(words.split(" ", -1)));
    return JsonConfig.parse(CommandRun.done(all.toArray()).out(), "shown");
  }

  @Test
  void whatDoesNotFitIsNamedWithItsFile() throws IOException {
    for (String[] wrong :
        new String[][] {
          {"{'model': {'solve': {'rtol': 1, 'training': {}}}}", "solve.rtol", "solve.training"},
          {"{'model': {'hidden': [8], 'field': {}}}", "hidden of format 1", "field of format 2"},
          {"{'model': {'solve': {'probes': 7}}}", "solve.probes is 7"},
          {
            "{'model': {'solve': {'training': {'adjoint': 3}}}}",
            "model.flow.0.solve.training.adjoint is 3;"
          },
          {"{'model': {'hidden': '64'}}", "model.flow.field.hidden is \"64\"; expected a list"},
          {"{'model': []}", "model is []; expected an object"},
          {
            "{'training': {'batchSize': 2.5}}", "training.batchSize is 2.5; expected a whole number"
          },
          {"{'training': {'batchSize': NaN}}", "JSON has no number NaN"}
        }) {
      Path file = Files.writeString(folder.resolve("given.json"), wrong[0].replace('\'', '"'));
      CommandRun run = CommandRun.of("train", "--data", "moons", "--show", "--model", file);
      wrong[0] = "given.json";
      run.assertFailed(ExitStatus.WRONG_INPUT, wrong);
    }
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    Path out = folder.resolve("run");
    train("moons", out, "--steps", 1, "--no-pictures");
    Path file = out.resolve(ModelFolder.CONFIG);
    assertEquals(ModelFolder.FORMAT, ModelFolder.describe(out).at("/format").asInt());
    Files.writeString(file, Files.readString(file).replace("\"format\" : 2", "\"format\" : 3"));
    for (CommandRun run :
        List.of(
            CommandRun.of("info", out),
            CommandRun.of("sample", "--model", out, "--n", 1, "--out", folder.resolve("s.csv")),
            CommandRun.of("train", "--data", "moons", "--show", "--model", file),
            CommandRun.of("train", "--data", "moons", "--show", "--from", out))) {
      assertTrue(run.status() != ExitStatus.DONE);
      assertTrue(run.err().contains("format is 3; this version reads up to 2"), run.err());
      assertEquals(1, run.err().lines().count(), run.err());
    }
  }

  @Test
  void aConfigurationMayBePartialAndSettingsComeLast() throws IOException {
    Path file = folder.resolve("given.json");
    Files.writeString(
        file,
        "{\"model\": {\"activation\": \"tanh\", \"blocks\": 2},"
            + " \"training\": {\"steps\": 9, \"batchSize\": 7}}");
    CommandRun shown =
        CommandRun.done(
            "train",
            "--data",
            "moons",
            "--show",
            "--model",
            file,
            "--set",
            "blocks=3",
            "--set",
            "model.hidden=5,6",
            "--set",
            "optimizer=adamw",
            "--set",
            "learningRate=0.5",
            "--set",
            "schedule={\"type\": \"cosine\", \"steps\": 9, \"floor\": 0}",
            "--set",
            "kinetic=0.01",
            "--steps",
            2,
            "--seed",
            "-4",
            "--method",
            "rk4",
            "--solver-steps",
            "8");
    var config = JsonConfig.parse(shown.out(), "shown");
    assertEquals("tanh", config.at("/model/flow/0/field/activation").asText());
    assertEquals(3, config.at("/model/flow/0/chain/blocks").asInt());
    assertEquals("[5,6]", config.at("/model/flow/0/field/hidden").toString());
    assertEquals("mlp", config.at("/model/flow/0/field/layer").asText(), "a default");
    assertEquals(7, config.at("/training/batchSize").asInt());
    assertEquals(2, config.at("/training/steps").asInt());
    assertEquals(-4, config.at("/training/seed").asInt());
    assertEquals("adamw", config.at("/training/optimizer/type").asText());
    assertEquals(0.5, config.at("/training/optimizer/learningRate").asDouble());
    assertEquals("cosine", config.at("/training/schedule/type").asText());
    assertEquals("rk4", config.at("/model/flow/0/solve/training/solver/method").asText());
    assertEquals(8, config.at("/model/flow/0/solve/evaluation/solver/steps").asInt());
    assertEquals(0.01, config.at("/model/flow/0/solve/training/penalty/kinetic").asDouble());
    assertEquals(0, config.at("/model/flow/0/solve/training/penalty/jacobian").asDouble());
  }

  @Test
  void theConfigurationOfARunRepeatsIt() throws IOException {
    train("moons", folder.resolve("a"), "--steps", 3, "--seed", 8, "--no-pictures");
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--out",
        folder.resolve("b"),
        "--no-pictures",
        "--model",
        folder.resolve("a").resolve("config.json"));
    assertEquals(-1, Files.mismatch(model("a"), model("b")));
  }

  private Path model(String run) {
    return folder.resolve(run).resolve("model.safetensors");
  }

  private static CommandRun train(String data, Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                data,
                "--out",
                out,
                "--objective",
                "likelihood",
                "--set",
                "model.hidden=8",
                "--set",
                "training.batchSize=16",
                "--set",
                "data.testPoints=200"));
    words.addAll(List.of(more));
    return CommandRun.done(words.toArray());
  }

  private Path table(int rows, List<String> names) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    double[][] values = new double[rows][names.size()];
    for (double[] row : values) {
      for (int j = 0; j < row.length; j++) {
        row[j] = 100 + 5 * random.nextGaussian();
      }
    }
    Path file = folder.resolve("rows.csv");
    Tables.write(file, Table.of(names, values));
    return file;
  }
}
