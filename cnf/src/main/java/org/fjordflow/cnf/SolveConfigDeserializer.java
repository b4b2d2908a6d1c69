package org.fjordflow.cnf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Reads a {@link SolveConfig} within a model's, and gives what older files do not name the value
 * that it had then.
 */
final class SolveConfigDeserializer extends JsonDeserializer<SolveConfig> {

  @Override
  public SolveConfig deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode tree = context.readTree(parser);
    if (tree instanceof ObjectNode object) {
      ObjectNode earlier = object.objectNode();
      earlier.put("errorNorm", FlowNorm.RMS.id());
      earlier.put("kineticPenalty", 0.0);
      earlier.put("jacobianPenalty", 0.0);
      // One tolerance was for training and evaluations.
      earlier.set("testRtol", object.get("rtol"));
      earlier.set("testAtol", object.get("atol"));
      earlier.setAll(object);
      tree = earlier;
    }
    return context.readTreeAsValue(tree, SolveConfig.class);
  }
}
