package org.fjordflow.inference;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.Parameters.Entry;
import org.fjordflow.discrete.PlanarConfig;
import org.fjordflow.discrete.RadialConfig;

/**
 * Initial values with which planar and radial layers are the identity, so that a flow begins as the
 * normal it was given. The directions and centres of layers stay as they were drawn; what is done
 * along them is learned from nothing. Sylvester layers are near the identity as they are drawn, and
 * learn faster from there.
 */
final class IdentityStart {

  /** Where softplus is one. */
  private static final double SOFTPLUS_ONE = Math.log(Math.E - 1);

  private final Map<String, Entry> byName = new HashMap<>();
  private final double[] values;

  private IdentityStart(Parameters parameters) {
    parameters.entries().forEach(e -> byName.put(e.parameter().name(), e));
    values = parameters.get();
  }

  /**
   * Sets the values of all such layers whose directions are exchanged.
   *
   * @param flow its bijections
   * @param parameters of the flow. Modified.
   */
  static void set(List<BijectionConfig> flow, Parameters parameters) {
    IdentityStart start = new IdentityStart(parameters);
    for (int i = 0; i < flow.size(); i++) {
      if (flow.get(i) instanceof InverseConfig inverse) {
        start.set(inverse.of(), "flow." + i + ".layers.");
      }
    }
    parameters.set(start.values);
  }

  private void set(BijectionConfig layers, String prefix) {
    if (layers instanceof PlanarConfig planar) {
      for (int i = 0; i < planar.layers(); i++) {
        setPlanar(prefix + i, planar.dim());
      }
    } else if (layers instanceof RadialConfig radial) {
      // softplus(beta) = alpha = 1
      for (int i = 0; i < radial.layers(); i++) {
        values[entry(prefix + i + ".beta").offset()] = SOFTPLUS_ONE;
      }
    }
  }

  /** Where u lies along w and w'u = log(e - 1), the constraint leaves nothing of u. */
  private void setPlanar(String layer, int dim) {
    int w = entry(layer + ".w").offset();
    int u = entry(layer + ".u").offset();
    double squares = 0;
    for (int j = 0; j < dim; j++) {
      squares += values[w + j] * values[w + j];
    }
    for (int j = 0; j < dim; j++) {
      values[u + j] = SOFTPLUS_ONE * values[w + j] / squares;
    }
  }

  private Entry entry(String name) {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new IllegalStateException("no parameter " + name);
    }
    return entry;
  }
}
