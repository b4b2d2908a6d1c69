package org.fjordflow.core.model.internal;

import java.util.List;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Checks of configurations. Absent values are told like wrong ones, since they come from files: all
 * of these throw INVALID_CONFIGURATION, naming the value, what was given and what was expected.
 */
public final class ConfigChecks {

  private ConfigChecks() {}

  /** Checks that something holds. */
  public static void require(boolean holds, String name, @Nullable Object given, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + " is " + given + "; expected " + expected);
    }
  }

  /**
   * Copies a list, which must be there and have no gaps.
   *
   * @param values Not modified.
   */
  public static <T> List<T> list(String name, @Nullable List<T> values) {
    boolean complete = values != null && values.stream().noneMatch(Objects::isNull);
    require(complete, name, values, "a list without gaps");
    return List.copyOf(Objects.requireNonNull(values));
  }

  /**
   * Copies numbers of columns in ascending order; absent ones are none.
   *
   * @param values from 0, each once. Not modified.
   * @param dim how many columns there are
   */
  public static List<Integer> columns(String name, @Nullable List<Integer> values, int dim) {
    List<Integer> copy = values == null ? List.of() : list(name, values);
    List<Integer> sorted = copy.stream().distinct().sorted().toList();
    require(
        sorted.size() == copy.size() && sorted.stream().allMatch(c -> c >= 0 && c < dim),
        name,
        copy,
        "different numbers from 0 to " + (dim - 1));
    return sorted;
  }

  /** Returns what is thrown where something is asked for columns of angles and has none. */
  public static FjordException notCircular(String what) {
    return new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        what
            + " cannot have circular columns, which need splines whose ends meet; the models nsf and nsf-ar can");
  }

  /**
   * Checks that columns of angles are not standardised.
   *
   * @param mean what is subtracted from each column, or null for nothing
   * @param deviation what each column is divided by
   */
  public static void requireAngles(
      List<Integer> circular, @Nullable List<Double> mean, @Nullable List<Double> deviation) {
    if (mean != null && deviation != null) {
      for (int column : circular) {
        require(
            mean.get(column) == 0 && deviation.get(column) == 1,
            "circular column " + column,
            "standardised by mean " + mean.get(column) + ", deviation " + deviation.get(column),
            "0 and 1, since it is an angle in radians");
      }
    }
  }

  /**
   * Copies means, one finite value a column, or null for none.
   *
   * @param values Not modified.
   */
  public static @Nullable List<Double> mean(@Nullable List<Double> values, int dim) {
    return values == null ? null : moments("mean", values, dim, Double.NEGATIVE_INFINITY);
  }

  /**
   * Copies standard deviations, one positive value a column, or null where there are no means.
   *
   * @param values Not modified.
   */
  public static @Nullable List<Double> deviation(
      @Nullable List<Double> values, int dim, @Nullable List<Double> mean) {
    require((mean == null) == (values == null), "mean", mean, "given with deviation, or not");
    return values == null ? null : moments("deviation", values, dim, 0);
  }

  private static List<Double> moments(String name, List<Double> values, int dim, double above) {
    List<Double> copy = list(name, values);
    boolean fits = copy.stream().allMatch(v -> v > above && v < Double.POSITIVE_INFINITY);
    String sign = above == 0 ? "positive" : "finite";
    require(fits && copy.size() == dim, name, copy, dim + " " + sign + " values");
    return copy;
  }
}
