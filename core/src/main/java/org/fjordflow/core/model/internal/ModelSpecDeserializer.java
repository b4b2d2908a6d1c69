package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.fjordflow.core.model.ModelKind;
import org.fjordflow.core.model.ModelSpec;

/** Reads the configuration of a model of any kind. */
public final class ModelSpecDeserializer extends JsonDeserializer<ModelSpec> {

  @Override
  public ModelSpec deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode tree = context.readTree(parser);
    ModelKind kind = Services.kind(tree);
    if (tree instanceof ObjectNode model) {
      kind.complete(model);
    }
    return context.readTreeAsValue(tree, kind.spec());
  }
}
