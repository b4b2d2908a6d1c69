package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The system [y, a] of the continuous adjoint for methods without a tableau. After each accepted
 * step it adds to the parameters' gradient by Gauss and Legendre's rule at points of the step's
 * interpolant. Holds one linearization at a time.
 */
final class AdjointQuadrature implements StageField, StepListener {
  private final DifferentiableOdeSystem system;
  private final double quadratureFactor;
  private final GaussIntegratorFactory rules = new GaussIntegratorFactory();
  private final double[] state;
  private final double[] cotangent;
  private final double[] slope;
  private @Nullable Evaluator evaluator;
  private double weight;
  private double initialSlope = Double.NaN;

  /**
   * Creates the system.
   *
   * @param quadratureFactor as in {@link AdjointField}
   */
  AdjointQuadrature(DifferentiableOdeSystem system, double quadratureFactor) {
    this.system = system;
    this.quadratureFactor = quadratureFactor;
    this.state = new double[system.dimension()];
    this.cotangent = new double[system.dimension()];
    this.slope = new double[system.dimension()];
  }

  /** Returns a . f at the start of this solve, which is the end of the forward one. */
  double initialSlope() {
    return initialSlope;
  }

  @Override
  public int dimension() {
    return 2 * system.dimension();
  }

  /** The groups of the state, and once more those of its cotangent, by the same names. */
  @Override
  public List<ComponentGroup> groups() {
    List<ComponentGroup> twice = new ArrayList<>(system.groups());
    twice.addAll(system.groups());
    return twice;
  }

  @Override
  public double precision() {
    return system.precision();
  }

  @Override
  public String describe(int component) {
    boolean ofState = component < state.length;
    String described = system.describe(ofState ? component : component - state.length);
    return ofState || described.isEmpty() ? described : "cotangent of " + described;
  }

  @Override
  public void begin(Evaluator ofSolve) {
    evaluator = ofSolve;
  }

  @Override
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    int dimension = state.length;
    System.arraycopy(y, 0, state, 0, dimension);
    System.arraycopy(y, dimension, cotangent, 0, dimension);
    try (Linearization linearization = system.linearize(t, state)) {
      linearization.derivative(slope);
      System.arraycopy(slope, 0, yDot, 0, dimension);
      if (Double.isNaN(initialSlope)) {
        initialSlope = Cotangents.dot(slope, cotangent);
      }
      linearization.pullback(cotangent, slope);
      for (int i = 0; i < dimension; i++) {
        yDot[dimension + i] = -slope[i];
      }
      if (stage == QUADRATURE) {
        linearization.accumulateGradient(weight);
      }
    }
  }

  @Override
  public void interpolated(Interpolant step) {
    double length = step.end() - step.start();
    GaussIntegrator rule = rules.legendre(step.quadraturePoints());
    for (int i = 0; i < rule.getNumberOfPoints(); i++) {
      double s = step.start() + length * (1 + rule.getPoint(i)) / 2;
      weight = quadratureFactor * length * rule.getWeight(i) / 2;
      Objects.requireNonNull(evaluator)
          .evaluate(QUADRATURE, s, step.state(s), step.start(), length);
    }
  }

  @Override
  public void accepted(double s, double length, double[] ignoredState) {
    // Interpolated before.
  }
}
