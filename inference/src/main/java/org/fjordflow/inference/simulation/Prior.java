package org.fjordflow.inference.simulation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TableOptions.Interval;
import org.jspecify.annotations.Nullable;

/**
 * What is known of parameters before an observation: their names, where they can be, and how they
 * are drawn. A posterior is as wide as the prior that its simulations were drawn from, so a table
 * of simulations has to be drawn from it too.
 */
public final class Prior {

  /** Draws parameters. */
  @FunctionalInterface
  public interface Sampler {
    /** Returns one value a parameter. */
    double[] sample(RandomGenerator random);
  }

  private final List<String> names;
  private final Map<String, Interval> bounds;
  private final List<String> positive;
  private final @Nullable Sampler sampler;

  private Prior(
      List<String> names,
      Map<String, Interval> bounds,
      List<String> positive,
      @Nullable Sampler sampler) {
    this.names = List.copyOf(names);
    this.bounds = Map.copyOf(bounds);
    this.positive = List.copyOf(positive);
    this.sampler = sampler;
    if (names.isEmpty() || names.stream().distinct().count() < names.size()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "parameters " + names + "; expected at least one name, and no name twice");
    }
  }

  /**
   * Parameters that are independent and uniform.
   *
   * @param names of the parameters
   * @param lower bounds, one a parameter. Not modified.
   * @param upper bounds. Not modified.
   * @throws FjordException INVALID_ARGUMENT for bounds that are not finite and increasing;
   *     SHAPE_MISMATCH for another number of them
   */
  public static Prior uniform(List<String> names, double[] lower, double[] upper) {
    if (lower.length != names.size() || upper.length != names.size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%d lower and %d upper bounds for the %d parameters %s"
              .formatted(lower.length, upper.length, names.size(), names));
    }
    Map<String, Interval> bounds = new LinkedHashMap<>();
    IntStream.range(0, lower.length)
        .forEach(j -> bounds.put(names.get(j), new Interval(lower[j], upper[j])));
    double[] from = lower.clone();
    double[] to = upper.clone();
    return new Prior(
        names,
        bounds,
        List.of(),
        random ->
            IntStream.range(0, from.length)
                .mapToDouble(j -> random.nextDouble(from[j], to[j]))
                .toArray());
  }

  /** Parameters that can be any numbers, drawn by a sampler. */
  public static Prior of(List<String> names, Sampler sampler) {
    return new Prior(names, Map.of(), List.of(), sampler);
  }

  /** Parameters of a table that is there already; such a prior cannot be drawn from. */
  public static Prior named(String... names) {
    return new Prior(List.of(names), Map.of(), List.of(), null);
  }

  /**
   * The same with bounds of a parameter: its posterior is learned on the logit scale between them,
   * so that no draw leaves them.
   *
   * @throws FjordException INVALID_ARGUMENT for a parameter that there is not, or no such bounds
   */
  public Prior withBounds(String name, double lower, double upper) {
    requireKnown(name);
    Map<String, Interval> changed = new LinkedHashMap<>(bounds);
    changed.put(name, new Interval(lower, upper));
    return new Prior(names, changed, positive, sampler);
  }

  /**
   * The same with a parameter that is positive: its posterior is learned on the log scale.
   *
   * @throws FjordException INVALID_ARGUMENT for a parameter that there is not
   */
  public Prior withPositive(String... others) {
    Arrays.stream(others).forEach(this::requireKnown);
    return new Prior(names, bounds, List.of(others), sampler);
  }

  /** The same drawn by another sampler. */
  Prior drawnBy(Sampler other) {
    return new Prior(names, bounds, positive, other);
  }

  private void requireKnown(String name) {
    if (!names.contains(name)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no parameter '" + name + "'; there are " + names);
    }
  }

  /** Returns the names of the parameters. */
  public List<String> names() {
    return names;
  }

  /**
   * Draws parameters.
   *
   * @return one value a parameter
   * @throws FjordException UNSUPPORTED for a prior of names alone; SHAPE_MISMATCH or NON_FINITE for
   *     draws that are not one finite number a parameter
   */
  public double[] sample(RandomGenerator random) {
    if (sampler == null) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "the prior of " + names + " has no sampler; make one by Prior.uniform or Prior.of");
    }
    double[] drawn = sampler.sample(random);
    if (drawn.length != names.size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the prior drew %d values for the %d parameters %s"
              .formatted(drawn.length, names.size(), names));
    }
    for (int j = 0; j < drawn.length; j++) {
      if (!Double.isFinite(drawn[j])) {
        throw new FjordException(
            ErrorKey.NON_FINITE, "the prior drew %s for '%s'".formatted(drawn[j], names.get(j)));
      }
    }
    return drawn;
  }

  /** What a flow has to know of a table's columns: parameters given the others, all real. */
  TableOptions columns(List<String> outputs) {
    TableOptions options = TableOptions.standard().withTarget(names).withGiven(outputs);
    for (String output : outputs) {
      options = options.withKind(output, Kind.REAL);
    }
    for (String name : names) {
      options = options.withKind(name, Kind.REAL);
      Interval between = bounds.get(name);
      if (between != null) {
        options = options.withBounds(name, between.lower(), between.upper());
      } else {
        options = options.withScale(name, positive.contains(name) ? Scale.LOG : Scale.STANDARD);
      }
    }
    return options;
  }
}
