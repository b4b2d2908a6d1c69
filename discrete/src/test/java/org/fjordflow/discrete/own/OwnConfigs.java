package org.fjordflow.discrete.own;

import java.util.Map;
import org.fjordflow.core.model.NamedConfigs;

/** Names the family in JSON; stands in META-INF/services. */
public final class OwnConfigs implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public OwnConfigs() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of("x-scale", ScaleConfig.class);
  }
}
