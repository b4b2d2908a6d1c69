package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever goes wrong: one line, a status that tells, nothing half-written. */
final class FailuresTest {

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void saveAModel() {
    model = folder.resolve("model");
    try (BuiltModel<ModelConfig> created =
        ModelConfig.mlp(2).create(new RandomStreams(1).generator(Purpose.INITIALIZATION))) {
      ModelFolder.save(model, created, Map.of());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "frobnicate",
        "train",
        "train --data",
        "train --data nosuch",
        "train --data moons --steps few",
        "train --data moons --frobnicate",
        "train --data moons --steps -1",
        "train --data moons --rtol -1",
        "train --data moons --method heun",
        "train --data moons --method gbs",
        "train --data moons --set method=adams-moulton",
        "train --data moons --error-norm l2",
        "train --data moons --threads 0",
        "train --data moons --threads 0 --show",
        "train --data moons --threads many",
        "train --data moons --set training",
        "train --data moons --set learningrate=1",
        "train --data rings --set steps=2",
        "train --data moons --method rk4 --rtol 1e-3",
        "train --data moons --method euler --error-norm state",
        "train --data moons --solver-steps 5",
        "train --data moons --set method=rk4 --set rtol=1e-3",
        "train --data moons --set probes=2",
        "train --data moons --set model.solve=exact",
        "train --data moons --set model.hidden=a,b",
        "train --data moons --set batchSize=many",
        "train --data moons --set batchSize=1.5",
        "train --data moons --set model.dim=3",
        "train --data moons --set model.context=1",
        "train --data moons --set layer=conv",
        "train --data moons --set patience=3",
        "train --data moons --set kinetic=-1",
        "train --data moons --set jacobian=none",
        "train --data moons --set data.test=2",
        "train --data moons --model nosuch.json",
        "sample --model nosuch --n 1 --out out.csv",
        "sample --model nosuch --n 0 --out out.csv",
        "score --model",
        "import --ffjord nosuch --config nosuch --out out",
        "solvers",
        "solvers --out runs/a --problems nosuch",
        "solvers --out runs/a --methods heun",
        "solvers --out runs/a --tolerances 0",
        "solvers --out runs/a --tolerances few",
        "solvers --out runs/a --rows 0",
        "solvers --out runs/a --threads 0",
        "solvers --out runs/a --data rows.csv",
        "solvers --out runs/a --csv nosuch.csv",
        "solvers --out runs/a --model nosuch",
        "info nosuch",
        "info . extra"
      })
  void wrongWordsAreWrongUsage(String line) throws IOException {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    CommandRun run = CommandRun.of((Object[]) words);
    run.assertFailed(ExitStatus.WRONG_INPUT);
    assertFalse(Files.exists(Path.of("out.csv")));
    assertFalse(Files.exists(Path.of("runs")));
  }

