package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A differentiable system with parameters, a gradient accumulator, and counters of what is asked of
 * it. Subclasses write the mathematics.
 */
abstract class CountingSystem implements DifferentiableOdeSystem {
  final double[] parameters;
  final double[] gradient;
  long evaluations;
  long linearizations;
  int open;
  int mostOpen;
  int closedTwice;

  /** Evaluation or linearization, counted from 1, that throws; 0 for none. */
  long failsAt;

  private final int dimension;

  CountingSystem(int dimension, double[] parameters) {
    this.dimension = dimension;
    this.parameters = parameters;
    this.gradient = new double[parameters.length];
  }

  abstract void field(double t, double[] y, double[] yDot);

  /** Returns the derivative with respect to t. */
  abstract double pull(double t, double[] y, double[] cotangent, double[] yBar);

  abstract void pullParameters(double weight, double t, double[] y, double[] cotangent);

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    evaluations++;
    failWhereAsked();
    field(t, y, yDot);
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    linearizations++;
    failWhereAsked();
    open++;
    mostOpen = Math.max(mostOpen, open);
    double[] state = y.clone();
    return new Linearization() {
      private double[] lastCotangent = {};
      private boolean closed;

      @Override
      public void derivative(double[] yDot) {
        field(t, state, yDot);
      }

      @Override
      public double pullback(double[] cotangent, double[] yBar) {
        lastCotangent = cotangent.clone();
        return pull(t, state, cotangent, yBar);
      }

      @Override
      public void accumulateGradient(double weight) {
        pullParameters(weight, t, state, lastCotangent);
      }

      @Override
      public long bytes() {
        return 100;
      }

      @Override
      public void close() {
        if (closed) {
          closedTwice++;
        }
        closed = true;
        open--;
      }
    };
  }

  private void failWhereAsked() {
    if (failsAt > 0 && evaluations + linearizations == failsAt) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "asked to fail");
    }
  }
}
