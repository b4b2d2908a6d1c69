package org.fjordflow.cnf.ffjord;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** State dicts of FFJORD's code against that code's formulas in plain loops. */
final class FfjordFilesTest {

  private static final List<Integer> HIDDEN = List.of(4, 3);

  @TempDir private Path folder;
  private Path tensors;
  private Path config;
  private RandomGenerator random;

  static Stream<Arguments> layersAndActivations() {
    return Stream.of(TimeLayerKind.values())
        .flatMap(
            kind ->
                Stream.of(Activation.values())
                    .map(activation -> Arguments.of(kind.id(), activation.id())));
  }

  @BeforeEach
  void nameFiles() {
    tensors = folder.resolve("model.safetensors");
    config = folder.resolve("config.json");
    random = new RandomStreams(17).generator(Purpose.DATA);
  }

  @ParameterizedTest
  @MethodSource("layersAndActivations")
  void everyLayerAndActivation(String kind, String activation) throws IOException {
    FfjordStateDict saved = new FfjordStateDict(kind, activation, 2, HIDDEN, 2, random);
    write(saved.tensors());
    writeConfig(kind, activation);
    double[][] x = {{0.3, -0.7}, {-1.1, 0.2}, {0, 0}};
    try (BuiltModel<ModelConfig> model = FfjordFiles.read(tensors, config, null)) {
      assertEquals("float64", model.config().dtype());
      // One midpoint step a block: two evaluations, one of them at a time other than zero.
      SolveSettings midpoint =
          model.config().solve().withSolver(SolverConfig.fixed(SolverMethod.MIDPOINT, 1));
      Bijection solved = ContinuousFlow.solved(model.flow().bijection(), solve -> midpoint);
      double[][] z = model.withBijection(solved).flow().toBase(x, Context.none(), random);
      for (int i = 0; i < x.length; i++) {
        double[] expected = x[i];
        for (int b = 0; b < 2; b++) {
          double time = Math.pow(0.8 + 0.1 * b, 2);
          double[] half = moved(expected, saved.field(b, 0, expected), time / 2);
          expected = moved(expected, saved.field(b, time / 2, half), time);
        }
        assertArrayEquals(expected, z[i], 1e-13, kind + " " + activation + ", row " + i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"module.", "regularised"})
  void otherWrappingsOfTheSameModel(String wrapping) throws IOException {
    FfjordStateDict saved = new FfjordStateDict("concat", "tanh", 2, HIDDEN, 1, random);
    UnaryOperator<String> rename =
        wrapping.equals("module.")
            ? name -> "module." + name
            : name -> name.replace(".odefunc.", ".odefunc.odefunc.");
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    saved.tensors().forEach((name, tensor) -> renamed.put(rename.apply(name), tensor));
    write(renamed);
    writeConfig("concat", "tanh");
    try (BuiltModel<ModelConfig> model = FfjordFiles.read(tensors, config, "float32")) {
      assertEquals("float32", model.config().dtype());
      assertEquals(4 * 3 + 4 + 3 * 5 + 3 + 2 * 4 + 2 + 1, model.parameters().size());
    }
  }

  @Test
  void theArgumentsOfFfjordsProgramsAreAConfiguration() throws IOException {
    write(new FfjordStateDict("blend", "softplus", 3, HIDDEN, 1, random).tensors());
    Files.writeString(
        config,
        "{\"dims\": \"4-3\", \"layer_type\": \"blend\", \"nonlinearity\": \"softplus\","
            + " \"num_blocks\": 1, \"divergence_fn\": \"approximate\", \"rademacher\": true,"
            + " \"residual\": false, \"batch_norm\": false, \"lr\": 0.001}");
    try (BuiltModel<ModelConfig> model = FfjordFiles.read(tensors, config, null)) {
      assertEquals(3, model.config().dim());
      assertEquals(HIDDEN, model.config().field().hidden());
      assertEquals(SolveSettings.hutchinson(), model.config().solve());
    }
  }

  @Test
  void whatIsMissingUnknownOrOfAnotherShapeIsNamed() throws IOException {
    Map<String, Tensor> sound =
        new FfjordStateDict("ignore", "tanh", 2, HIDDEN, 1, random).tensors();
    writeConfig("ignore", "tanh");
    String bias = "chain.0.odefunc.diffeq.layers.1._layer.bias";
    assertFailsWith(sound, bias, null, ErrorKey.SHAPE_MISMATCH, bias);
    assertFailsWith(sound, bias, Tensor.float64(new double[9], 9), ErrorKey.SHAPE_MISMATCH, bias);
    assertFailsWith(
        sound, "stray", Tensor.float64(new double[1], 1), ErrorKey.SHAPE_MISMATCH, "stray");
    double[] broken = {1, Double.NaN, 1};
    assertFailsWith(sound, bias, Tensor.float64(broken, 3), ErrorKey.FILE_DAMAGED, bias);
    write(Map.of("weight", Tensor.float64(new double[1], 1)));
    assertFails(
        ErrorKey.FILE_DAMAGED, () -> FfjordFiles.read(tensors, config, null), "chain.0.odefunc");
  }

  @Test
  void whatCannotBeReadIsNamed() throws IOException {
    Map<String, Tensor> sound =
        new FfjordStateDict("ignore", "tanh", 2, HIDDEN, 1, random).tensors();
    writeConfig("ignore", "tanh");
    Tensor one = Tensor.float64(new double[2], 2);
    assertFailsWith(sound, "chain.1.running_mean", one, ErrorKey.UNSUPPORTED, "batch norm");
    assertFailsWith(
        sound,
        "chain.0.odefunc.diffeq.layers.0._layer.weight_orig",
        one,
        ErrorKey.UNSUPPORTED,
        "spectral");
    assertFailsWith(
        sound,
        "chain.0.odefunc.diffeq.layers.0._layer.weight",
        Tensor.float64(new double[36], 2, 2, 3, 3),
        ErrorKey.UNSUPPORTED,
        "convolution");
    write(sound);
    for (String flag : List.of("residual", "batch_norm")) {
      Files.writeString(
          config,
          "{\"hidden\": [4, 3], \"layer\": \"ignore\", \"activation\": \"tanh\", \""
              + flag
              + "\": true}");
      assertFails(ErrorKey.UNSUPPORTED, () -> FfjordFiles.read(tensors, config, null), flag);
    }
  }

  @Test
  void aConfigurationThatDoesNotFit() throws IOException {
    write(new FfjordStateDict("hyper", "tanh", 2, HIDDEN, 1, random).tensors());
    String rest = ", \"layer\": \"hyper\", \"activation\": \"tanh\"}";
    Files.writeString(config, "{\"hidden\": [4, 3], \"dim\": 5" + rest);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> FfjordFiles.read(tensors, config, null), "dim");
    Files.writeString(config, "{\"hidden\": [4, 3], \"blocks\": 2" + rest);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> FfjordFiles.read(tensors, config, null), "blocks");
    Files.writeString(config, "{\"hidden\": \"4-x\"" + rest);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> FfjordFiles.read(tensors, config, null), "4-x");
    Files.writeString(config, "{\"hidden\": [4]" + rest);
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> FfjordFiles.read(tensors, config, null), "layers.2");
    Files.writeString(config, "{\"dim\": 2" + rest);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> FfjordFiles.read(tensors, config, null), "hidden");
    Files.delete(config);
    assertFails(
        ErrorKey.FILE_MISSING, () -> FfjordFiles.read(tensors, config, null), "config.json");
  }

  private void assertFailsWith(
      Map<String, Tensor> sound,
      String name,
      @Nullable Tensor tensor,
      ErrorKey key,
      String mentioned) {
    Map<String, Tensor> changed = new LinkedHashMap<>(sound);
    if (tensor == null) {
      changed.remove(name);
    } else {
      changed.put(name, tensor);
    }
    write(changed);
    assertFails(key, () -> FfjordFiles.read(tensors, config, null), mentioned);
  }

  private void write(Map<String, Tensor> content) {
    new SafetensorsFile(content, Map.of()).write(tensors);
  }

  private void writeConfig(String layer, String activation) throws IOException {
    Files.writeString(
        config,
        "{\"hidden\": [4, 3], \"layer\": \""
            + layer
            + "\", \"activation\": \""
            + activation
            + "\"}");
  }

  private static double[] moved(double[] x, double[] direction, double length) {
    double[] result = x.clone();
    for (int j = 0; j < x.length; j++) {
      result[j] += length * direction[j];
    }
    return result;
  }
}