  @Test
  void aMethodWithoutADiscreteAdjointSaysWhatCan() {
    CommandRun.of("train", "--data", "moons", "--method", "gbs")
        .assertFailed(ExitStatus.WRONG_INPUT, "gbs", "continuous adjoint", "dopri5");
    CommandRun.done(
        "train", "--data", "moons", "--method", "gbs", "--set", "adjoint=continuous", "--show");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ragged rows     | 1,2;3          | line 2",
        "text            | 1,2;3,four     | four",
        "NaN             | 1,2;3,nan      | line 2",
        "infinite        | 1,2;inf,4      | line 2",
        "an empty cell   | 1,2;3,         | line 2",
        "too few columns | 1;2            | 1 columns; the model has 2",
        "too many        | 1,2,3          | 3 columns; the model has 2",
        "nothing         | ;              | no rows",
        "only a header   | a,b            | no rows"
      })
  void rowsThatDoNotFit(String what, String content, String mentioned) throws IOException {
    Path data = folder.resolve("rows.csv");
    Files.writeString(data, content.replace(';', '\n') + "\n");
    for (String command : List.of("score", "transform")) {
      Path out = folder.resolve("out").resolve("out.csv");
      CommandRun.of(command, "--model", model, "--data", data, "--out", out, "--missing", "refuse")
          .assertFailed(ExitStatus.WRONG_INPUT, mentioned, "rows.csv");
      assertEquals(List.of(), CommandRun.files(folder.resolve("out")), what);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --data moons --out OUT/run",
        "score --model MODEL --data nosuch.csv --out OUT/scores.csv",
        "sample --model MODEL --n 3 --out OUT/samples.csv",
        "transform --model MODEL --data nosuch.csv --out OUT/base.csv"
      })
  void noThreadsAreRefusedInOneLine(String line) {
    String paths =
        line.replace("MODEL", model.toString()).replace("OUT", folder.resolve("out").toString());
    for (String threads : List.of("0", "-2")) {
      Object[] words = (paths + " --threads " + threads).split(" ");
      CommandRun.of(words)
          .assertFailed(
              ExitStatus.WRONG_INPUT, "--threads is " + threads + "; expected at least 1");
      assertFalse(Files.exists(folder.resolve("out")));
    }
  }

  @Test
  void damagedTablesAreNotTrainedOn() throws IOException {
    Path data = folder.resolve("rows.csv");
    Files.writeString(data, "a,b\n1,2\n3\n");
    Path out = folder.resolve("run");
    CommandRun.of("train", "--data", data, "--out", out)
        .assertFailed(ExitStatus.WRONG_INPUT, "line 3");
    assertFalse(Files.exists(out));
  }

  @Test
  void aMissingOrDamagedModel() throws IOException {
    Path parameters = model.resolve(ModelFolder.PARAMETERS);
    byte[] sound = Files.readAllBytes(parameters);
    Files.write(parameters, Arrays.copyOf(sound, sound.length - 5));
    sample().assertFailed(ExitStatus.WRONG_INPUT, "model.safetensors");
    Files.writeString(parameters, "nonsense");
    sample().assertFailed(ExitStatus.WRONG_INPUT, "model.safetensors");
    Files.delete(parameters);
    sample().assertFailed(ExitStatus.WRONG_INPUT, "model.safetensors");
    Files.write(parameters, sound);

    Path config = model.resolve(ModelFolder.CONFIG);
    String text = Files.readString(config);
    Files.writeString(config, text.replace("[64,64,64]", "[64,32,64]").replace("64, 64", "64, 32"));
    sample().assertFailed(ExitStatus.WRONG_INPUT, "chain.0");
    Files.writeString(config, text.substring(0, text.length() / 2));
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json", "line");
    Files.writeString(config, "[]");
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json");
    Files.writeString(config, "{}");
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json", "model");
    Files.writeString(config, text.replace("\"elu\"", "\"sine\""));
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json", "sine");
    Files.writeString(config, text.replace("\"blocks\"", "\"bricks\""));
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json");
    Files.delete(config);
    sample().assertFailed(ExitStatus.WRONG_INPUT, "config.json");
  }

  @Test
  void unknownKeysOfAConfigurationAreNamedWithTheKnownOnes() throws IOException {
    Path file = folder.resolve("given.json");
    Files.writeString(file, "{\"training\": {\"epochs\": 3}}");
    CommandRun.of("train", "--data", "moons", "--model", file, "--show")
        .assertFailed(ExitStatus.WRONG_INPUT, "given.json", "training.epochs", "batchSize");
    Files.writeString(file, "{\"training\": {\"steps\": \"many\"}}");
    CommandRun.of("train", "--data", "moons", "--model", file, "--show")
        .assertFailed(ExitStatus.WRONG_INPUT, "given.json", "many");
    Files.writeString(file, "{\"training\": 3}");
    CommandRun.of("train", "--data", "moons", "--model", file, "--show")
        .assertFailed(ExitStatus.WRONG_INPUT, "given.json", "training");
  }

  @Test
  void foldersThatCannotBeWritten() throws IOException {
    Path file = folder.resolve("file");
    Files.writeString(file, "in the way");
    CommandRun.of("train", "--data", "moons", "--steps", 1, "--out", file.resolve("run"))
        .assertFailed(ExitStatus.FAILED, "file");
    CommandRun.of("sample", "--model", model, "--n", 3, "--out", file.resolve("out.csv"))
        .assertFailed(ExitStatus.FAILED, "out.csv");
    assertEquals("in the way", Files.readString(file));
  }

  @Test
  void unknownEndingsOfFiles() throws IOException {
    CommandRun.of("sample", "--model", model, "--n", 3, "--out", folder.resolve("out.xls"))
        .assertFailed(ExitStatus.WRONG_INPUT, "out.xls", ".csv");
    assertFalse(Files.exists(folder.resolve("out.xls")));
  }

  @Test
  void tolerancesBelowTheNetworksPrecisionAreRefused() {
    assertSolveFails(
        List.of("--rtol", "1e-15", "--atol", "1e-300"), "below the field's precision", "float64");
    assertSolveFails(
        List.of("--rtol", "1e-9", "--atol", "1e-9"), "below the field's precision", "rtol 1.0E-9");
    CommandRun.done(
        "sample",
        "--model",
        model,
        "--n",
        3,
        "--out",
        folder.resolve("out.csv"),
        "--rtol",
        "1e-7",
        "--atol",
        "1e-7",
        "--error-norm",
        "mixed");
  }

  /** With all parameters so large the field is steep, then so steep that it overflows. */
  @Test
  void solvesThatFailSayWhereAndWhatToTry() {
    scaleParameters(2e4);
    assertSolveFails(List.of(), "Step underflow", "loosen rtol");
    scaleParameters(1e10);
    assertSolveFails(List.of(), "not finite", "regularise the field");
  }

  @Test
  void spentBudgetsSayWhatToTry() {
    Path out = folder.resolve("run");
    CommandRun.of(
            "train", "--data", "moons", "--steps", 1, "--set", "maxEvaluations=5", "--out", out)
        .assertFailed(
            ExitStatus.FAILED,
            "budget",
            "t = ",
            "h = ",
            "worst component",
            "norm of the parameters",
            "raise maxEvaluations");
  }

  private void scaleParameters(double factor) {
    try (BuiltModel<ModelConfig> loaded = BuiltModel.load(model, ModelConfig.class)) {
      double[] values = loaded.parameters().get();
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
      loaded.parameters().set(values);
      ModelFolder.save(model, loaded, Map.of());
    }
  }

  private void assertSolveFails(List<String> options, String... mentioned) {
    Path out = folder.resolve("failed.csv");
    List<Object> words = new ArrayList<>(List.of("sample", "--model", model, "--n", 3));
    words.addAll(List.of("--out", out));
    words.addAll(options);
    CommandRun run = CommandRun.of(words.toArray());
    run.assertFailed(ExitStatus.FAILED, mentioned);
    run.assertFailed(
        ExitStatus.FAILED, "t = ", "h = ", "worst component", "row ", "norm of the parameters");
    assertFalse(Files.exists(out));
  }

  @Test
  void defectsAreOneLineWithAHint() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Failures failures = new Failures(new PrintStream(err, true, StandardCharsets.UTF_8));
    assertEquals(ExitStatus.FAILED, failures.report(new IllegalStateException("a\nb")));
    String said = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, said.lines().count(), said);
    assertTrue(said.contains("IllegalStateException: a; b") && said.contains("FJORD_DEBUG"), said);
    err.reset();
    assertEquals(ExitStatus.FAILED, failures.report(new OutOfMemoryError("heap")));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("--chunk-rows"));
    err.reset();
    assertEquals(ExitStatus.FAILED, failures.report(new UnsatisfiedLinkError("no cache")));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("cachedir="));
  }

  @Test
  void helpAndVersion() {
    CommandRun help = CommandRun.done("--help");
    for (String command : List.of("train", "sample", "score", "transform", "import", "info")) {
      assertTrue(help.out().contains(command), help.out());
      CommandRun own = CommandRun.done(command, "--help");
      assertTrue(own.out().contains("fjord " + command), own.out());
      assertTrue(own.out().contains("Example"), own.out());
    }
    assertTrue(CommandRun.done("--version").out().startsWith("fjord "));
  }

  private CommandRun sample() throws IOException {
    Path out = folder.resolve("samples").resolve("out.csv");
    CommandRun run = CommandRun.of("sample", "--model", model, "--n", 3, "--out", out);
    assertEquals(List.of(), CommandRun.files(folder.resolve("samples")));
    return run;
  }

  /** What is of training is told by train alone. */
  @Test
  void helpOfCommandsThatUseAModelIsOfThem() {
    for (String command : new String[] {"score", "sample", "transform"}) {
      String help = CommandRun.done(command, "--help").out();
      assertTrue(help.contains("--solver-steps"), help);
      assertFalse(help.contains("training"), help);
      assertFalse(help.contains("adjoint"), help);
    }
    assertTrue(CommandRun.done("train", "--help").out().contains("adjoint=continuous alone"));
  }

  /** Names and values come from files, and terminals obey what they print. */
  @Test
  void namesInMessagesSteerNoTerminal() throws IOException {
    Path data = folder.resolve("names.csv");
    Files.writeString(data, "\u001b[2Ja,b\n1,2\n3,4\n\u001b[31mx,5\n");
    CommandRun run =
        CommandRun.of("train", "--data", data, "--steps", 1, "--out", folder.resolve("r"));
    assertFalse((run.out() + run.err()).contains("\u001b"), run.out() + run.err());
    assertTrue((run.out() + run.err()).contains("\\u001b[2Ja"), run.out() + run.err());
    Path config = model.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(
        config,
        text.replaceFirst(
            "\"activation\" : \"\\w+\"",
            "\"activation\" : \"\\\\u001b]0;" + "t".repeat(314_000) + "\""));
    CommandRun info = CommandRun.of("info", model);
    info.assertFailed(ExitStatus.WRONG_INPUT, "unknown activation '\\u001b]0;ttt");
    assertTrue(info.err().length() < 5_000, info.err().length() + " characters");
  }
}
