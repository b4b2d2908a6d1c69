package org.fjordflow.ode.internal.step;

import java.util.List;
import java.util.function.IntConsumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.Linearization;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * A system as one part, on the calling thread. It can be linearized if the system itself can be.
 */
public final class SinglePart implements PartitionedOdeSystem {
  private final OdeSystem system;
  // Those at which nothing is linearized, used again for as many times.
  private @Nullable WholeInstants plain;

  private SinglePart(OdeSystem system) {
    this.system = system;
  }

  /** Returns a system by its own parts, or else as a single one. */
  public static PartitionedOdeSystem of(OdeSystem system) {
    return system instanceof PartitionedOdeSystem partitioned
        ? partitioned
        : new SinglePart(system);
  }

  @Override
  public int dimension() {
    return system.dimension();
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    system.derivatives(t, y, yDot);
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    return linearize(system, t, y);
  }

  private static Linearization linearize(OdeSystem system, double t, double[] y) {
    if (system instanceof DifferentiableOdeSystem differentiable) {
      return differentiable.linearize(t, y);
    }
    throw new FjordException(
        ErrorKey.UNSUPPORTED,
        "This system gives no derivatives: implement DifferentiableOdeSystem for gradients.");
  }

  @Override
  public List<OdeSystem.Group> groups() {
    return system.groups();
  }

  @Override
  public List<OdeSystem.Group> groups(int part) {
    return system.groups();
  }

  @Override
  public double precision() {
    return system.precision();
  }

  @Override
  public String describe(int component) {
    return system.describe(component);
  }

  @Override
  public int parts() {
    return 1;
  }

  @Override
  public int dimension(int part) {
    return system.dimension();
  }

  @Override
  public void gather(int part, double[] state, double[] target) {
    System.arraycopy(state, 0, target, 0, target.length);
  }

  @Override
  public void scatter(int part, double[] source, double[] state) {
    System.arraycopy(source, 0, state, 0, source.length);
  }

  @Override
  public void forEachPart(IntConsumer task) {
    task.accept(0);
  }

  /** Instants at which nothing is linearized are good until others are asked for. */
  @Override
  public Instants at(double[] times, boolean reversible) {
    if (reversible) {
      return new WholeInstants(system, times.clone());
    }
    WholeInstants instants = plain;
    if (instants == null || instants.times.length != times.length) {
      instants = new WholeInstants(system, times.clone());
      plain = instants;
    } else {
      System.arraycopy(times, 0, instants.times, 0, times.length);
    }
    return instants;
  }

  /** Evaluations of the whole system. */
  private static final class WholeInstants implements Instants {
    private final OdeSystem system;
    private final double[] times;
    private final double[] timeBars;

    WholeInstants(OdeSystem system, double[] times) {
      this.system = system;
      this.times = times;
      this.timeBars = new double[times.length];
    }

    @Override
    public void derivatives(int instant, int part, boolean integrals, double[] y, double[] yDot) {
      system.derivatives(times[instant], y, yDot);
    }

    @Override
    public PartLinearization linearize(int instant, int part, boolean integrals, double[] y) {
      return new WholeLinearization(
          SinglePart.linearize(system, times[instant], y), timeBars, instant);
    }

    @Override
    public void reverse(double[] timeBar) {
      System.arraycopy(timeBars, 0, timeBar, 0, timeBars.length);
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  /** A linearization that remembers its derivative with respect to time. */
  public record WholeLinearization(
      Linearization linearization,
      @SuppressWarnings("ArrayRecordComponent") double[] timeBars,
      int instant)
      implements PartLinearization {
    @Override
    public void derivative(double[] yDot) {
      linearization.derivative(yDot);
    }

    @Override
    public void pullback(double[] cotangent, double[] yBar) {
      timeBars[instant] += linearization.pullback(cotangent, yBar);
      linearization.accumulateGradient(1);
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
