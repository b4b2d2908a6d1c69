package org.fjordflow.inference.simulation.internal;

import java.util.Map;
import org.fjordflow.core.model.NamedConfigs;

/** The bijection of this module. */
public final class Families implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public Families() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of("regression", RegressionConfig.class);
  }
}
