package org.fjordflow.discrete.internal.layers;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * Values of a transform for each row: one trained row for all, plus, where there is a context, a
 * trained linear map of it.
 *
 * @param row 1 x size
 * @param map size x context size, or null for no context
 */
record ContextRow(Parameter row, @Nullable Parameter map) {

  /** Deviation of the initial weights: the context counts, but moves values only a little. */
  private static final double INITIAL = 0.05;

  /**
   * Creates the parameters {@code name} and, with a context, {@code name_of_context}.
   *
   * @param initial values at context zero
   */
  static ContextRow create(
      Parameters parameters,
      String name,
      double[] initial,
      int contextSize,
      RandomGenerator random) {
    int size = initial.length;
    Parameter row = parameters.add(name, initial, size);
    if (contextSize == 0) {
      return new ContextRow(row, null);
    }
    String map = name + "_of_context";
    int count = parameters.require(map, size, contextSize);
    double[] weights = Initializers.normal(INITIAL, count, random);
    return new ContextRow(row, parameters.add(map, weights, size, contextSize));
  }

  int contextSize() {
    return map == null ? 0 : map.value().cols();
  }

  /** The values, rows x size. */
  Var on(Tape tape, int rows, @Nullable Var context) {
    Var shift = tape.parameter(row);
    return map == null || context == null
        ? tape.repeat(shift, rows)
        : tape.layer(Elementwise.IDENTITY, context, tape.parameter(map), null, shift);
  }
}
