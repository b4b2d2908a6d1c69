package org.fjordflow.ode.internal.adjoint;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.Linearization;
import org.fjordflow.ode.OdeSystem;

/**
 * The system [y, a] of the continuous adjoint: a state and its cotangent. The gradient of the
 * parameters is accumulated by its linearizations, for the cotangent that they were made at.
 */
final class AdjointSystem implements DifferentiableOdeSystem {
  private final DifferentiableOdeSystem system;
  private final double[] state;
  private final double[] cotangent;
  private final double[] slope;
  private final double[] derivative;
  private double initialSlope = Double.NaN;
  private double weight;

  AdjointSystem(DifferentiableOdeSystem system) {
    this.system = system;
    this.state = new double[system.dimension()];
    this.cotangent = new double[system.dimension()];
    this.slope = new double[system.dimension()];
    this.derivative = new double[2 * system.dimension()];
  }

  /** Returns a . f at the start of this solve, which is the end of the forward one. */
  double initialSlope() {
    return initialSlope;
  }

  /** Sets the weight with which evaluations add to the gradient of the parameters. */
  void weigh(double ofEvaluations) {
    weight = ofEvaluations;
  }

  @Override
  public int dimension() {
    return derivative.length;
  }

  /** The groups of the state, and once more those of its cotangent, by the same names. */
  @Override
  public List<OdeSystem.Group> groups() {
    List<OdeSystem.Group> twice = new ArrayList<>(system.groups());
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
  public void derivatives(double t, double[] y, double[] yDot) {
    try (Linearization linearization = linearize(t, y)) {
      linearization.derivative(yDot);
      if (weight != 0) {
        linearization.accumulateGradient(weight);
      }
    }
  }

  /** Its derivative is to be read before the next one is made. */
  @Override
  public Linearization linearize(double t, double[] y) {
    int dimension = state.length;
    System.arraycopy(y, 0, state, 0, dimension);
    System.arraycopy(y, dimension, cotangent, 0, dimension);
    Linearization linearization = system.linearize(t, state);
    try {
      linearization.derivative(slope);
      System.arraycopy(slope, 0, derivative, 0, dimension);
      if (Double.isNaN(initialSlope)) {
        initialSlope = Cotangents.dot(slope, cotangent);
      }
      linearization.pullback(cotangent, slope);
      for (int i = 0; i < dimension; i++) {
        derivative[dimension + i] = -slope[i];
      }
      return new PulledBack(linearization, derivative);
    } catch (RuntimeException e) {
      linearization.close();
      throw e;
    }
  }

  /** A linearization that has been pulled back. */
  private record PulledBack(
      Linearization linearization,
      @SuppressWarnings("ArrayRecordComponent") double[] derivative) // handed over, not compared
      implements Linearization {
    @Override
    public void derivative(double[] yDot) {
      System.arraycopy(derivative, 0, yDot, 0, derivative.length);
    }

    @Override
    public double pullback(double[] cotangent, double[] yBar) {
      throw new IllegalStateException("the adjoint equation is not differentiated");
    }

    @Override
    public void accumulateGradient(double weight) {
      linearization.accumulateGradient(weight);
    }

    @Override
    public long bytes() {
      return linearization.bytes();
    }

    @Override
    public void close() {
      linearization.close();
    }
  }
}
