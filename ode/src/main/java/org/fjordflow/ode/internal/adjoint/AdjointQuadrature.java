package org.fjordflow.ode.internal.adjoint;

import java.util.Objects;
import org.fjordflow.ode.internal.dense.Interpolant;
import org.fjordflow.ode.internal.hipparchus.Evaluator;
import org.fjordflow.ode.internal.hipparchus.StepListener;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of the parameters for steps of an integrator of Hipparchus: by Gauss and Legendre's
 * rule at points of the step's interpolant. Holds one linearization at a time.
 */
final class AdjointQuadrature implements StepListener {
  private final AdjointSystem system;
  private final double factor;
  private final GaussIntegratorFactory rules = new GaussIntegratorFactory();
  private @Nullable Evaluator evaluator;

  /**
   * Prepares for a solve.
   *
   * @param factor as in {@link StageQuadrature}
   */
  AdjointQuadrature(AdjointSystem system, double factor) {
    this.system = system;
    this.factor = factor;
  }

  @Override
  public void begin(Evaluator ofSolve) {
    evaluator = ofSolve;
  }

  @Override
  public void accepted(Interpolant step) {
    double length = step.end() - step.start();
    GaussIntegrator rule = rules.legendre(step.quadraturePoints());
    for (int i = 0; i < rule.getNumberOfPoints(); i++) {
      double s = step.start() + length * (1 + rule.getPoint(i)) / 2;
      system.weigh(factor * length * rule.getWeight(i) / 2);
      try {
        Objects.requireNonNull(evaluator).evaluate(s, step.state(s), step.start(), length);
      } finally {
        system.weigh(0);
      }
    }
  }
}
