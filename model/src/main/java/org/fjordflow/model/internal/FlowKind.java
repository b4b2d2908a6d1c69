package org.fjordflow.model.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.fjordflow.core.model.ModelKind;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.model.FlowSpec;

/** Flows of a list of bijections. */
public final class FlowKind implements ModelKind {

  /** Creates the kind; called by ServiceLoader. */
  public FlowKind() {}

  @Override
  public String name() {
    return "flow";
  }

  @Override
  public Class<? extends ModelSpec> spec() {
    return FlowSpec.class;
  }

  @Override
  public boolean describes(JsonNode model) {
    return model.path("flow").isArray();
  }

  /**
   * Before tables had kinds, all columns were real numbers, none were images, and noise was
   * uniform.
   */
  @Override
  public void complete(ObjectNode model) {
    if (!model.has("table")) {
      model.putNull("table");
    }
    if (!model.has("images")) {
      model.putNull("images");
    }
    if (model.get("images") instanceof ObjectNode images && !images.has("variational")) {
      images.putNull("variational");
    }
  }
}
