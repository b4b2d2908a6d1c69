package org.fjordflow.cnf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Reads a {@link SolveConfig} within a model's, and names the error norm that older files do not.
 */
final class SolveConfigDeserializer extends JsonDeserializer<SolveConfig> {

  private static final String ERROR_NORM = "errorNorm";

  @Override
  public SolveConfig deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode tree = context.readTree(parser);
    if (tree instanceof ObjectNode object && !object.has(ERROR_NORM)) {
      tree = object.deepCopy().put(ERROR_NORM, FlowNorm.RMS.id());
    }
    return context.readTreeAsValue(tree, SolveConfig.class);
  }
}
