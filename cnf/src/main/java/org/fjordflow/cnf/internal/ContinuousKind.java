package org.fjordflow.cnf.internal;

import com.fasterxml.jackson.databind.JsonNode;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.model.ModelKind;
import org.fjordflow.core.model.ModelSpec;

/** Continuous flows, which have a field. */
public final class ContinuousKind implements ModelKind {

  /** Creates the kind; called by ServiceLoader. */
  public ContinuousKind() {}

  @Override
  public String name() {
    return "continuous";
  }

  @Override
  public Class<? extends ModelSpec> spec() {
    return ModelConfig.class;
  }

  @Override
  public boolean describes(JsonNode model) {
    return model.has("field") || model.has("hidden"); // the latter in format 1
  }
}
