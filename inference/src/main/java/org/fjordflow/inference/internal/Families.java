package org.fjordflow.inference.internal;

import java.util.Map;
import org.fjordflow.core.model.NamedConfigs;
import org.fjordflow.inference.AffineConfig;
import org.fjordflow.inference.InverseConfig;

/** The bijections of this module. */
public final class Families implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public Families() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of("affine", AffineConfig.class, "inverse", InverseConfig.class);
  }
}
