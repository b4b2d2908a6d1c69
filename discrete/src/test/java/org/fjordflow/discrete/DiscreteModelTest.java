package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Discrete models: configurations come through JSON, and models through folders, unchanged. */
final class DiscreteModelTest {

  private static final long SEED = GradientCheck.defaultSeed();

  @TempDir private Path folder;

  static Stream<FlowConfig> flows() {
    return Stream.of(
            Flows.planar(3, 2),
            Flows.radial(3, 2),
            Flows.sylvester(3, 2, 2),
            Flows.nice(3, 2, 5),
            Flows.realNvp(3, 2, 5).withTransform(ColumnTransform.affine(1.0 / 3)),
            Flows.glow(3, 2, 5).withActivation(Activation.SWISH),
            Flows.glow(new ImageShape(2, 4, 1), 1, 1, 3),
            Flows.nsf(3, 2, 5),
            Flows.maf(3, 2, 5).withOrdering(AutoregressiveConfig.Ordering.RANDOM),
            Flows.iaf(3, 2, 5).withBatchNormalization(),
            Flows.realNvp(3, 2, 5).withBatchNormalization(),
            Flows.autoregressiveNsf(3, 2, 5).withTransform(ColumnTransform.spline(16, 3.5)),
            Flows.tarFlow(6, 3, 2, 5).withActivation(Activation.TANH),
            Flows.tarFlow(new ImagePatches(new ImageShape(2, 4, 1), 2), 1, 16))
        .flatMap(flow -> Stream.of(flow, flow.withContext(2)));
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  @ParameterizedTest
  @MethodSource("flows")
  void comesThroughJsonUnchanged(FlowConfig flow) {
    DiscreteConfig config = DiscreteConfig.of(flow);
    DiscreteConfig moved =
        config
            .withStandardization(
                Collections.nCopies(flow.dim(), -1.0 / 3), Collections.nCopies(flow.dim(), 1e-9))
            .withDtype("float64");
    for (DiscreteConfig given : List.of(config, moved)) {
      JsonNode tree = JsonConfig.parse(JsonConfig.text(JsonConfig.tree(given)), "text");
      assertEquals(given, JsonConfig.value(tree, DiscreteConfig.class, "model.json"));
      assertEquals(5, tree.size(), "its components and nothing else");
    }
  }

  @ParameterizedTest
  @MethodSource("flows")
  void aLoadedModelScoresAndSamplesTheSameBits(FlowConfig flow) {
    DiscreteConfig config =
        DiscreteConfig.of(flow)
            .withStandardization(
                Collections.nCopies(flow.dim(), 0.1), Collections.nCopies(flow.dim(), 1.0 / 3));
    double[][] rows = rows(7, flow.dim());
    Context context =
        flow.contextSize() == 0 ? Context.none() : Context.shared(new double[] {0.4, -1});
    try (BuiltModel<DiscreteConfig> model = config.create(random(), 1)) {
      double[] values = model.parameters().get();
      RandomGenerator noise = random();
      for (int i = 0; i < values.length; i++) {
        values[i] += 0.1 * noise.nextGaussian();
      }
      model.parameters().set(values);
      ModelFolder.save(folder, model, Map.of("note", "mine"));
      double[] scores = model.flow().logProb(rows, context, random());
      double[][] samples = model.flow().sample(4, context, random());
      try (BuiltModel<DiscreteConfig> loaded = BuiltModel.load(folder, DiscreteConfig.class)) {
        assertEquals(config, loaded.config());
        assertArrayEquals(model.parameters().get(), loaded.parameters().get());
        assertArrayEquals(scores, loaded.flow().logProb(rows, context, random()));
        assertArrayEquals(samples, loaded.flow().sample(4, context, random()));
      }
    }
    assertEquals("mine", ModelFolder.describe(folder).get("note").asText());
  }

  /** Initialised by the data as they come out of the standardisation, and not when loaded. */
  @Test
  void glowIsInitialisedOnceByData() {
    DiscreteConfig config =
        DiscreteConfig.of(Flows.glow(3, 1, 5))
            .withDtype("float64")
            .withStandardization(List.of(4.0, 0.0, -1.0), List.of(2.0, 5.0, 1.0));
    double[][] rows = rows(400, 3);
    try (BuiltModel<DiscreteConfig> model = config.create(random(), 1)) {
      model.initialize(Batch.of(rows), random());
      Moments moments = Moments.of(model.flow().toBase(rows, Context.none(), random()));
      assertArrayEquals(new double[3], moments.mean(), 1e-9);
      ModelFolder.save(folder, model, Map.of());
      try (BuiltModel<DiscreteConfig> loaded = BuiltModel.load(folder, DiscreteConfig.class)) {
        assertArrayEquals(model.parameters().get(), loaded.parameters().get());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "type; \"spiral\"; autoregressive, coupling, image-glow, planar, radial, sylvester",
        "dim; 0; at least 1",
        "layers; 0; layers",
        "layers; \"many\"; layers",
        "hidden; null; hidden",
        "hidden; [4, null]; hidden",
        "hidden; [4, 0]; hidden",
        "activation; \"sine\"; sine",
        "activation; null; activation",
        "mixing; \"blend\"; normalized_linear",
        "mixing; null; mixing",
        "transform; null; transform",
        "transform; {\"type\": \"cubic\"}; additive, affine, spline",
        "transform; {\"type\": \"spline\", \"bins\": 1, \"bound\": 3}; 2 to 500",
        "transform; {\"type\": \"affine\"}; bound",
        "rank; 2; rank"
      })
  void whatIsWrongInAFlowIsNamed(String field, String value, String mentioned) {
    ObjectNode json = (ObjectNode) JsonConfig.tree(DiscreteConfig.of(Flows.glow(3, 2, 5)));
    ((ObjectNode) json.get("flow")).set(field, JsonConfig.parse(value, "value"));
    refused(json, mentioned);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "flow; null; flow",
        "backend; \"tpu\"; tpu",
        "dtype; \"float16\"; float16",
        "mean; [1, 2, 3]; deviation",
        "deviation; [1, 0, 1]; given with deviation",
        "layer; \"mlp\"; layer"
      })
  void whatIsWrongInAModelIsNamed(String field, String value, String mentioned) {
    ObjectNode json = (ObjectNode) JsonConfig.tree(DiscreteConfig.of(Flows.maf(3, 2, 5)));
    json.set(field, JsonConfig.parse(value, "value"));
    refused(json, mentioned);
  }

  private static void refused(JsonNode json, String mentioned) {
    FjordException e =
        assertThrows(
            FjordException.class, () -> JsonConfig.value(json, DiscreteConfig.class, "model.json"));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("model.json") && message.contains(mentioned), message);
    assertEquals(1, message.lines().count(), message);
    List<ErrorKey> keys = List.of(ErrorKey.INVALID_CONFIGURATION, ErrorKey.INVALID_ARGUMENT);
    assertTrue(keys.contains(e.key()), e.key().toString());
  }

