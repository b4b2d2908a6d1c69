package org.fjordflow.cnf;

import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;

/**
 * What a continuous flow asks to be added to the loss in training so that its paths are straight
 * and its field changes slowly, and solves take few steps (Finlay, Jacobsen, Nurbekyan and Oberman
 * 2020, "How to train your neural ODE"). For each row
 *
 * <pre>
 * (kinetic E + jacobian F) / dim    E = integral of |f(t, z)|^2    F = integral of |df/dz|_F^2
 * </pre>
 *
 * <p>along the row's path from time zero to the end time. F is estimated without bias from the
 * products df/dz e that the divergence has anyway, and exact with the exact trace. Integrated with
 * the state, under its error control; gradients are as exact as those of the log-density.
 *
 * <p>Deviations: the authors' loss is in bits per dimension and halves E, where ours is in nats a
 * row, so that their coefficients, 0.01 both, stand for {@code 0.01 dim log 2} of F and half as
 * much of E here. They multiply probes with the Jacobian from the left; we take the products from
 * the right that forward mode gives, which have the same expectation.
 *
 * @param kinetic coefficient of E, zero for none
 * @param jacobian coefficient of F, zero for none
 */
public record EnergyPenalty(double kinetic, double jacobian) {

  /** No penalty, which costs nothing. */
  public static final EnergyPenalty NONE = new EnergyPenalty(0, 0);

  /**
   * Checks the coefficients.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is negative or not
   *     finite
   */
  public EnergyPenalty {
    require(kinetic, "kinetic");
    require(jacobian, "jacobian");
  }

  private static void require(double coefficient, String name) {
    boolean fits = coefficient >= 0 && coefficient < Double.POSITIVE_INFINITY;
    ConfigChecks.require(fits, "penalty." + name, coefficient, "zero or a positive finite number");
  }

  /**
   * Returns what the squared norms of the field's value and of its tangents count at each time;
   * null where nothing does.
   */
  double @Nullable [] weights(Divergence divergence, int dim) {
    if (kinetic == 0 && jacobian == 0) {
      return null;
    }
    double[] weights = new double[1 + divergence.directions(dim)];
    weights[0] = kinetic / dim;
    for (int k = 1; k < weights.length; k++) {
      weights[k] = jacobian * divergence.frobeniusWeight(k - 1) / dim;
    }
    return weights;
  }
}
