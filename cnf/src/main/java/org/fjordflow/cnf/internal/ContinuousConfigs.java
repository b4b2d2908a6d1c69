package org.fjordflow.cnf.internal;

import java.util.Map;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.core.model.NamedConfigs;

/** The bijections of this module. */
public final class ContinuousConfigs implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public ContinuousConfigs() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of(
        "continuous", ContinuousConfig.class, "continuous-images", ContinuousConfig.Images.class);
  }
}
