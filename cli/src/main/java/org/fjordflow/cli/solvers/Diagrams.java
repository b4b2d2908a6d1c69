package org.fjordflow.cli.solvers;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.report.WorkCurve;
import org.fjordflow.report.WorkPrecisionPicture;

/** Draws points as curves: a colour for each method, a marker for each library. */
final class Diagrams {
  private Diagrams() {}

  /**
   * Draws the points of one problem and mode.
   *
   * @param title what the picture shows
   * @param points of all libraries. Not modified
   * @return the picture, or nothing if no point has a place in it
   */
  static Optional<BufferedImage> draw(String title, List<WorkPoint> points) {
    List<WorkPoint> drawable = points.stream().filter(WorkPoint::isDrawable).toList();
    Map<String, List<WorkPoint>> groups =
        drawable.stream()
            .collect(
                Collectors.groupingBy(
                    point -> point.library() + " " + point.method(),
                    LinkedHashMap::new,
                    Collectors.toList()));
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    List<String> libraries = libraries(points);
    List<String> methods = methods(points);
    List<WorkCurve> curves = new ArrayList<>();
    for (List<WorkPoint> group : groups.values()) {
      WorkPoint first = group.get(0);
      boolean own = first.library().equals(WorkPoint.FJORD);
      curves.add(
          new WorkCurve(
              own ? first.method() : first.method() + ", " + first.library(),
              methods.indexOf(first.method()),
              libraries.indexOf(first.library()),
              first.steps() != WorkPoint.UNKNOWN,
              column(group, WorkPoint::evaluations),
              column(group, WorkPoint::seconds),
              column(group, WorkPoint::error)));
    }
    return Optional.of(WorkPrecisionPicture.draw(title, curves));
  }

  /** This library first, the others by name. */
  private static List<String> libraries(List<WorkPoint> points) {
    List<String> all = new ArrayList<>(List.of(WorkPoint.FJORD));
    points.stream()
        .map(WorkPoint::library)
        .filter(name -> !name.equals(WorkPoint.FJORD))
        .collect(Collectors.toCollection(TreeSet::new))
        .forEach(all::add);
    return all;
  }

  /**
   * This library's methods in their order, whichever are drawn, so that colours stay; then others.
   */
  private static List<String> methods(List<WorkPoint> points) {
    List<String> all = new ArrayList<>();
    for (SolverMethod method : SolverMethod.values()) {
      all.add(0, method.id());
    }
    points.stream()
        .map(WorkPoint::method)
        .filter(name -> !all.contains(name))
        .collect(Collectors.toCollection(TreeSet::new))
        .forEach(all::add);
    return all;
  }

  private static double[] column(List<WorkPoint> points, ToDoubleFunction<WorkPoint> value) {
    return points.stream().mapToDouble(value).toArray();
  }
}
