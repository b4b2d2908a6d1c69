package org.fjordflow.cnf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.ResolvableDeserializer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.fjordflow.cnf.internal.json.FormatOne;

/** Reads a {@link ModelConfig} of the present format or of {@link FormatOne}. */
final class ModelConfigDeserializer extends JsonDeserializer<ModelConfig> {

  @Override
  public ModelConfig deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode tree = context.readTree(parser);
    if (tree instanceof ObjectNode given && FormatOne.is(given)) {
      tree = FormatOne.whole(given);
    }
    if (tree.path("solve").path("evaluation") instanceof ObjectNode evaluation
        && !evaluation.has("steps")) {
      evaluation.put(
          "steps", SolveSettings.Steps.BY_ROW.id()); // files from before there was a choice
    }
    try (JsonParser values = tree.traverse(parser.getCodec())) {
      values.nextToken();
      return (ModelConfig) ofRecord(context).deserialize(values, context);
    }
  }

  /** The deserializer that Jackson makes for a record; asked for by type, it would be this one. */
  private static JsonDeserializer<Object> ofRecord(DeserializationContext context)
      throws JsonMappingException {
    JavaType type = context.constructType(ModelConfig.class);
    JsonDeserializer<Object> made =
        context
            .getFactory()
            .createBeanDeserializer(context, type, context.getConfig().introspect(type));
    if (made instanceof ResolvableDeserializer resolvable) {
      resolvable.resolve(context);
    }
    return made;
  }
}
