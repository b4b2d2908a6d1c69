package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.fjordflow.cnf.internal.json.FormatOne;
import org.fjordflow.cnf.internal.json.SolverJson;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * What configurations said of a model before it was a list of bijections, all of it or some: the
 * values of one continuous flow side by side, or one discrete flow.
 */
final class EarlierModels {

  private static final String FLOW = "flow";
  private static final String TYPE = "type";
  private static final String CONTINUOUS = "continuous";
  private static final String CONTEXT = "context";
  private static final String DIM = "dim";

  /** Values of a continuous flow that lay side by side with those of the model. */
  private static final List<String> PARTS = List.of("field", "chain", "solve");

  private EarlierModels() {}

  /** Returns whether JSON names a discrete flow, of the present shape or an earlier one. */
  static boolean isDiscrete(JsonNode model) {
    JsonNode flow = model.path(FLOW).isArray() ? model.path(FLOW).path(0) : model.path(FLOW);
    return flow.has(TYPE) && !flow.path(TYPE).asText().equals(CONTINUOUS);
  }

  /**
   * Returns the same under present names.
   *
   * @param model all or some of a model. Not modified.
   * @param formatOne whether it is of a file of format 1
   * @param method that is going to be used in place of the one given, or null
   */
  static ObjectNode present(ObjectNode model, boolean formatOne, @Nullable SolverMethod method) {
    ObjectNode all = model.deepCopy();
    if (!all.has(FLOW)) {
      all = formatOne ? FormatOne.part(all, method) : all;
      nameSolvers(all);
      gather(all);
    } else if (all.get(FLOW).isArray()) {
      all.get(FLOW).forEach(EarlierModels::nameSolvers);
    }
    moments(all);
    return all;
  }

  private static void nameSolvers(JsonNode flow) {
    for (JsonNode part : flow.path("solve")) {
      if (part instanceof ObjectNode half && half.has("solver")) {
        half.set("solver", SolverJson.named(half.get("solver")));
      }
    }
  }

  private static void gather(ObjectNode model) {
    ObjectNode flow = model.objectNode();
    for (String part : PARTS) {
      JsonNode value = model.remove(part);
      if (value != null) {
        flow.set(part, value);
      }
    }
    if (model.has(DIM)) {
      flow.set(DIM, model.get(DIM));
    }
    if (model.has(CONTEXT)) {
      flow.set("contextSize", model.get(CONTEXT));
    }
    if (!flow.isEmpty()) {
      flow.put(TYPE, CONTINUOUS);
      ArrayNode list = model.arrayNode().add(flow);
      model.set(FLOW, list);
    }
  }

  private static void moments(ObjectNode model) {
    JsonNode mean = model.remove("mean");
    JsonNode deviation = model.remove("deviation");
    if (mean != null && deviation != null && mean.isArray() && deviation.isArray()) {
      ObjectNode moments = model.objectNode();
      moments.set("mean", mean);
      moments.set("standardDeviation", deviation);
      model.set("moments", moments);
    }
  }
}
