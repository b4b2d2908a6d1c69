package org.fjordflow.ode;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * How the error estimates of a step's components become the one number that must be below 1. Every
 * estimate is first divided by its tolerance {@code atol + rtol max(|y_n|, |y_n+1|)}.
 *
 * <p>Components fall into the groups that {@link OdeSystem#groups} names. A norm may leave groups
 * out: what is left out is not under error control at all, and costs no steps. A group may have
 * tolerances of its own, as factors of the solve's, so that a change of the solve's tolerance keeps
 * their proportion. Groups without components count for nothing.
 *
 * <p>The length of the first step is estimated from the root mean square over the measured
 * components in every norm. For Dormand-Prince 8(5,3), whose estimate is made of two, "root mean
 * square" stands for the expression of Hairer, Norsett and Wanner (1993, II.10) for a group, and
 * for a single component in {@link Kind#LARGEST}.
 *
 * @param kind what is made of the components
 * @param groups names of the groups that are measured; empty for all
 * @param factors for names of groups, what the solve's tolerances are multiplied with there
 */
public record ErrorNorm(Kind kind, List<String> groups, Map<String, Factors> factors) {

  /** What is made of the components. */
  public enum Kind {
    /** The root mean square over all measured components. */
    ROOT_MEAN_SQUARE,
    /** The largest of the groups' root mean squares: no group hides behind a larger one. */
    MIXED,
    /** The largest component. */
    LARGEST
  }

  /**
   * Factors of the tolerances of a group.
   *
   * @param relative of the relative tolerance, zero or positive
   * @param absolute of the absolute tolerance, zero or positive
   */
  public record Factors(double relative, double absolute) {
    static final Factors NONE = new Factors(1, 1);

    /**
     * Checks the values.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is negative or not
     *     finite, or both are zero
     */
    public Factors {
      if (!(relative >= 0 && absolute >= 0 && relative + absolute > 0)
          || !Double.isFinite(relative + absolute)) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "The factors of a group's tolerances are "
                + relative
                + " and "
                + absolute
                + ": they must be finite, not negative, and not both zero.");
      }
    }
  }

  private static final ErrorNorm RMS = of(Kind.ROOT_MEAN_SQUARE);

  /** Copies the lists. */
  public ErrorNorm {
    groups = List.copyOf(groups);
    factors = Map.copyOf(factors);
  }

  /** The root mean square over all components, which is the default and Hipparchus' norm. */
  public static ErrorNorm rootMeanSquare() {
    return RMS;
  }

  /** The largest of the groups' root mean squares, as torchdiffeq's mixed norm. */
  public static ErrorNorm mixed() {
    return of(Kind.MIXED);
  }

  /** The largest component. */
  public static ErrorNorm largest() {
    return of(Kind.LARGEST);
  }

  private static ErrorNorm of(Kind kind) {
    return new ErrorNorm(kind, List.of(), Map.of());
  }

  /**
   * Returns this norm of some groups alone.
   *
   * @param names the groups that are measured; none for all
   */
  public ErrorNorm over(String... names) {
    return new ErrorNorm(kind, List.of(names), factors);
  }

  /**
   * Returns this norm with other tolerances for a group.
   *
   * @param group name of the group
   * @param relative factor of the relative tolerance
   * @param absolute factor of the absolute tolerance
   */
  public ErrorNorm withFactors(String group, double relative, double absolute) {
    Map<String, Factors> changed = new HashMap<>(factors);
    changed.put(group, new Factors(relative, absolute));
    return new ErrorNorm(kind, groups, changed);
  }

  /** Returns whether all components are measured alike, whatever their group. */
  public boolean isUniform() {
    return groups.isEmpty() && factors.isEmpty() && kind != Kind.MIXED;
  }

  /** Returns whether this is the norm that Hipparchus has. */
  boolean isHipparchus() {
    return isUniform() && kind == Kind.ROOT_MEAN_SQUARE;
  }

  /**
   * Returns whether a group is measured.
   *
   * @param group its name
   */
  public boolean measures(String group) {
    return groups.isEmpty() || groups.contains(group);
  }

  /**
   * Returns the factors of a group's tolerances.
   *
   * @param group its name
   */
  public Factors factors(String group) {
    return factors.getOrDefault(group, Factors.NONE);
  }
}
