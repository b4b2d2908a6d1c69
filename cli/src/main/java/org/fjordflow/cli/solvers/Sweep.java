package org.fjordflow.cli.solvers;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverMethod;

/**
 * Runs a task with many settings.
 *
 * @param methods the methods
 * @param tolerances of adaptive methods
 * @param timed whether times are taken
 */
record Sweep(List<SolverMethod> methods, List<Double> tolerances, boolean timed) {
  /** Solves are repeated until so much time has passed, and the median is taken. */
  private static final double LEAST_SECONDS = 0.01;

  private static final int LEAST_REPETITIONS = 3;

  /** Beyond so much time for one solve, it is not repeated. */
  private static final double LONG_SECONDS = 0.1;

  /**
   * Measures a task. Every setting is solved once before repetitions are timed, so that cheap
   * solves are not timed while the code is compiled.
   *
   * @return a point for each setting that its method can do
   */
  List<WorkPoint> run(Task task) {
    double[] reference = task.reference();
    List<Setting> settings = new ArrayList<>();
    List<WorkPoint> points = new ArrayList<>();
    for (SolverMethod method : methods) {
      for (Setting setting : Setting.of(method, tolerances, task.budgets())) {
        try {
          points.add(solve(task, setting, reference));
          settings.add(setting);
        } catch (FjordException e) {
          if (e.key() != ErrorKey.INVALID_CONFIGURATION && e.key() != ErrorKey.UNSUPPORTED) {
            throw e;
          }
          break; // a method without this adjoint
        }
      }
    }
    for (int i = 0; i < points.size(); i++) {
      double seconds = timed ? seconds(task, settings.get(i), points.get(i).seconds()) : Double.NaN;
      points.set(i, points.get(i).withSeconds(seconds));
    }
    return points;
  }

  private static WorkPoint solve(Task task, Setting setting, double[] reference) {
    long start = System.nanoTime();
    try {
      Task.Result result = task.compute(setting);
      double seconds = (System.nanoTime() - start) * 1e-9;
      return point(task, setting, result, seconds, distance(result.value(), reference));
    } catch (FjordException e) {
      if (e.key() != ErrorKey.SOLVE_FAILED) {
        throw e;
      }
      long unknown = WorkPoint.UNKNOWN;
      Task.Result nothing = new Task.Result(new double[0], unknown, unknown, unknown);
      return point(task, setting, nothing, Double.NaN, Double.NaN);
    }
  }

  private static WorkPoint point(
      Task task, Setting setting, Task.Result result, double seconds, double error) {
    return new WorkPoint(
        WorkPoint.FJORD,
        task.problem(),
        setting.method().id(),
        task.mode(),
        setting.tolerance(),
        setting.tolerance(),
        setting.steps(),
        result.evaluations(),
        result.accepted(),
        result.rejected(),
        seconds,
        error);
  }

  private static double distance(double[] value, double[] reference) {
    double square = 0;
    double length = 0;
    for (int i = 0; i < reference.length; i++) {
      square += (value[i] - reference[i]) * (value[i] - reference[i]);
      length += reference[i] * reference[i];
    }
    return Math.sqrt(square / length);
  }

  /** Returns the median time of repeated solves; the first one's if that was long, or failed. */
  private static double seconds(Task task, Setting setting, double first) {
    if (Double.isNaN(first) || first > LONG_SECONDS) {
      return first;
    }
    List<Double> seconds = new ArrayList<>();
    double sum = 0;
    while (seconds.size() < LEAST_REPETITIONS || sum < LEAST_SECONDS) {
      long start = System.nanoTime();
      Task.Result unused = task.compute(setting);
      seconds.add((System.nanoTime() - start) * 1e-9);
      sum += seconds.get(seconds.size() - 1);
    }
    double[] sorted = seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
