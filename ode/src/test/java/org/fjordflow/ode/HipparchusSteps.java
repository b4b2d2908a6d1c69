package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.ode.internal.step.Span;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.ode.AbstractIntegrator;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.AdaptiveStepsizeIntegrator;
import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.EulerIntegrator;
import org.hipparchus.ode.nonstiff.GillIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.hipparchus.ode.nonstiff.LutherIntegrator;
import org.hipparchus.ode.nonstiff.MidpointIntegrator;
import org.hipparchus.ode.nonstiff.ThreeEighthesIntegrator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;

/**
 * The accepted steps of Hipparchus' own integrator, run directly on dy/ds = f(t(s), y) times the
 * direction of the span.
 *
 * @param steps starts and lengths, from 0
 * @param states states at the starts
 * @param interpolants its interpolators
 * @param end the state at the end; NaN where it failed
 * @param evaluations how many it made
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record HipparchusSteps(
    List<double[]> steps,
    List<double[]> states,
    List<ODEStateInterpolator> interpolants,
    double[] end,
    long evaluations) {

  /** Solves, with the first step, tolerances and bounds of a configuration. */
  static HipparchusSteps of(SolverConfig config, OdeSystem system, Span span, double[] y0) {
    AbstractIntegrator integrator = integrator(config, span);
    List<double[]> steps = new ArrayList<>();
    List<double[]> states = new ArrayList<>();
    List<ODEStateInterpolator> interpolants = new ArrayList<>();
    integrator.addStepHandler(
        step -> {
          double start = step.getPreviousState().getTime();
          steps.add(new double[] {start, integrator.getCurrentSignedStepsize()});
          states.add(step.getPreviousState().getPrimaryState());
          interpolants.add(step);
        });
    OrdinaryDifferentialEquation equation =
        new OrdinaryDifferentialEquation() {
          @Override
          public int getDimension() {
            return system.dimension();
          }

          @Override
          public double[] computeDerivatives(double s, double[] y) {
            double[] slope = new double[y.length];
            system.derivatives(span.time(s), y, slope);
            for (int i = 0; i < slope.length; i++) {
              slope[i] *= span.direction();
            }
            return slope;
          }
        };
    double[] end;
    try {
      end =
          integrator
              .integrate(new ExpandableODE(equation), new ODEState(0, y0), span.length())
              .getPrimaryState();
    } catch (MathRuntimeException e) {
      end = new double[] {Double.NaN};
    }
    return new HipparchusSteps(steps, states, interpolants, end, integrator.getEvaluations());
  }

  /** Returns whether it reached the end with a state that is finite. */
  boolean succeeded() {
    return Arrays.stream(end).allMatch(Double::isFinite);
  }

  private static AbstractIntegrator integrator(SolverConfig config, Span span) {
    if (config instanceof SolverConfig.Fixed fixed) {
      double h = span.length() / fixed.steps();
      return switch (fixed.method()) {
        case EULER -> new EulerIntegrator(h);
        case MIDPOINT -> new MidpointIntegrator(h);
        case CLASSICAL_RUNGE_KUTTA -> new ClassicalRungeKuttaIntegrator(h);
        case GILL -> new GillIntegrator(h);
        case THREE_EIGHTHES -> new ThreeEighthesIntegrator(h);
        case LUTHER -> new LutherIntegrator(h);
        default -> throw new IllegalArgumentException(config.name());
      };
    }
    SolverConfig.Adaptive own = (SolverConfig.Adaptive) config;
    double largest = Math.min(own.maxStep() > 0 ? own.maxStep() : span.length(), span.length());
    double smallest = Math.min(own.minStep() > 0 ? own.minStep() : span.smallestStep(), largest);
    double atol = own.atol();
    double rtol = own.rtol();
    AdaptiveStepsizeIntegrator integrator =
        switch (own.method()) {
          case HIGHAM_HALL_54 -> new HighamHall54Integrator(smallest, largest, atol, rtol);
          case DORMAND_PRINCE_54 -> new DormandPrince54Integrator(smallest, largest, atol, rtol);
          case DORMAND_PRINCE_853 -> new DormandPrince853Integrator(smallest, largest, atol, rtol);
          default -> throw new IllegalArgumentException(config.name());
        };
    integrator.setInitialStepSize(Math.min(own.firstStep(), largest));
    return integrator;
  }
}
