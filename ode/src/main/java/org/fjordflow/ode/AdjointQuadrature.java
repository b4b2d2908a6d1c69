package org.fjordflow.ode;

import java.util.Objects;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The system [y, a] of the continuous adjoint for methods without a tableau. After each accepted
 * step it adds to the parameters' gradient by Gauss and Legendre's rule at points of the step's
 * interpolant. Holds one linearization at a time.
 */
final class AdjointQuadrature extends AdjointSystem implements StepListener {
  private final double quadratureFactor;
  private final GaussIntegratorFactory rules = new GaussIntegratorFactory();
  private @Nullable Evaluator evaluator;
  private double weight;

  /**
   * Creates the system.
   *
   * @param quadratureFactor as in {@link AdjointField}
   */
  AdjointQuadrature(DifferentiableOdeSystem system, double quadratureFactor) {
    super(system);
    this.quadratureFactor = quadratureFactor;
  }

  @Override
  public void begin(Evaluator ofSolve) {
    evaluator = ofSolve;
  }

  @Override
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    try (Linearization linearization = linearize(t, y, yDot)) {
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
