package org.fjordflow.ode.internal.step;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.SolverConfig;

/**
 * The groups of a system that an error norm measures, each with its tolerances. A norm that treats
 * all components alike has one group, whatever the system's own are.
 */
public final class MeasuredGroups {

  private static final double UNMEASURED = 1e-5;

  /** Neighbouring components with one tolerance. */
  public record Range(int from, int to, double rtol, double atol) {}

  private final double rtol;
  private final double atol;
  private final ErrorNorm norm;
  private final Range[] whole;
  private final int components;

  private MeasuredGroups(double rtol, double atol, ErrorNorm norm, List<OdeSystem.Group> groups) {
    this.rtol = rtol;
    this.atol = atol;
    this.norm = norm;
    this.whole = ranges(groups);
    int sum = 0;
    for (Range range : whole) {
      sum += range.to() - range.from();
    }
    this.components = sum;
  }

  /**
   * Finds the groups of a system.
   *
   * @param groups the system's; of a fixed-step method, which measures nothing, all are one
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the norm names a group
   *     that the system does not have, or measures no component; SHAPE_MISMATCH if the system's
   *     groups are not as large as its state
   */
  public static MeasuredGroups of(
      SolverConfig config, int dimension, List<OdeSystem.Group> groups) {
    ErrorNorm norm =
        config instanceof SolverConfig.Adaptive adaptive
            ? adaptive.errorNorm()
            : ErrorNorm.rootMeanSquare();
    int sum = groups.stream().mapToInt(OdeSystem.Group::size).sum();
    if (sum != dimension) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "The groups of a system have "
              + sum
              + " components, its state "
              + dimension
              + ": OdeSystem.groups() must name all of them.");
    }
    List<String> known = groups.stream().map(OdeSystem.Group::name).toList();
    Stream.concat(norm.groups().stream(), new TreeSet<>(norm.factors().keySet()).stream())
        .filter(name -> !known.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw refused("names a group '" + name + "'", known);
            });
    // Equal steps measure nothing; messages compare components by some tolerance.
    boolean hasTolerances = config instanceof SolverConfig.ByTolerance;
    double rtol = hasTolerances ? ((SolverConfig.ByTolerance) config).rtol() : UNMEASURED;
    double atol = hasTolerances ? ((SolverConfig.ByTolerance) config).atol() : UNMEASURED;
    MeasuredGroups measured = new MeasuredGroups(rtol, atol, norm, groups);
    if (measured.components == 0 && dimension > 0) {
      throw refused("measures " + norm.groups() + ", which are empty", known);
    }
    return measured;
  }

  private static FjordException refused(String what, List<String> known) {
    return new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "SolverConfig.errorNorm "
            + what
            + ": the system has "
            + known.stream().distinct().collect(Collectors.joining(", "))
            + ".");
  }

  /** Returns the number of measured groups. */
  public int size() {
    return whole.length;
  }

  /** Returns the number of measured components. */
  public int components() {
    return components;
  }

  /** Returns where the measured groups are in the whole state. */
  public Range[] whole() {
    return whole;
  }

  /**
   * Returns where the measured groups are in a state.
   *
   * @param groups groups of the whole state or of a part, as many as the system has
   */
  public Range[] ranges(List<OdeSystem.Group> groups) {
    if (norm.isUniform()) {
      int dimension = groups.stream().mapToInt(OdeSystem.Group::size).sum();
      return new Range[] {new Range(0, dimension, rtol, atol)};
    }
    List<Range> ranges = new ArrayList<>();
    int from = 0;
    for (OdeSystem.Group group : groups) {
      int to = from + group.size();
      if (norm.measures(group.name())) {
        ErrorNorm.Factors factors = norm.factors(group.name());
        ranges.add(new Range(from, to, factors.relative() * rtol, factors.absolute() * atol));
      }
      from = to;
    }
    return ranges.toArray(Range[]::new);
  }

  /**
   * Returns where the measured groups are in a state that are not {@linkplain
   * OdeSystem.Group#integral integrals}.
   *
   * @param groups as for {@link #ranges}
   */
  Range[] positions(List<OdeSystem.Group> groups) {
    List<Range> positions = new ArrayList<>();
    int from = 0;
    for (OdeSystem.Group group : groups) {
      int to = from + group.size();
      if (!group.integral() && (norm.isUniform() || norm.measures(group.name()))) {
        ErrorNorm.Factors factors = norm.factors(group.name());
        double relative = norm.isUniform() ? rtol : factors.relative() * rtol;
        double absolute = norm.isUniform() ? atol : factors.absolute() * atol;
        positions.add(new Range(from, to, relative, absolute));
      }
      from = to;
    }
    return positions.toArray(Range[]::new);
  }

  /**
   * Returns the sum of squares over some groups, in units of the tolerance at a state.
   *
   * @param start where the components begin in both arrays
   */
  static double squares(Range[] ranges, double[] x, double[] state, int start) {
    double sum = 0;
    for (Range range : ranges) {
      int from = start + range.from();
      sum += Kernels.squares(x, state, range.atol(), range.rtol(), from, start + range.to());
    }
    return sum;
  }

  /** Returns whether the largest component is wanted, and not sums of squares. */
  public boolean wantsLargest() {
    return norm.kind() == ErrorNorm.Kind.LARGEST;
  }

  /** Returns the sum or, where that is wanted, the larger one of what two parts have measured. */
  public double join(double one, double other) {
    return wantsLargest() ? Math.max(one, other) : one + other;
  }

  /**
   * Returns the norm of an error: a step is accepted below 1.
   *
   * @param estimate what measured it
   * @param measured what {@link ErrorEstimate#measure} gives: for each group the sum of squares of
   *     each estimate, or for each group its largest error. Not modified
   * @param h length of the step
   */
  public double norm(ErrorEstimate estimate, double[] measured, double h) {
    int estimates = estimate.size();
    double first = 0;
    double second = 0;
    double largest = 0;
    for (int group = 0; group < whole.length; group++) {
      switch (norm.kind()) {
        case LARGEST -> largest = Math.max(largest, measured[group]);
        case MIXED -> {
          int size = whole[group].to() - whole[group].from();
          first = measured[group * estimates];
          second = measured[group * estimates + estimates - 1];
          largest = size == 0 ? largest : Math.max(largest, estimate.norm(first, second, h, size));
        }
        case ROOT_MEAN_SQUARE -> {
          first += measured[group * estimates];
          second += measured[group * estimates + estimates - 1];
        }
      }
    }
    return norm.kind() == ErrorNorm.Kind.ROOT_MEAN_SQUARE
        ? estimate.norm(first, second, h, components)
        : largest;
  }

  /** Returns whether tolerances allow that a state is known less well than is asked for. */
  public boolean mayBeBelow(double precision) {
    for (Range range : whole) {
      if (range.rtol() < precision) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether what a field rounds the state by is more than the tolerance, in the root mean
   * square over the measured components (as LSODA's TOLSF > 1, Petzold and Hindmarsh 1983).
   *
   * @param squares sum of squares of the state in units of its tolerance
   */
  public boolean isBelow(double precision, double squares) {
    return mayBeBelow(precision) && precision * Math.sqrt(squares / components) > 1;
  }

  /**
   * Says what was asked for and what can be had.
   *
   * @param description what the system says of itself, may be empty
   */
  public String below(double precision, String description) {
    return (description.isEmpty() ? "" : description + "; ")
        + "rtol "
        + rtol
        + " with atol "
        + atol
        + ", relative precision "
        + precision;
  }
}
