package org.fjordflow.inference.internal;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.Parameters.Entry;
import org.fjordflow.discrete.PlanarConfig;
import org.fjordflow.discrete.RadialConfig;

/**
 * Initial values with which planar and radial layers are the identity, so that a flow begins as the
 * normal it was given. The directions and centres of layers stay as they were drawn; what is done
 * along them is learned from nothing. Sylvester layers are near the identity as they are drawn, and
 * learn faster from there. The field of a potential begins as nothing, and its quadratic part,
 * which cannot learn from there, stays so: what it could do, the normal does. Others are left
 * alone.
 */
public final class IdentityStart {

  /** Where softplus is one. */
  private static final double SOFTPLUS_ONE = Math.log(Math.E - 1);

  private final Map<String, Entry> byName = new HashMap<>();
  private final double[] values;

  private IdentityStart(Parameters parameters) {
    parameters.entries().forEach(e -> byName.put(e.parameter().name(), e));
    values = parameters.get();
  }

  /**
   * Sets the values of layers without a context.
   *
   * @param layers their configuration
   * @param prefix of their parameters' names, such as {@code flow.0.}
   * @param parameters of the flow. Modified.
   */
  public static void set(BijectionConfig layers, String prefix, Parameters parameters) {
    IdentityStart start = new IdentityStart(parameters);
    start.set(layers, prefix + "layers.", false);
    if (isPotential(layers)) {
      for (int b = 0; b < ((ContinuousConfig) layers).blocks(); b++) {
        String potential = prefix + "chain." + b + ".odefunc.diffeq.layers.potential.";
        start.zero(potential + "weight");
        start.zero(potential + "factor");
      }
    }
    parameters.set(start.values);
  }

  /**
   * Sets the values of layers with a context: what they are of it begins at zero, and the
   * directions of planar layers have length one. Drawn longer, their tanh is a step for most rows,
   * and many layers of an untrained encoder throw rows far apart.
   *
   * @param layers their configuration
   * @param prefix of their parameters' names, such as {@code posterior.}
   * @param parameters of the flow. Modified.
   */
  public static void setForRows(BijectionConfig layers, String prefix, Parameters parameters) {
    IdentityStart start = new IdentityStart(parameters);
    start.set(layers, prefix + "layers.", true);
    parameters.set(start.values);
  }

  /** Returns whether these are continuous flows whose field is that of a potential. */
  public static boolean isPotential(BijectionConfig layers) {
    return layers instanceof ContinuousConfig flow
        && flow.field().layer().equals(ContinuousConfig.Field.POTENTIAL);
  }

  private void set(BijectionConfig layers, String prefix, boolean rows) {
    if (layers instanceof PlanarConfig planar) {
      for (int i = 0; i < planar.layers(); i++) {
        setPlanar(prefix + i, planar.dim(), rows);
      }
    } else if (layers instanceof RadialConfig radial) {
      // softplus(beta) = alpha = 1
      for (int i = 0; i < radial.layers(); i++) {
        values[entry(prefix + i + ".beta").offset()] = SOFTPLUS_ONE;
        if (rows) {
          zero(prefix + i + ".beta_of_context");
          zero(prefix + i + ".alpha_of_context");
        }
      }
    }
  }

  /** Where u lies along w and w'u = log(e - 1), the constraint leaves nothing of u. */
  private void setPlanar(String layer, int dim, boolean rows) {
    int w = entry(layer + ".w").offset();
    int u = entry(layer + ".u").offset();
    double squares = 0;
    for (int j = 0; j < dim; j++) {
      squares += values[w + j] * values[w + j];
    }
    if (rows) {
      for (int j = 0; j < dim; j++) {
        values[w + j] /= Math.sqrt(squares);
      }
      squares = 1;
      zero(layer + ".u_of_context");
      zero(layer + ".w_of_context");
      zero(layer + ".b_of_context");
    }
    for (int j = 0; j < dim; j++) {
      values[u + j] = SOFTPLUS_ONE * values[w + j] / squares;
    }
  }

  private void zero(String name) {
    Entry entry = entry(name);
    int size = entry.shape().stream().reduce(1, Math::multiplyExact);
    Arrays.fill(values, entry.offset(), entry.offset() + size, 0);
  }

  private Entry entry(String name) {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new IllegalStateException("no parameter " + name);
    }
    return entry;
  }
}
