package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.model.JsonConfig;
import org.junit.jupiter.api.Test;

/** What {@code fjord train --show} says where little or nothing is asked for. */
final class RunDefaultsTest {

  @Test
  void moonsAreTrainedAsPublishedAndOtherDensitiesByTheRecipe() {
    var moons = shown("moons");
    assertEquals("mlp", moons.at("/model/layer").asText());
    assertEquals(1_500, moons.at("/training/steps").asInt());
    assertEquals(1e-3, moons.at("/training/optimizer/learningRate").asDouble());
    assertEquals("constant", moons.at("/training/schedule/type").asText());
    assertFalse(moons.at("/data/standardize").asBoolean());
    assertEquals(moons, shown("moons", "--model", "mlp"));
    var rings = shown("rings", "--steps", 700);
    assertEquals("concatsquash", rings.at("/model/layer").asText());
    assertEquals(1e-2, rings.at("/training/optimizer/learningRate").asDouble());
    assertEquals("cosine", rings.at("/training/schedule/type").asText());
    assertEquals(700, rings.at("/training/schedule/steps").asInt());
    assertEquals(10, rings.at("/training/clipNorm").asDouble());
    assertTrue(rings.at("/data/standardize").asBoolean());
    assertEquals(rings.at("/model"), shown("moons", "--model", "ffjord").at("/model"));
  }

  @Test
  void tolerancesOfTheCommandLineAreThoseOfTrainingAndEvaluations() {
    var solve = shown("rings", "--atol", "1e-6").at("/model/solve");
    assertEquals(1e-4, solve.at("/rtol").asDouble());
    assertEquals(1e-5, solve.at("/testRtol").asDouble());
    assertEquals(1e-6, solve.at("/atol").asDouble());
    assertEquals(1e-6, solve.at("/testAtol").asDouble());
  }

  private static JsonNode shown(Object... words) {
    List<Object> all = new ArrayList<>(List.of("train", "--show", "--data"));
    all.addAll(List.of(words));
    return JsonConfig.parse(CommandRun.done(all.toArray()).out(), "shown");
  }
}
