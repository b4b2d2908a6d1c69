package org.fjordflow.core.model.internal.spi;

import java.util.Map;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.NamedConfigs;

/** The bases of this module. */
public final class Bases implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public Bases() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of(
        "normal", BaseConfig.Normal.class,
        "diagonal-normal", BaseConfig.DiagonalNormal.class,
        "student-t", BaseConfig.StudentT.class,
        "mixture", BaseConfig.Mixture.class,
        "uniform", BaseConfig.Uniform.class,
        "source", BaseConfig.Source.class);
  }
}
