package org.fjordflow.ode.internal.step;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/**
 * One solve in which each row has the steps that it would have alone: those of {@link
 * RungeKuttaRun} for a system that is this row, and so those of Hipparchus' integrator from the
 * same first step. Ranges of rows are solved apart from each other.
 */
public final class RowwiseRun {
  private RowwiseRun() {}

  /** Is told of accepted steps, of different rows perhaps at the same time. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A row's step was accepted.
     *
     * @param s start of the step, from 0 to the length of the span
     * @param length its length
     * @param states where the state at its start is. Not to be modified
     * @param at index of the state's first component
     */
    void accepted(int row, double s, double length, double[] states, int at);
  }

  /** Returns whether rows can be solved so. */
  public static boolean supports(SolverConfig config) {
    return config instanceof SolverConfig.Adaptive adaptive && adaptive.method().hasTableau();
  }

  /**
   * Solves.
   *
   * @param initialStates row by row. Not modified
   * @param listener is told of steps, or null
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} unless {@link #supports}
   */
  public static RowSolution solve(
      SolverConfig config,
      RowSystem system,
      Span span,
      double[] initialStates,
      @Nullable Listener listener) {
    if (!(config instanceof SolverConfig.Adaptive adaptive) || !supports(config)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "Rows cannot have steps of their own by "
              + config.name()
              + ": use "
              + SolverMethod.withErrorEstimate()
              + ", or share steps.");
    }
    int dimension = system.rows() * system.width();
    if (span.solutionWithoutSteps(dimension, initialStates) != null) {
      return RowSolution.unmoved(system.rows(), system.width(), initialStates);
    }
    MeasuredGroups measured = MeasuredGroups.of(config, system.width(), system.groups());
    RowTally tally = new RowTally(system, span, measured, initialStates.clone());
    StepRows rows = StepRows.of(config);
    StepControl control = StepControl.ofRows(adaptive, span);
    system.forEachRange(
        range -> {
          try (RowSystem.Evaluator evaluator = system.evaluator()) {
            new RowRange(
                    config, span, system, range, evaluator, rows, control, measured, tally,
                    listener)
                .solve();
          }
        });
    return tally.solution();
  }
}
