package org.fjordflow.cnf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.fjordflow.core.model.JsonConfig;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.junit.jupiter.api.Test;

/** Files that were written before a value had a name are read as they were meant. */
final class EarlierConfigTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void filesWithoutAnErrorNormHaveTheDefault() {
    ModelConfig config = ModelConfig.mlp(2).withSolve(SolveConfig.exact().withErrorNorm("mixed"));
    ObjectNode json = MAPPER.valueToTree(config);
    assertEquals(config, JsonConfig.value(json, ModelConfig.class, "model.json"));
    ((ObjectNode) json.get("solve")).remove("errorNorm");
    ModelConfig read = JsonConfig.value(json, ModelConfig.class, "model.json");
    assertEquals(config.withSolve(SolveConfig.exact()), read);
    assertFalse(json.get("solve").has("errorNorm"), "what is given is not modified");
    assertEquals(ErrorNorm.rootMeanSquare(), norm(read.solve()));
    for (String name : List.of("rms", "state", "mixed", "largest")) {
      SolveSettings options = SolveConfig.exact().withErrorNorm(name).options();
      assertEquals(options.training(), options.evaluation());
      assertEquals(
          name.equals("state") ? List.of(ContinuousFlow.POSITIONS) : List.of(),
          norm(options).groups());
    }
  }

  @Test
  void filesWithoutTestTolerancesHaveThoseOfTraining() {
    SolveConfig both = SolveConfig.exact().withSolver("dopri5", 1e-3, 1e-4, 1);
    ModelConfig config = ModelConfig.mlp(2).withSolve(both.withTestTolerances(1e-6, 1e-7));
    ObjectNode json = MAPPER.valueToTree(config);
    assertEquals(config, JsonConfig.value(json, ModelConfig.class, "model.json"));
    ((ObjectNode) json.get("solve")).remove(List.of("testRtol", "testAtol"));
    assertEquals(config.withSolve(both), JsonConfig.value(json, ModelConfig.class, "model.json"));
  }

  @Test
  void filesWithoutPenaltiesHaveNone() {
    ModelConfig config = ModelConfig.mlp(2).withSolve(SolveConfig.exact().withPenalties(0.25, 0.5));
    assertEquals(new EnergyPenalty(0.25, 0.5), config.solve().penalty());
    ObjectNode json = MAPPER.valueToTree(config);
    assertEquals(config, JsonConfig.value(json, ModelConfig.class, "model.json"));
    ((ObjectNode) json.get("solve")).remove(List.of("kineticPenalty", "jacobianPenalty"));
    ModelConfig read = JsonConfig.value(json, ModelConfig.class, "model.json");
    assertEquals(config.withSolve(SolveConfig.exact()), read);
    assertEquals(EnergyPenalty.NONE, read.solve().penalty());
  }

  @Test
  void filesWithoutAGainHaveNone() {
    ObjectNode json = MAPPER.valueToTree(ModelConfig.mlp(2));
    json.put("inputGain", 5);
    assertEquals(5, JsonConfig.value(json, ModelConfig.class, "model.json").inputGain());
    json.remove("inputGain");
    assertEquals(ModelConfig.mlp(2), JsonConfig.value(json, ModelConfig.class, "model.json"));
  }

  private static ErrorNorm norm(SolveSettings options) {
    return ((SolverConfig.Adaptive) options.training()).errorNorm();
  }
}
