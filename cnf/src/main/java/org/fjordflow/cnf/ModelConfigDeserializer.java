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
import java.util.List;
import java.util.Locale;

/**
 * Reads a {@link ModelConfig}, and gives what older files do not name the value that it had then.
 */
final class ModelConfigDeserializer extends JsonDeserializer<ModelConfig> {

  @Override
  public ModelConfig deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    JsonNode tree = context.readTree(parser);
    if (tree instanceof ObjectNode given) {
      ObjectNode model = given.deepCopy();
      complete(model);
      tree = model;
    }
    try (JsonParser values = tree.traverse(parser.getCodec())) {
      values.nextToken();
      return (ModelConfig) ofRecord(context).deserialize(values, context);
    }
  }

  private static void complete(ObjectNode model) {
    model.putIfAbsent("inputGain", model.numberNode(1.0));
    if (model.get("solve") instanceof ObjectNode solve) {
      solve.putIfAbsent("errorNorm", solve.textNode(FlowNorm.RMS.id()));
      solve.putIfAbsent("kineticPenalty", solve.numberNode(0.0));
      solve.putIfAbsent("jacobianPenalty", solve.numberNode(0.0));
      // One tolerance was for training and evaluations.
      for (String tolerance : List.of("Rtol", "Atol")) {
        JsonNode both = solve.get(tolerance.toLowerCase(Locale.ROOT));
        if (both != null) {
          solve.putIfAbsent("test" + tolerance, both);
        }
      }
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
