package org.fjordflow.ode.internal.dense;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.method.Tableau;
import org.fjordflow.ode.internal.step.PartBatch;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepKeeper;
import org.hipparchus.ode.EquationsMapper;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.interpolators.ClassicalRungeKuttaStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.DormandPrince54StateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.DormandPrince853StateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.EulerStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.GillStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.HighamHall54StateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.LutherStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.MidpointStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.ThreeEighthesStateInterpolator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;

/**
 * Makes Hipparchus' interpolators of the accepted steps of a Runge-Kutta solve, out of the
 * derivatives at the stages. The three further stages of Dormand-Prince 8(5,3) are evaluated for
 * accepted steps alone.
 */
public final class DenseKeeper implements StepKeeper {
  private final SolverMethod method;
  private final double direction;
  private final List<Interpolant> steps = new ArrayList<>();
  private final EquationsMapper mapper;

  public DenseKeeper(SolverMethod method, int dimension, Span span) {
    this.method = method;
    this.direction = span.direction();
    this.mapper = mapper(dimension);
  }

  /** Returns the interpolants so far. */
  public List<Interpolant> steps() {
    return steps;
  }

  @Override
  public boolean accept(PartBatch batch, double s, double length) {
    Tableau tableau = method.tableau();
    double[][] slopes = new double[tableau.stages()][];
    int evaluated = method.isAdaptive() ? tableau.solutionStages() + 1 : tableau.stages();
    for (int stage = 0; stage < evaluated; stage++) {
      slopes[stage] = directed(batch.slope(stage));
    }
    double[] start = batch.state();
    for (int stage = evaluated; stage < slopes.length; stage++) {
      double[] at = start.clone();
      for (int i = 0; i < at.length; i++) {
        double sum = 0;
        for (int j = 0; j < stage; j++) {
          sum += tableau.a(stage, j) * slopes[j][i];
        }
        at[i] += length * sum;
      }
      slopes[stage] = directed(batch.evaluate(s + length * tableau.c(stage), at, s, length));
    }
    ODEStateInterpolator polynomial =
        interpolator(
            slopes,
            new ODEStateAndDerivative(s, start, slopes[0]),
            new ODEStateAndDerivative(s + length, batch.end(), slopes[slopes.length - 1]));
    steps.add(new Interpolant(0, 0, polynomial));
    return false;
  }

  private double[] directed(double[] slope) {
    for (int i = 0; i < slope.length; i++) {
      slope[i] *= direction;
    }
    return slope;
  }

  private ODEStateInterpolator interpolator(
      double[][] slopes, ODEStateAndDerivative start, ODEStateAndDerivative end) {
    return switch (method) {
      case EULER -> new EulerStateInterpolator(true, slopes, start, end, start, end, mapper);
      case MIDPOINT -> new MidpointStateInterpolator(true, slopes, start, end, start, end, mapper);
      case CLASSICAL_RUNGE_KUTTA ->
          new ClassicalRungeKuttaStateInterpolator(true, slopes, start, end, start, end, mapper);
      case GILL -> new GillStateInterpolator(true, slopes, start, end, start, end, mapper);
      case THREE_EIGHTHES ->
          new ThreeEighthesStateInterpolator(true, slopes, start, end, start, end, mapper);
      case LUTHER -> new LutherStateInterpolator(true, slopes, start, end, start, end, mapper);
      case HIGHAM_HALL_54 ->
          new HighamHall54StateInterpolator(true, slopes, start, end, start, end, mapper);
      case DORMAND_PRINCE_54 ->
          new DormandPrince54StateInterpolator(true, slopes, start, end, start, end, mapper);
      case DORMAND_PRINCE_853 ->
          new DormandPrince853StateInterpolator(true, slopes, start, end, start, end, mapper);
      case GRAGG_BULIRSCH_STOER, ADAMS_BASHFORTH, ADAMS_MOULTON ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION, method.id() + " makes its interpolators itself.");
    };
  }

  /** Returns what Hipparchus asks for of a state of some length. */
  public static EquationsMapper mapper(int dimension) {
    return new ExpandableODE(
            new OrdinaryDifferentialEquation() {
              @Override
              public int getDimension() {
                return dimension;
              }

              @Override
              public double[] computeDerivatives(double s, double[] y) {
                throw new IllegalStateException("only its dimension is asked for");
              }
            })
        .getMapper();
  }
}
