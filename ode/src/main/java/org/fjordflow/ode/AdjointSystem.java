package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;

/** The system [y, a] of the continuous adjoint: a state and its cotangent. */
abstract sealed class AdjointSystem implements StageField permits AdjointField, AdjointQuadrature {
  private final DifferentiableOdeSystem system;
  private final double[] state;
  private final double[] cotangent;
  private final double[] slope;
  private double initialSlope = Double.NaN;

  AdjointSystem(DifferentiableOdeSystem system) {
    this.system = system;
    this.state = new double[system.dimension()];
    this.cotangent = new double[system.dimension()];
    this.slope = new double[system.dimension()];
  }

  /** Returns a . f at the start of this solve, which is the end of the forward one. */
  final double initialSlope() {
    return initialSlope;
  }

  @Override
  public final int dimension() {
    return 2 * system.dimension();
  }

  /** The groups of the state, and once more those of its cotangent, by the same names. */
  @Override
  public final List<ComponentGroup> groups() {
    List<ComponentGroup> twice = new ArrayList<>(system.groups());
    twice.addAll(system.groups());
    return twice;
  }

  @Override
  public final double precision() {
    return system.precision();
  }

  @Override
  public final String describe(int component) {
    boolean ofState = component < state.length;
    String described = system.describe(ofState ? component : component - state.length);
    return ofState || described.isEmpty() ? described : "cotangent of " + described;
  }

  /**
   * Evaluates the system.
   *
   * @param y state and cotangent. Not modified
   * @param yDot receives their derivatives. Modified
   * @return the linearization at the state; the caller closes it
   */
  final Linearization linearize(double t, double[] y, double[] yDot) {
    int dimension = state.length;
    System.arraycopy(y, 0, state, 0, dimension);
    System.arraycopy(y, dimension, cotangent, 0, dimension);
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
      return linearization;
    } catch (RuntimeException e) {
      linearization.close();
      throw e;
    }
  }
}
