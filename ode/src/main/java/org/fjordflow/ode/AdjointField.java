package org.fjordflow.ode;

import org.jspecify.annotations.Nullable;

/**
 * The system [y, a] of the continuous adjoint. Keeps the linearizations of the step that is being
 * tried; when it is accepted they give its part of the parameters' gradient, and when a stage is
 * evaluated anew, after a rejection, the old one is closed.
 */
final class AdjointField extends AdjointSystem implements StepListener, AutoCloseable {
  private final Tableau tableau;
  private final double quadratureFactor;
  private final @Nullable Linearization[] kept;

  /**
   * Creates the system.
   *
   * @param quadratureFactor factor of the parameters' gradient: the sign of the direction of the
   *     forward solve times the scale taken out of the cotangent
   */
  AdjointField(Tableau tableau, DifferentiableOdeSystem system, double quadratureFactor) {
    super(system);
    this.tableau = tableau;
    this.quadratureFactor = quadratureFactor;
    this.kept = new Linearization[tableau.solutionStages() + 1];
  }

  @Override
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    if (stage == TRIAL) {
      linearize(t, y, yDot).close();
    } else {
      int slot = Math.max(stage, 0);
      close(slot);
      kept[slot] = linearize(t, y, yDot);
    }
  }

  @Override
  public void accepted(double s, double length, double[] ignoredState) {
    int stages = tableau.solutionStages();
    for (int i = 0; i < stages; i++) {
      @Nullable Linearization linearization = kept[i];
      if (linearization != null && tableau.b(i) != 0) {
        linearization.accumulateGradient(quadratureFactor * length * tableau.b(i));
      }
      close(i);
    }
    // The last stage of an adaptive method is the first one of the next step.
    kept[0] = kept[stages];
    kept[stages] = null;
  }

  @Override
  public void close() {
    for (int i = 0; i < kept.length; i++) {
      close(i);
    }
  }

  private void close(int i) {
    @Nullable Linearization linearization = kept[i];
    kept[i] = null;
    if (linearization != null) {
      linearization.close();
    }
  }
}
