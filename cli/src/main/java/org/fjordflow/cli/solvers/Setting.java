package org.fjordflow.cli.solvers;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * A method with its tolerance or its number of steps.
 *
 * @param method the method
 * @param tolerance relative and absolute tolerance; NaN for fixed steps
 * @param steps number of steps; {@link WorkPoint#UNKNOWN} for adaptive methods
 */
record Setting(SolverMethod method, double tolerance, long steps) {

  /** Returns the settings of one method, from cheap to expensive. */
  static List<Setting> of(SolverMethod method, List<Double> tolerances, List<Integer> budgets) {
    List<Setting> settings = new ArrayList<>();
    if (method.isAdaptive()) {
      tolerances.stream()
          .sorted((a, b) -> Double.compare(b, a))
          .forEach(tolerance -> settings.add(new Setting(method, tolerance, WorkPoint.UNKNOWN)));
    } else {
      for (int budget : budgets) {
        long steps = Math.max(1, budget / method.tableau().stages());
        settings.add(new Setting(method, Double.NaN, steps));
      }
    }
    return settings;
  }

  SolverConfig config(long maxEvaluations) {
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, tolerance, tolerance)
            : SolverConfig.fixed(method, (int) steps);
    return config.withMaxEvaluations(maxEvaluations);
  }
}
