package org.fjordflow.discrete.internal.spi;

import java.util.Map;
import org.fjordflow.core.model.NamedConfigs;
import org.fjordflow.discrete.AutoregressiveConfig;
import org.fjordflow.discrete.CouplingConfig;
import org.fjordflow.discrete.ImageGlowConfig;
import org.fjordflow.discrete.PlanarConfig;
import org.fjordflow.discrete.RadialConfig;
import org.fjordflow.discrete.SylvesterConfig;
import org.fjordflow.discrete.TarFlowConfig;

/** The families of this module. */
public final class Families implements NamedConfigs {

  /** Creates the list; called by ServiceLoader. */
  public Families() {}

  @Override
  public Map<String, Class<?>> byName() {
    return Map.of(
        "planar", PlanarConfig.class,
        "sylvester", SylvesterConfig.class,
        "radial", RadialConfig.class,
        "coupling", CouplingConfig.class,
        "image-glow", ImageGlowConfig.class,
        "autoregressive", AutoregressiveConfig.class,
        "tarflow", TarFlowConfig.class);
  }
}
