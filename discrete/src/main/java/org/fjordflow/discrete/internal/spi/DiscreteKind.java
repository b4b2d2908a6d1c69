package org.fjordflow.discrete.internal.spi;

import com.fasterxml.jackson.databind.JsonNode;
import org.fjordflow.core.model.ModelKind;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.discrete.DiscreteConfig;

/** Discrete flows, which say their family. */
public final class DiscreteKind implements ModelKind {

  /** Creates the kind; called by ServiceLoader. */
  public DiscreteKind() {}

  @Override
  public String name() {
    return "discrete";
  }

  @Override
  public Class<? extends ModelSpec> spec() {
    return DiscreteConfig.class;
  }

  @Override
  public boolean describes(JsonNode model) {
    return model.path("flow").isObject();
  }
}
