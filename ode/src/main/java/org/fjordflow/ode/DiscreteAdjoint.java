package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.adjoint.DiscreteEventRecording;
import org.fjordflow.ode.internal.adjoint.DiscreteRecording;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.SinglePart;
import org.fjordflow.ode.internal.step.StepRows;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of the numerical solution itself: goes back through the accepted steps. Exact for
 * the steps taken, whatever the tolerance; only the dependence of the step sizes on the state is
 * held fixed.
 *
 * <p>Steps are made, forwards and back, by the parts of a {@link PartitionedOdeSystem}; any other
 * system is a single part. The method is a Runge-Kutta method. Of every accepted step its start is
 * kept, and linearizations of the last stages, as many as fit the budget; the others are recomputed
 * on the way back, one step at a time, in the memory of those. The gradient is the same either way
 * (sums over instants may round differently), and memory is bounded whatever the number of steps.
 *
 * @param memoryBudget bytes that kept linearizations may hold together; zero to recompute all
 */
public record DiscreteAdjoint(long memoryBudget) implements Adjoint {

  /** Bytes that linearizations may hold unless said otherwise: 160 MiB. */
  public static final long DEFAULT_MEMORY = 160L << 20;

  /**
   * Checks the budget.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is negative
   */
  public DiscreteAdjoint {
    if (memoryBudget < 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a memory budget of " + memoryBudget + " bytes: expected zero or more");
    }
  }

  /** Creates the adjoint that keeps linearizations up to {@link #DEFAULT_MEMORY}. */
  public DiscreteAdjoint() {
    this(DEFAULT_MEMORY);
  }

  /** Returns the adjoint that recomputes all: nothing but the states at steps is kept. */
  public static DiscreteAdjoint recomputing() {
    return new DiscreteAdjoint(0);
  }

  @Override
  public void requireSupports(SolverConfig config) {
    if (!config.hasTableau()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the discrete adjoint cannot go back the steps of "
              + config.name()
              + ": use the continuous adjoint, or one of "
              + SolverMethod.withTableau());
    }
  }

  @Override
  public Recording.OfTrajectory forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double[] outputTimes) {
    return forward(config, system, new Route(startTime, outputTimes), initialState, null);
  }

  @Override
  public Recording.OfEvents forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double latestTime,
      List<Event> events) {
    EventSearch search = new EventSearch(events);
    Route route = new Route(startTime, latestTime);
    return new DiscreteEventRecording(forward(config, system, route, initialState, search), search);
  }

  private DiscreteRecording forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      Route route,
      double[] initialState,
      @Nullable EventSearch events) {
    requireSupports(config);
    PartitionedOdeSystem parts = SinglePart.of(system);
    StepRows rows = StepRows.of(config);
    KeptSteps kept = new KeptSteps(parts.parts(), rows, memoryBudget);
    try {
      Trajectory trajectory = RungeKuttaRun.solve(config, parts, route, initialState, kept, events);
      kept.finish();
      if (!trajectory.end().status().isSuccess()) {
        kept.close();
      }
      return new DiscreteRecording(parts, rows, route, kept, trajectory);
    } catch (RuntimeException | Error e) {
      kept.close();
      throw e;
    }
  }
}
