package org.fjordflow.ode.internal.hipparchus;

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
   */
  static ODEIntegrator create(SolverConfig config, double remaining) {
    if (config instanceof SolverConfig.Custom custom) {
      return custom.integrators().get();
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

  /** Returns what makes the first steps of a multistep method. */
  static DormandPrince853Integrator starter(SolverConfig.Multistep config, double remaining) {
    // Half of the previous points, for each has a state and a derivative; and room for them.
    int steps = (config.previousSteps() + 3) / 2 - 1;
    double largest = Math.min(largest(config, remaining), remaining / (steps + 1));
    return new DormandPrince853Integrator(0, largest, config.atol(), config.rtol());
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
