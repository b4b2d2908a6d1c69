package org.fjordflow.ode;

import java.util.Arrays;
import java.util.List;

/**
 * What is done with an attempt of a Hipparchus integrator beside it: norms that it does not have,
 * and the watch for stiffness.
 */
final class AttemptCheck {
  private final MeasuredGroups measured;
  private final List<ComponentGroup> groups;
  private final boolean isHipparchus;
  private final StepRows rows;
  private final ErrorEstimate estimate;
  private final StiffnessWatch watch;
  private final double[] sums;
  private double[] work = {};
  private double[] second = {};
  private double slopesDistance;
  private double statesDistance;

  AttemptCheck(SolverConfig.Adaptive config, MeasuredGroups measured, List<ComponentGroup> groups) {
    this.measured = measured;
    this.groups = groups;
    this.isHipparchus = config.errorNorm().isHipparchus();
    this.rows = new StepRows(config.method());
    this.estimate = ErrorEstimate.of(config.method());
    this.sums = new double[measured.size() * estimate.size()];
    this.watch = StiffnessWatch.of(config.method());
  }

  /** Returns relative tolerances by component. */
  double[] rtol(int dimension) {
    double[] tolerances = new double[dimension];
    for (MeasuredGroups.Range range : measured.whole()) {
      Arrays.fill(tolerances, range.from(), range.to(), range.rtol());
    }
    return tolerances;
  }

  /** Returns absolute tolerances by component: infinite for those that are not measured. */
  double[] atol(int dimension) {
    double[] tolerances = new double[dimension];
    Arrays.fill(tolerances, Double.POSITIVE_INFINITY);
    for (MeasuredGroups.Range range : measured.whole()) {
      Arrays.fill(tolerances, range.from(), range.to(), range.atol());
    }
    return tolerances;
  }

  /**
   * Returns the norm of an attempt's error.
   *
   * @param slopes derivatives of the stages. Not modified
   * @param start state at the start. Not modified
   * @param end state at the end. Not modified
   * @param h length of the step
   * @param own Hipparchus' norm of it
   */
  double error(double[][] slopes, double[] start, double[] end, double h, double own) {
    if (work.length != start.length) {
      work = new double[start.length];
      second = new double[start.length];
    }
    if (watch.looks()) {
      int last = rows.stages();
      rows.state(last - 1).step(start, h, slopes, work);
      slopesDistance = StiffnessWatch.distance(groups, slopes[last], slopes[last - 1]);
      statesDistance = StiffnessWatch.distance(groups, end, work);
    }
    if (isHipparchus) {
      return own;
    }
    estimate.measure(measured, measured.whole(), h, slopes, start, end, work, second, sums);
    return measured.norm(estimate, sums, h);
  }

  /** Returns the mean square of values over the measured components, in units of tolerances. */
  double meanSquare(double[] values, double[] tolerances) {
    double sum = 0;
    for (MeasuredGroups.Range range : measured.whole()) {
      double ofRange = 0;
      for (int i = range.from(); i < range.to(); i++) {
        double ratio = values[i] / tolerances[i];
        ofRange += ratio * ratio;
      }
      sum += ofRange;
    }
    return sum / measured.components();
  }

  /**
   * Takes note of an accepted step.
   *
   * @param time its start
   * @param h its length
   */
  void accept(double time, double h) {
    watch.accept(time, StiffnessWatch.ratio(h, slopesDistance, statesDistance));
  }

  /** Returns the time from which on the field seemed stiff, or NaN. */
  double stiffFrom() {
    return watch.stiffFrom();
  }
}
