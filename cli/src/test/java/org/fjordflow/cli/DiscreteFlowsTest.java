package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.discrete.DiscreteConfig;
import org.fjordflow.discrete.FlowConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models are trained by name, and every command takes any of them. */
final class DiscreteFlowsTest {

  @TempDir private Path folder;

  static Stream<String> names() {
    return Stream.of(Recipe.values()).map(Recipe::id);
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyModelTrainsScoresSamplesAndTransforms(String name) {
    Path run = folder.resolve("run");
    train(name, run, "--steps", 2, "--no-pictures");
    Path samples = folder.resolve("samples.csv");
    Path base = folder.resolve("base.csv");
    Path back = folder.resolve("back.csv");
    Path scores = folder.resolve("scores.csv");
    CommandRun.done("sample", "--model", run, "--n", 20, "--out", samples);
    CommandRun.done("score", "--model", run, "--data", samples, "--out", scores);
    CommandRun.done("transform", "--model", run, "--data", samples, "--out", base);
    CommandRun.done("transform", "--model", run, "--data", base, "--out", back, "--inverse");
    assertEquals(List.of("log_prob"), Tables.read(scores).names());
    double[][] rows = Tables.read(samples).rows();
    double[][] returned = Tables.read(back).rows();
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], returned[i], 1e-3, name);
    }
    CommandRun info = CommandRun.done("info", run);
    assertTrue(info.out().contains("dtype: float32"), info.out());
  }

  @Test
  void aDiscreteRunLeavesItsFilesAndSaysNothingOfSolves() throws IOException {
    Path run = folder.resolve("run");
    CommandRun done = train("nsf", run, "--steps", 3);
    assertFalse(done.out().contains("evaluations"), done.out());
    assertEquals(
        List.of("density.png", "grid.png", "samples.png", "training.png"),
        CommandRun.files(run).stream().filter(file -> file.endsWith(".png")).toList());
    CommandRun info = CommandRun.done("info", run, "--parameters");
    for (String text : List.of("type: coupling", "type: spline", "layers.0.coupling", "mean: ")) {
      assertTrue(info.out().contains(text), text + " in " + info.out());
    }
  }

  /** Glow's drawn permutations and what its normalisation took from data are not made anew. */
  @ParameterizedTest
  @ValueSource(strings = {"glow", "maf", "nsf"})
  void aResumedRunEndsWithTheSameBytes(String name) throws IOException {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    Object[] schedule = {"--no-pictures", "--set", "schedule={\"type\": \"constant\"}", "--steps"};
    train(name, whole, append(schedule, 6));
    train(name, parts, append(schedule, 2));
    train(name, parts, append(schedule, 6, "--resume"));
    assertEquals(
        -1,
        Files.mismatch(
            whole.resolve(ModelFolder.PARAMETERS), parts.resolve(ModelFolder.PARAMETERS)));
  }

  private static Object[] append(Object[] words, Object... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
  }

  @Test
  void theConfigurationOfARunRepeatsIt() throws IOException {
    Path first = folder.resolve("a");
    Path second = folder.resolve("b");
    train("realnvp", first, "--steps", 2, "--no-pictures", "--set", "flow.layers=3");
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--out",
        second,
        "--no-pictures",
        "--model",
        first.resolve("config.json"));
    assertEquals(
        -1,
        Files.mismatch(
            first.resolve(ModelFolder.PARAMETERS), second.resolve(ModelFolder.PARAMETERS)));
    assertEquals(
        3, ((FlowConfig) ModelFolder.config(second, FlowSpec.class).flow().get(0)).layers());
  }

  @Test
  void valuesOfAFlowCanBeSet() {
    CommandRun shown =
        CommandRun.done(
            "train",
            "--data",
            "moons",
            "--model",
            "maf",
            "--show",
            "--set",
            "flow.hidden=7,8",
            "--set",
            "activation=tanh",
            "--set",
            "ordering=random",
            "--set",
            "transform={\"type\": \"spline\", \"bins\": 5, \"bound\": 3}");
    var config = JsonConfig.parse(shown.out(), "shown");
    assertEquals("[7,8]", config.at("/model/flow/0/hidden").toString());
    assertEquals("tanh", config.at("/model/flow/0/activation").asText());
    assertEquals("random", config.at("/model/flow/0/ordering").asText());
    assertEquals(5, config.at("/model/flow/0/transform/bins").asInt());
    assertEquals("cosine", config.at("/training/schedule/type").asText());
    assertTrue(config.at("/data/standardize").asBoolean());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train --data moons --model maf --rtol 1e-3 --show",
        "train --data moons --model maf --method rk4 --show",
        "train --data moons --model glow --error-norm rms --show",
        "train --data moons --model maf --set method=rk4",
        "train --data moons --model maf --set flow.layers=0",
        "train --data moons --model maf --set flow.dim=3",
        "train --data moons --model maf --set flow.contextSize=1",
        "train --data moons --model maf --set activation=sine",
        "train --data moons --model maf --set transform=cubic",
        "train --data moons --model frobnicate"
      })
  void wrongWordsAreWrongUsage(String line) {
    CommandRun.of((Object[]) line.split(" ")).assertFailed(ExitStatus.WRONG_INPUT);
  }

  @Test
  void unknownModelsAreToldTheKnownOnes() {
    CommandRun.of("train", "--data", "moons", "--model", "frobnicate")
        .assertFailed(
            ExitStatus.WRONG_INPUT, "frobnicate", "ffjord, mlp, ot-flow, maf", "sylvester");
  }

  @Test
  void optionsOfContinuousFlowsAreRefused() {
    Path run = folder.resolve("run");
    train("nice", run, "--steps", 1, "--no-pictures");
    Path rows = folder.resolve("rows.csv");
    CommandRun.done("sample", "--model", run, "--n", 5, "--out", rows);
    Path out = folder.resolve("scores.csv");
    Map<String, String> options =
        Map.of(
            "--divergence", "exact",
            "--probes", "3",
            "--standard-error", "0.1",
            "--probe-file", rows.toString(),
            "--rtol", "1e-3",
            "--method", "rk4",
            "--solver-steps", "4");
    options.forEach(
        (option, value) ->
            CommandRun.of("score", "--model", run, "--data", rows, "--out", out, option, value)
                .assertFailed(ExitStatus.WRONG_INPUT, option, "discrete"));
    assertFalse(Files.exists(out));
    CommandRun.of("solvers", "--out", folder.resolve("s"), "--problems", "none", "--model", run)
        .assertFailed(ExitStatus.WRONG_INPUT, "discrete");
  }

  @Test
  void conditionalAndDamagedModelsAreToldInOneLine() throws IOException {
    Path model = folder.resolve("model");
    DiscreteConfig config = DiscreteConfig.of(Flows.maf(2, 2, 4).withContext(1));
    try (BuiltModel<DiscreteConfig> created =
        config.create(new RandomStreams(1).generator(Purpose.INITIALIZATION), 1)) {
      ModelFolder.save(model, created, Map.of());
    }
    sample(model)
        .assertFailed(
            ExitStatus.WRONG_INPUT, "is given 1 column; say their values with --given FILE");
    Path file = model.resolve(ModelFolder.CONFIG);
    String text = Files.readString(file);
    Files.writeString(file, text.replace("\"autoregressive\"", "\"recursive\""));
    sample(model)
        .assertFailed(
            ExitStatus.WRONG_INPUT, "config.json", "recursive", "autoregressive, coupling");
    Files.writeString(file, text.replace("\"ordering\"", "\"order\""));
    sample(model).assertFailed(ExitStatus.WRONG_INPUT, "config.json", "order");
    String plain = text.replaceAll("\"contextSize\" : \\d", "\"contextSize\" : 0");
    Files.writeString(file, plain);
    sample(model).assertFailed(ExitStatus.WRONG_INPUT, "model.safetensors", "does not fit");
  }

  private CommandRun sample(Path model) {
    return CommandRun.of("sample", "--model", model, "--n", 3, "--out", folder.resolve("out.csv"));
  }

  private static CommandRun train(String model, Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                "moons",
                "--model",
                model,
                "--out",
                out,
                "--set",
                "training.batchSize=16",
                "--set",
                "data.testPoints=200"));
    words.addAll(List.of(more));
    return CommandRun.done(words.toArray());
  }
}