  @Test
  void aFolderWithAnotherModelsValues() {
    try (BuiltModel<DiscreteConfig> model =
            DiscreteConfig.of(Flows.maf(3, 2, 5)).create(random(), 1);
        BuiltModel<DiscreteConfig> other =
            DiscreteConfig.of(Flows.maf(3, 3, 5)).create(random(), 1)) {
      ModelFolder.save(folder.resolve("a"), model, Map.of());
      ModelFolder.save(folder.resolve("b"), other, Map.of());
    }
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () ->
            ModelFolder.load(
                folder.resolve("b"),
                (random, limit) -> DiscreteConfig.of(Flows.maf(3, 2, 5)).create(random, 1)),
        "layers.2");
    assertFails(
        ErrorKey.FILE_MISSING,
        () -> BuiltModel.load(folder.resolve("c"), DiscreteConfig.class),
        "no such folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "wrong"})
  void aContextThatDoesNotFit(String what) {
    DiscreteConfig config = DiscreteConfig.of(Flows.realNvp(3, 2, 5).withContext(2));
    Context context = what.equals("none") ? Context.none() : Context.shared(new double[3]);
    try (BuiltModel<DiscreteConfig> model = config.create(random(), 1)) {
      assertEquals(2, model.config().context());
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> model.flow().logProb(rows(2, 3), context, random()));
    }
  }

  @Test
  void transformsAreEqualByWhatTheyDo() {
    assertEquals(ColumnTransform.spline(8, 3), ColumnTransform.spline(8, 3));
    assertEquals(ColumnTransform.spline(8, 3).hashCode(), ColumnTransform.spline(8, 3).hashCode());
    assertTrue(!ColumnTransform.spline(8, 3).equals(ColumnTransform.spline(8, 4)));
    assertTrue(!ColumnTransform.affine().equals(ColumnTransform.affine(2)));
    assertEquals("AffineTransform[2.0]", ColumnTransform.affine(2).toString());
  }

  private static double[][] rows(int n, int columns) {
    RandomGenerator random = random();
    double[][] rows = new double[n][columns];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> 3 + 2 * random.nextGaussian());
    }
    return rows;
  }
}
