package org.fjordflow.inference.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.internal.ConfigChecks;

/**
 * Where simulations were, to tell an observation that is none of them.
 *
 * @param name of the output
 * @param used whether the flows are given it: not where it is always the same
 * @param lower least value
 * @param upper greatest value
 */
record SimulatedRange(String name, boolean used, double lower, double upper) {

  /** As far outside as the simulated values are apart. */
  private static final double FAR = 1;

  SimulatedRange {
    ConfigChecks.require(name != null, "name of an output", name, "a text");
    ConfigChecks.require(
        Double.isFinite(upper - lower) && lower <= upper, "range of " + name, lower, "finite");
  }

  static List<SimulatedRange> of(Table table, List<String> outputs, Table used) {
    List<SimulatedRange> ranges = new ArrayList<>();
    for (String output : outputs) {
      double[] column =
          Arrays.stream(table.column(table.names().indexOf(output)))
              .filter(Double::isFinite)
              .toArray();
      ranges.add(
          new SimulatedRange(
              output,
              used.names().contains(output),
              Arrays.stream(column).min().orElseThrow(),
              Arrays.stream(column).max().orElseThrow()));
    }
    return ranges;
  }

  /** How far a value is outside, in lengths of the range; 0 inside. */
  private double distance(double value) {
    double outside = Math.max(0, Math.max(lower - value, value - upper));
    double length = upper - lower;
    return outside == 0 ? 0 : outside / (length > 0 ? length : Math.ulp(Math.abs(upper)));
  }

  private String told(double value) {
    return "'%s' is %s, simulations have %s to %s".formatted(name, value, lower, upper);
  }

  /**
   * Checks an observation.
   *
   * @param strict whether one far outside of all simulations is an error
   * @return one line for what is outside, or none
   */
  static List<String> check(List<SimulatedRange> ranges, double[] observation, boolean strict) {
    if (observation.length != ranges.size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the observation has %d values; simulations have %d: %s"
              .formatted(
                  observation.length,
                  ranges.size(),
                  ranges.stream().map(SimulatedRange::name).toList()));
    }
    List<String> outside = new ArrayList<>();
    double farthest = 0;
    for (int j = 0; j < observation.length; j++) {
      SimulatedRange range = ranges.get(j);
      if (!Double.isFinite(observation[j])) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "the observation has %s in '%s'; expected a finite number"
                .formatted(observation[j], range.name));
      }
      double distance = range.distance(observation[j]);
      if (distance > 0) {
        outside.add(range.told(observation[j]));
      }
      farthest = Math.max(farthest, distance);
    }
    if (outside.isEmpty()) {
      return List.of();
    }
    String told =
        "the observation is outside of all simulations (%s)".formatted(String.join("; ", outside));
    if (strict && farthest > FAR) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          told
              + ": what a network says there is no posterior. Check its units and the model, or simulate from a wider prior");
    }
    return List.of(told + ": the posterior is extrapolated");
  }
}
