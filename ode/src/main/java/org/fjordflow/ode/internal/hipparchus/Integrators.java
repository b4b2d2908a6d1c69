package org.fjordflow.ode.internal.hipparchus;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.nonstiff.AdamsBashforthIntegrator;
import org.hipparchus.ode.nonstiff.AdamsMoultonIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.GraggBulirschStoerIntegrator;

/** Makes Hipparchus' integrators. */
final class Integrators {
  private Integrators() {}

  /**
   * Returns a new integrator.
   *
   * @param remaining length of the interval that it is going to solve
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the user's own is none,
   *     or is not new
   */
  static ODEIntegrator create(SolverConfig config, double remaining) {
    if (config instanceof SolverConfig.Custom custom) {
      return requireNew(custom.make());
    }
    double largest = largest(config, remaining);
    if (config instanceof SolverConfig.Multistep own) {
      int steps = own.previousSteps();
      return own.method() == SolverMethod.ADAMS_BASHFORTH
          ? new AdamsBashforthIntegrator(steps, 0, largest, own.atol(), own.rtol())
          : new AdamsMoultonIntegrator(steps, 0, largest, own.atol(), own.rtol());
    }
    SolverConfig.Adaptive own = (SolverConfig.Adaptive) config;
    return new GraggBulirschStoerIntegrator(0, largest, own.atol(), own.rtol());
  }

  /**
   * Refuses handlers and detectors: they would see times that are not the system's, could end the
   * solve or change its state, and those of an earlier solve would be told of this one.
   */
  private static ODEIntegrator requireNew(ODEIntegrator integrator) {
    String has =
        !integrator.getEventDetectors().isEmpty()
            ? "event detectors"
            : !integrator.getStepEndHandlers().isEmpty()
                ? "step end handlers"
                : !integrator.getStepHandlers().isEmpty() ? "step handlers" : "";
    if (has.isEmpty()) {
      return integrator;
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "The integrator '"
            + integrator.getName()
            + "' that was brought has "
            + has
            + " of its own or of an earlier solve: it must have none. Let the supplier make a new"
            + " integrator each time it is asked, and give events to OdeSolver as Event.");
  }

  /** Returns what makes the first steps of a multistep method. */
  static DormandPrince853Integrator starter(SolverConfig.Multistep config, double remaining) {
    return new DormandPrince853Integrator(
        0, largestFirst(config, remaining), config.atol(), config.rtol());
  }

  /** Returns the largest first step of a solve: of a multistep method, its starter's. */
  static double largestFirst(SolverConfig config, double length) {
    double largest = largest(config, length);
    return config instanceof SolverConfig.Multistep own
        ? Math.min(largest, length / (starterSteps(own) + 1))
        : largest;
  }

  private static int starterSteps(SolverConfig.Multistep config) {
    // Half of the previous points, for each has a state and a derivative; and room for them.
    return (config.previousSteps() + 3) / 2 - 1;
  }

  /** Returns the largest step of a solve. */
  static double largest(SolverConfig config, double length) {
    boolean isBounded = config instanceof SolverConfig.ByTolerance own && own.maxStep() > 0;
    return isBounded ? Math.min(((SolverConfig.ByTolerance) config).maxStep(), length) : length;
  }

  /**
   * Returns the number of Gauss points with which an integral over a step is as accurate as it.
   *
   * @param evaluations evaluations of the step
   */
  static int quadraturePoints(SolverConfig config, long evaluations) {
    if (!(config instanceof SolverConfig.Adaptive)) {
      return (config.order() + 1) / 2;
    }
    // k columns of extrapolation cost 2 + 6 + 10 + ... = 2 k^2 evaluations, then one at the end,
    // and
    // have order 2 k. With k points the quadrature was the largest error by far, with k + 2 it was
    // not seen.
    return 2 + (int) Math.round(Math.sqrt((evaluations - 1) / 2.0));
  }
}
