package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The system [y, a] of the continuous adjoint. Keeps the linearizations of the step that is being
 * tried; when it is accepted they give its part of the parameters' gradient, and when a stage is
 * evaluated anew, after a rejection, the old one is closed.
 */
final class AdjointField implements StageField, StepListener, AutoCloseable {
  private final Tableau tableau;
  private final DifferentiableOdeSystem system;
  private final double quadratureFactor;
  private final @Nullable Linearization[] kept;
  private final double[] state;
  private final double[] cotangent;
  private final double[] slope;
  private double initialSlope = Double.NaN;

  /**
   * Creates the system.
   *
   * @param quadratureFactor factor of the parameters' gradient: the sign of the direction of the
   *     forward solve times the scale taken out of the cotangent
   */
  AdjointField(Tableau tableau, DifferentiableOdeSystem system, double quadratureFactor) {
    this.tableau = tableau;
    this.system = system;
    this.quadratureFactor = quadratureFactor;
    this.kept = new Linearization[tableau.solutionStages() + 1];
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
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    int dimension = state.length;
    System.arraycopy(y, 0, state, 0, dimension);
    System.arraycopy(y, dimension, cotangent, 0, dimension);
    int slot = Math.max(stage, 0);
    if (stage != TRIAL) {
      close(slot);
    }
    Linearization linearization = system.linearize(t, state);
    try {
      linearization.derivative(slope);
      System.arraycopy(slope, 0, yDot, 0, dimension);
      if (Double.isNaN(initialSlope)) {
        initialSlope = Cotangents.dot(slope, cotangent);
      }
      linearization.pullback(cotangent, slope);
      for (int i = 0; i < dimension; i++) {
        yDot[dimension + i] = -slope[i];
      }
      if (stage != TRIAL) {
        kept[slot] = linearization;
      }
    } finally {
      if (kept[slot] != linearization) {
        linearization.close();
      }
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
