package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.internal.method.Tableau;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.step.KeptStages;
import org.fjordflow.ode.internal.step.PartBatch;
import org.fjordflow.ode.internal.step.SinglePart;
import org.fjordflow.ode.internal.step.StageInstants;
import org.fjordflow.ode.internal.step.StepKeeper;
import org.fjordflow.ode.internal.step.StepRows;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of the parameters by the weights of a Runge-Kutta method. Keeps the linearizations
 * of the step that is being tried. When it is accepted they give its part of the gradient.
 */
final class StageQuadrature implements StepKeeper, AutoCloseable {
  private final Tableau tableau;
  private final StepRows rows;
  private final double factor;
  private final @Nullable PartLinearization[] kept;
  private @Nullable StageInstants instants;

  /**
   * Prepares for a solve of an {@link AdjointSystem}.
   *
   * @param factor of the gradient: the sign of the direction of the forward solve times the scale
   *     taken out of the cotangent
   */
  StageQuadrature(StepRows rows, double factor) {
    this.tableau = rows.method().tableau();
    this.rows = rows;
    this.factor = factor;
    this.kept = new PartLinearization[rows.stages() + 1];
  }

  @Override
  public boolean isKeeping() {
    return true;
  }

  @Override
  public void begin(StageInstants begun) {
    instants = begun;
  }

  @Override
  public void add(int part, int stage, PartLinearization linearization) {
    KeptStages.close(kept, stage);
    kept[stage] = linearization;
  }

  @Override
  public void settle() {
    closeInstants();
  }

  @Override
  public void reject() {
    for (int i = rows.firstStage(); i < kept.length; i++) {
      KeptStages.close(kept, i);
    }
  }

  @Override
  public boolean accept(PartBatch batch, double s, double length) {
    int stages = rows.stages();
    for (int i = 0; i < stages; i++) {
      if (kept[i] instanceof SinglePart.WholeLinearization whole && tableau.b(i) != 0) {
        whole.linearization().accumulateGradient(factor * length * tableau.b(i));
      }
      KeptStages.close(kept, i);
    }
    // The evaluation at the end of an adaptive step is that at the start of the next one.
    kept[0] = kept[stages];
    kept[stages] = null;
    return false;
  }

  @Override
  public void close() {
    for (int i = 0; i < kept.length; i++) {
      KeptStages.close(kept, i);
    }
    closeInstants();
  }

  private void closeInstants() {
    StageInstants open = instants;
    instants = null;
    if (open != null) {
      open.close();
    }
  }
}
