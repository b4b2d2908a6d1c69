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
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;

/**
 * A {@link Divergence} as JSON: {@code type} as {@link Divergence#of} knows it, and {@code probes}
 * where there are any. Of hutch++ half of them are its sketch, or as many as {@code sketch} says.
 */
public final class DivergenceJson {

  private static final String PROBES = "probes";
  private static final String SKETCH = "sketch";

  private DivergenceJson() {}

  private static ObjectNode write(Divergence divergence) {
    ObjectNode node = JsonConfig.object();
    if (divergence instanceof ExactTrace) {
      node.put("type", ExactTrace.ID);
    } else if (divergence instanceof Hutchinson hutchinson) {
      node.put("type", hutchinson.distribution().id());
      node.put(PROBES, hutchinson.probes());
    } else if (divergence instanceof HutchPlusPlus both) {
      int count = both.sketch() + both.probes();
      node.put("type", HutchPlusPlus.ID);
      node.put(PROBES, count);
      if (both.sketch() != count / 2) {
        node.put(SKETCH, both.sketch());
      }
    } else {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a divergence of "
              + divergence.getClass().getSimpleName()
              + " cannot be written to JSON");
    }
    return node;
  }

  private static Divergence read(JsonNode tree) {
    JsonFields fields = JsonFields.of(tree, "divergence");
    String type = fields.text("type");
    switch (type) {
      case ExactTrace.ID -> fields.only();
      case HutchPlusPlus.ID -> fields.only(PROBES, SKETCH);
      default -> fields.only(PROBES);
    }
    int probes = fields.count(PROBES, type.equals(HutchPlusPlus.ID) ? 2 : 1);
    if (fields.has(SKETCH)) {
      int sketch = fields.count(SKETCH, 1);
      return new HutchPlusPlus(sketch, probes - sketch);
    }
    return Divergence.of(type, probes);
  }

  /** Writes a divergence. */
  public static final class Writer extends JsonSerializer<Divergence> {
    @Override
    public void serialize(Divergence value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(write(value), out);
    }
  }

  /** Reads a divergence. */
  public static final class Reader extends JsonDeserializer<Divergence> {
    @Override
    public Divergence deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return read(context.readTree(parser));
    }
  }
}
