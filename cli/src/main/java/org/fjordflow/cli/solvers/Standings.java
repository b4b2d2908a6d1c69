package org.fjordflow.cli.solvers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How methods compare over many problems: evaluations in units of the cheapest method's. */
final class Standings {
  private static final double[] ERRORS = {1e-3, 1e-6, 1e-9};

  /** Logarithms of these ratios, one for each problem that a method solves to an error. */
  private record Ratios(List<List<Double>> logs) {
    Ratios() {
      this(List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>()));
    }

    String cell(int error) {
      List<Double> values = logs.get(error);
      double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
      return values.isEmpty()
          ? "-"
          : String.format(Locale.ROOT, "%.2f (%d)", Math.exp(mean), values.size());
    }
  }

  private Standings() {}

  /**
   * Returns a table: for errors of 1e-3, 1e-6 and 1e-9 the geometric mean over problems of a
   * method's evaluations divided by those of the cheapest method, and on how many problems it comes
   * that near.
   *
   * @param groups the points of one problem and mode each. Not modified
   */
  static List<String> lines(List<List<WorkPoint>> groups) {
    Map<String, Ratios> methods = new LinkedHashMap<>();
    for (List<WorkPoint> group : groups) {
      group.forEach(point -> methods.computeIfAbsent(point.method(), name -> new Ratios()));
      for (int e = 0; e < ERRORS.length; e++) {
        double least = Cheapest.of(group, ERRORS[e]).map(Cheapest::evaluations).orElse(Double.NaN);
        for (Cheapest one : Cheapest.all(group, ERRORS[e])) {
          Ratios ratios = methods.get(one.method());
          if (ratios != null) {
            ratios.logs.get(e).add(Math.log(one.evaluations() / least));
          }
        }
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add(row("method", "1e-3", "1e-6", "1e-9"));
    methods.forEach(
        (name, ratios) -> lines.add(row(name, ratios.cell(0), ratios.cell(1), ratios.cell(2))));
    return lines;
  }

  private static String row(String... cells) {
    return String.format(Locale.ROOT, "%-16s %14s %14s %14s", (Object[]) cells);
  }
}
