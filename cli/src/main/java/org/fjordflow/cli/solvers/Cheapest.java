package org.fjordflow.cli.solvers;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A method and what an error costs with it.
 *
 * @param method short name of the method
 * @param evaluations evaluations for the error
 */
record Cheapest(String method, double evaluations) {

  /**
   * Finds the method that needs the fewest evaluations for an error. Between two points of a
   * method's curve, evaluations are interpolated in logarithms of both.
   *
   * @param points of one problem and mode, of each method from cheap to expensive
   * @param error the error that is aimed for
   * @return the method, or nothing if none comes that near
   */
  static Optional<Cheapest> of(List<WorkPoint> points, double error) {
    return all(points, error).stream().min(Comparator.comparingDouble(Cheapest::evaluations));
  }

  /** Returns the same of every method that comes that near, in the order of the points. */
  static List<Cheapest> all(List<WorkPoint> points, double error) {
    Map<String, List<WorkPoint>> methods =
        points.stream()
            .collect(
                Collectors.groupingBy(WorkPoint::method, LinkedHashMap::new, Collectors.toList()));
    return methods.entrySet().stream()
        .map(entry -> new Cheapest(entry.getKey(), evaluations(entry.getValue(), error)))
        .filter(cheapest -> cheapest.evaluations < Double.POSITIVE_INFINITY)
        .toList();
  }

  /** From the expensive end, the last point before the error is missed; infinity for none. */
  private static double evaluations(List<WorkPoint> curve, double error) {
    double found = Double.POSITIVE_INFINITY;
    WorkPoint good = null;
    for (int i = curve.size() - 1; i >= 0; i--) {
      WorkPoint point = curve.get(i);
      if (point.error() <= error) {
        good = point;
        found = point.evaluations();
      } else if (good != null) {
        return point.isDrawable() && good.isDrawable() ? between(point, good, error) : found;
      }
    }
    return found;
  }

  private static double between(WorkPoint poor, WorkPoint good, double error) {
    double share = Math.log(poor.error() / error) / Math.log(poor.error() / good.error());
    double least = poor.evaluations();
    return least * Math.pow(good.evaluations() / least, share);
  }
}
