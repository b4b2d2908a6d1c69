package org.fjordflow.bench;

import java.util.function.IntConsumer;
import org.fjordflow.ode.Linearization;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;

/** The system y' = -y in parts of neighbouring components, on the calling thread. */
record DecayInParts(int dimension, int parts) implements PartitionedOdeSystem {
  private static final Instants ALWAYS =
      new Instants() {
        @Override
        public void derivatives(
            int instant, int part, boolean integrals, double[] y, double[] yDot) {
          Decay.negate(y, yDot);
        }

        @Override
        public PartLinearization linearize(int instant, int part, boolean integrals, double[] y) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void reverse(double[] timeBar) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
          // Nothing is held.
        }
      };

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    Decay.negate(y, yDot);
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int dimension(int part) {
    return from(part + 1) - from(part);
  }

  @Override
  public void gather(int part, double[] state, double[] target) {
    System.arraycopy(state, from(part), target, 0, target.length);
  }

  @Override
  public void scatter(int part, double[] source, double[] state) {
    System.arraycopy(source, 0, state, from(part), source.length);
  }

  @Override
  public void forEachPart(IntConsumer task) {
    for (int part = 0; part < parts; part++) {
      task.accept(part);
    }
  }

  @Override
  public Instants at(double[] times, boolean reversible) {
    return ALWAYS;
  }

  private int from(int part) {
    return (int) ((long) dimension * part / parts);
  }
}
