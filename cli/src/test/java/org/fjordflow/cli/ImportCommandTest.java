package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.TestData;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.model.ModelFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models of FFJORD's code, through the command alone, against an accurate integration and the
 * published values (good to some 1e-7; see the README beside them).
 */
final class ImportCommandTest {

  private static final double TOLERANCE = 1e-8;
  private static final double PUBLISHED_TOLERANCE = 2e-7;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ffjord-2d-exact", "ffjord-3d-two-blocks", "ffjord-5d-hutchinson"})
  void scoresAndTransformsAsTheReference(String name) {
    Path expectedFile = resource(name, "expected.safetensors");
    SafetensorsFile expected = SafetensorsFile.read(expectedFile);
    SafetensorsFile accurate = SafetensorsFile.read(resource(name, "accurate.safetensors"));
    Path model = importModel(name);
    assertEquals("float64", ModelFolder.config(model, ModelConfig.class).dtype());

    Path scores = folder.resolve("scores.csv");
    List<Object> score =
        new ArrayList<>(
            List.of("score", "--model", model, "--data", expectedFile + ":x", "--out", scores));
    score.addAll(List.of("--rtol", "1e-10", "--atol", "1e-10"));
    if (name.contains("hutchinson")) {
      score.addAll(List.of("--probe-file", expectedFile + ":noise.0"));
    }
    CommandRun.done(score.toArray());
    Table scored = Tables.readWithGaps(scores);
    assertEquals("log_prob", scored.names().get(0));
    assertClose(accurate.tensor("log_prob").values(), scored.column(0), TOLERANCE);
    assertClose(expected.tensor("log_prob").values(), scored.column(0), PUBLISHED_TOLERANCE);

    Path base = folder.resolve("z.csv");
    CommandRun.done(
        "transform",
        "--model",
        model,
        "--data",
        expectedFile + ":x",
        "--out",
        base,
        "--rtol",
        "1e-10",
        "--atol",
        "1e-10");
    Table z = Tables.read(base);
    assertClose(accurate.tensor("z").values(), flat(z), TOLERANCE);
    assertClose(expected.tensor("z").values(), flat(z), PUBLISHED_TOLERANCE);

    Path back = folder.resolve("x.csv");
    CommandRun.done(
        "transform",
        "--model",
        model,
        "--data",
        base,
        "--out",
        back,
        "--inverse",
        "--rtol",
        "1e-10",
        "--atol",
        "1e-10");
    assertClose(expected.tensor("x").values(), flat(Tables.read(back)), TOLERANCE);
  }

  @Test
  void roundsToAnotherPrecisionOnRequest() {
    Path model = importModel("ffjord-2d-exact", "--dtype", "float32");
    assertEquals("float32", ModelFolder.config(model, ModelConfig.class).dtype());
    CommandRun info = CommandRun.done("info", model);
    assertTrue(info.out().contains("1417 parameters"), info.out());
  }

  @Test
  void probesMustFitTheData() {
    Path expected = resource("ffjord-5d-hutchinson", "expected.safetensors");
    Path model = importModel("ffjord-5d-hutchinson");
    Path out = folder.resolve("scores.csv");
    CommandRun.of(
            "score",
            "--model",
            model,
            "--data",
            expected + ":x",
            "--out",
            out,
            "--probe-file",
            expected + ":log_prob")
        .assertFailed(ExitStatus.WRONG_INPUT, "64 rows of 1 columns", "64 of 5");
    CommandRun.of(
            "score",
            "--model",
            model,
            "--data",
            expected + ":x",
            "--out",
            out,
            "--probe-file",
            expected + ":noise.0",
            "--probe-file",
            expected + ":noise.0")
        .assertFailed(ExitStatus.WRONG_INPUT, "1 blocks");
  }

  private Path importModel(String name, Object... more) {
    Path model = folder.resolve("model");
    List<Object> words =
        new ArrayList<>(
            List.of(
                "import",
                "--ffjord",
                resource(name, "model.safetensors"),
                "--config",
                resource(name, "config.json"),
                "--out",
                model));
    words.addAll(List.of(more));
    CommandRun.done(words.toArray());
    return model;
  }

  private static Path resource(String name, String file) {
    return TestData.resource("reference/" + name + "/" + file);
  }

  private static double[] flat(Table table) {
    double[] values = new double[table.rowCount() * table.columns()];
    for (int i = 0; i < values.length; i++) {
      values[i] = table.rows()[i / table.columns()][i % table.columns()];
    }
    return values;
  }

  private static void assertClose(double[] expected, double[] given, double tolerance) {
    assertEquals(expected.length, given.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], given[i], tolerance, "value " + i);
    }
  }
}
