package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models come back from their folder as they were. */
final class ModelFolderTest {

  private static final double[][] ROWS = {{0.5, 1}, {-2, 0.25}, {3, -1}};

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"float32", "float64"})
  void aLoadedModelScoresTheSameBits(String dtype) {
    ModelConfig config =
        ModelConfig.ffjord(2)
            .withDtype(dtype)
            .withStandardization(List.of(0.1, -0.3), List.of(2.0, 1.0 / 3));
    try (BuiltModel<ModelConfig> model = config.create(random())) {
      ModelFolder.save(folder.resolve("model"), model, Map.of("note", Map.of("answer", 42)));
      double[] expected = model.flow().logProb(ROWS, Context.none(), random());
      try (BuiltModel<ModelConfig> loaded =
          BuiltModel.load(folder.resolve("model"), ModelConfig.class)) {
        assertEquals(config, loaded.config());
        assertArrayEquals(model.parameters().get(), loaded.parameters().get());
        assertArrayEquals(expected, loaded.flow().logProb(ROWS, Context.none(), random()));
      }
    }
    var about = ModelFolder.describe(folder.resolve("model"));
    assertEquals(42, about.at("/note/answer").asInt());
  }

  @Test
  void aModelCanBeLoadedInAnotherPrecision() {
    try (BuiltModel<ModelConfig> model = ModelConfig.mlp(2).create(random())) {
      ModelFolder.save(folder, model, Map.of());
      try (BuiltModel<ModelConfig> wide =
          BuiltModel.load(folder, ModelConfig.class, config -> config.withDtype("float64"))) {
        assertArrayEquals(model.parameters().get(), wide.parameters().get());
      }
    }
  }

  @Test
  void aFolderThatIsNone() {
    assertFails(
        ErrorKey.FILE_MISSING,
        () -> BuiltModel.load(folder.resolve("nosuch"), ModelConfig.class),
        "nosuch");
    assertFails(
        ErrorKey.FILE_MISSING,
        () -> BuiltModel.load(folder, ModelConfig.class),
        ModelFolder.CONFIG);
  }

  private static RandomGenerator random() {
    return new RandomStreams(3).generator(Purpose.INITIALIZATION);
  }
}
