package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.internal.JsonConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code fjord train --show} says where little or nothing is asked for. */
final class RunDefaultsTest {

  @Test
  void moonsAreMatchedAndOtherDensitiesTrainedByTheRecipe() {
    var matched = shown("moons");
    assertEquals("matching", matched.at("/objective/kind").asText());
    assertEquals("power", matched.at("/objective/matching/times/type").asText());
    assertEquals("swish", matched.at("/model/flow/0/field/activation").asText());
    assertEquals(6_000, matched.at("/training/steps").asInt());
    assertEquals(0.999, matched.at("/training/averageDecay").asDouble());
    assertEquals(matched, shown("moons", "--objective", "matching"));
    var finished = shown("rings", "--objective", "matching+likelihood", "--steps", 200);
    assertEquals(matched.at("/model"), finished.at("/model"));
    assertEquals(0.05, finished.at("/objective/finishing").asDouble());
    assertEquals(200, finished.at("/training/schedule/steps").asInt());
    var moons = shown("moons", "--model", "mlp");
    assertEquals("likelihood", moons.at("/objective/kind").asText());
    assertEquals("mlp", moons.at("/model/flow/0/field/layer").asText());
    assertEquals(1_500, moons.at("/training/steps").asInt());
    assertEquals(1e-3, moons.at("/training/optimizer/learningRate").asDouble());
    assertEquals("constant", moons.at("/training/schedule/type").asText());
    assertFalse(moons.at("/data/standardize").asBoolean());
    assertEquals(moons, shown("moons", "--objective", "likelihood"));
    var rings = shown("rings", "--steps", 700);
    assertEquals("concatsquash", rings.at("/model/flow/0/field/layer").asText());
    assertEquals(1e-2, rings.at("/training/optimizer/learningRate").asDouble());
    assertEquals("cosine", rings.at("/training/schedule/type").asText());
    assertEquals(700, rings.at("/training/schedule/steps").asInt());
    assertEquals(10, rings.at("/training/clipNorm").asDouble());
    assertTrue(rings.at("/data/standardize").asBoolean());
    assertEquals(rings.at("/model"), shown("moons", "--model", "ffjord").at("/model"));
  }

  @Test
  void tolerancesOfTheCommandLineAreThoseOfTrainingAndEvaluations() {
    var solve = shown("rings", "--atol", "1e-6").at("/model/flow/0/solve");
    assertEquals(1e-4, solve.at("/training/solver/rtol").asDouble());
    assertEquals(1e-5, solve.at("/evaluation/solver/rtol").asDouble());
    assertEquals(1e-6, solve.at("/training/solver/atol").asDouble());
    assertEquals(1e-6, solve.at("/evaluation/solver/atol").asDouble());
  }

  @Test
  void tablesHaveTheRecipesRateUntilValidationStopsToImprove(@TempDir Path folder) {
    double[][] rows =
        IntStream.range(0, 40)
            .mapToObj(i -> new double[] {i + 0.5, 0.7 * i * i, Math.sin(i), i % 2 + 0.5})
            .toArray(double[][]::new);
    Path file = folder.resolve("rows.csv");
    Tables.write(file, Table.of(List.of("a", "b", "c", "d"), rows));
    var table = shown(file).at("/training");
    assertEquals(2e-3, table.at("/optimizer/learningRate").asDouble());
    assertEquals("coupling", shown(file).at("/model/flow/0/type").asText());
    assertEquals(
        1e-2, shown(file, "--model", "ffjord").at("/training/optimizer/learningRate").asDouble());
    assertEquals("cooldown", table.at("/schedule/type").asText());
    assertEquals("plateau", table.at("/schedule/then/type").asText());
    assertEquals(75, table.at("/patience").asInt());
    assertEquals(300, table.at("/timeLimit").asDouble());
    assertEquals(0, shown(file, "--time", "none").at("/training/timeLimit").asDouble());
    assertEquals(90, shown(file, "--time", "1.5m").at("/training/timeLimit").asDouble());
    // A number of steps has the training that it always had, and no limit.
    var counted = shown(file, "--steps", 70).at("/training");
    assertEquals("plateau", counted.at("/schedule/type").asText());
    assertEquals(5, counted.at("/schedule/validations").asInt());
    assertEquals(15, counted.at("/patience").asInt());
    assertEquals(70, counted.at("/steps").asInt());
    assertEquals(0, counted.at("/timeLimit").asDouble());
    assertEquals(counted, shown(file, "--set", "training.steps=70").at("/training"));
    assertEquals(
        9, shown(file, "--steps", 70, "--time", "9s").at("/training/timeLimit").asDouble());
    var maf = shown(file, "--model", "maf").at("/training");
    assertEquals(1e-3, maf.at("/optimizer/learningRate").asDouble());

    Object[] training = {
      "train", "--data", file, "--out", folder.resolve("run"), "--steps", 1, "--no-pictures"
    };
    assertTrue(CommandRun.done(training).out().contains("quarter or more of column d:"));
  }

  private static JsonNode shown(Object... words) {
    List<Object> all = new ArrayList<>(List.of("train", "--show", "--data"));
    all.addAll(List.of(words));
    return JsonConfig.parse(CommandRun.done(all.toArray()).out(), "shown");
  }
}
