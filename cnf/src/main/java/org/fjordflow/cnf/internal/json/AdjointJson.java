package org.fjordflow.cnf.internal.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;

/** An {@link Adjoint} as JSON: {@code type}, and what that one has. */
public final class AdjointJson {

  static final String DISCRETE = "discrete";
  static final String CONTINUOUS = "continuous";

  private static final String MEMORY = "memoryBudget";
  private static final String BACKWARD = "backwardConfig";

  private AdjointJson() {}

  private static ObjectNode write(Adjoint adjoint) {
    ObjectNode node = JsonConfig.object();
    if (adjoint instanceof DiscreteAdjoint discrete) {
      node.put("type", DISCRETE);
      node.put(MEMORY, discrete.memoryBudget());
    } else if (adjoint instanceof ContinuousAdjoint continuous) {
      node.put("type", CONTINUOUS);
      SolverConfig backward = continuous.backwardConfig();
      if (backward != null) {
        node.set(BACKWARD, SolverJson.write(backward));
      }
    }
    return node;
  }

  private static Adjoint read(JsonNode tree) {
    JsonFields fields = JsonFields.of(tree, "adjoint");
    String type = fields.text("type");
    switch (type) {
      case DISCRETE -> {
        fields.only(MEMORY);
        return new DiscreteAdjoint(fields.integer(MEMORY, DiscreteAdjoint.DEFAULT_MEMORY));
      }
      case CONTINUOUS -> {
        fields.only(BACKWARD);
        JsonNode backward = fields.node().get(BACKWARD);
        return new ContinuousAdjoint(backward == null ? null : SolverJson.read(backward));
      }
      default ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION,
              "unknown adjoint '" + type + "'; expected discrete or continuous");
    }
  }

  /** Writes an adjoint. */
  public static final class Writer extends JsonSerializer<Adjoint> {
    @Override
    public void serialize(Adjoint value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(write(value), out);
    }
  }

  /** Reads an adjoint. */
  public static final class Reader extends JsonDeserializer<Adjoint> {
    @Override
    public Adjoint deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return read(context.readTree(parser));
    }
  }
}
