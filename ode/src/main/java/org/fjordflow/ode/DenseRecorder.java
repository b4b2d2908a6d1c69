package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.ode.EquationsMapper;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.ExplicitRungeKuttaIntegrator;
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
import org.jspecify.annotations.Nullable;

/**
 * Evaluates a system for one solve and keeps Hipparchus' interpolators of its accepted steps. Those
 * of Runge-Kutta methods are made here of the derivatives at the stages; the three further stages
 * of Dormand-Prince 8(5,3) are evaluated for accepted steps alone.
 */
final class DenseRecorder implements StageField, StepListener, OrdinaryDifferentialEquation {
  private final SolverMethod method;
  private final OdeSystem system;
  private final double direction;
  private final List<Interpolant> steps = new ArrayList<>();
  private final EquationsMapper mapper;
  private final double[][] slopes;
  private @Nullable Evaluator evaluator;

  DenseRecorder(SolverMethod method, OdeSystem system, Span span) {
    this.method = method;
    this.system = system;
    this.direction = span.direction();
    this.mapper = new ExpandableODE(this).getMapper();
    int stages = method.hasTableau() ? method.tableau().stages() : 0;
    this.slopes = new double[stages][system.dimension()];
  }

  List<Interpolant> steps() {
    return steps;
  }

  @Override
  public int dimension() {
    return system.dimension();
  }

  @Override
  public List<ComponentGroup> groups() {
    return system.groups();
  }

  @Override
  public double precision() {
    return system.precision();
  }

  @Override
  public String describe(int component) {
    return system.describe(component);
  }

  @Override
  public int getDimension() {
    return system.dimension();
  }

  @Override
  public double[] computeDerivatives(double s, double[] y) {
    throw new IllegalStateException("only its dimension is asked for");
  }

  @Override
  public void begin(Evaluator ofSolve) {
    evaluator = ofSolve;
  }

  @Override
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    system.derivatives(t, y, yDot);
    if (stage >= 0 && stage < slopes.length) {
      for (int i = 0; i < yDot.length; i++) {
        slopes[stage][i] = direction * yDot[i];
      }
    }
  }

  @Override
  public void interpolated(Interpolant interpolant) {
    steps.add(interpolant);
  }

  @Override
  public void accepted(double s, double length, double[] state) {
    if (!method.hasTableau()) {
      return; // interpolated before
    }
    Tableau tableau = method.tableau();
    int last = tableau.solutionStages();
    if (method.isAdaptive()) {
      for (int stage = last + 1; stage < slopes.length; stage++) {
        evaluateFurther(stage, s, length, state);
      }
    }
    double[] weights = method.stateless().getB();
    double[] end =
        ExplicitRungeKuttaIntegrator.applyExternalButcherWeights(state, slopes, length, weights);
    steps.add(
        new Interpolant(
            0,
            0,
            interpolator(
                new ODEStateAndDerivative(s, state, slopes[0]),
                new ODEStateAndDerivative(s + length, end, slopes[slopes.length - 1]))));
    if (method.isAdaptive()) {
      System.arraycopy(slopes[last], 0, slopes[0], 0, slopes[0].length);
    }
  }

  private void evaluateFurther(int stage, double s, double length, double[] state) {
    Tableau tableau = method.tableau();
    double[] at = state.clone();
    for (int i = 0; i < at.length; i++) {
      double sum = 0;
      for (int j = 0; j < stage; j++) {
        sum += tableau.a(stage, j) * slopes[j][i];
      }
      at[i] += length * sum;
    }
    Objects.requireNonNull(evaluator).evaluate(stage, s + length * tableau.c(stage), at, s, length);
  }

  private ODEStateInterpolator interpolator(
      ODEStateAndDerivative start, ODEStateAndDerivative end) {
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
}
