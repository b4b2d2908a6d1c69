package org.fjordflow.ode;

import java.util.List;
import java.util.function.IntConsumer;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;

/**
 * y_i' = a_i t^p in two groups, "first" and "second", whose components are dealt out to parts in
 * turn. An error estimate is a_i times one number at a first step from t = 0.
 */
final class GroupedSystem implements PartitionedOdeSystem {
  private final double[] factors;
  private final int firstSize;
  private final int parts;
  private final int power;

  /** Whether "second" are integrals, with a wrong derivative wherever none is asked for. */
  boolean integrals;

  GroupedSystem(double[] factors, int firstSize, int parts, int power) {
    this.factors = factors;
    this.firstSize = firstSize;
    this.parts = parts;
    this.power = power;
  }

  @Override
  public int dimension() {
    return factors.length;
  }

  @Override
  public List<OdeSystem.Group> groups() {
    return List.of(
        new OdeSystem.Group("first", firstSize),
        new OdeSystem.Group("second", factors.length - firstSize, integrals));
  }

  @Override
  public List<OdeSystem.Group> groups(int part) {
    int first = dealt(firstSize, part);
    return List.of(
        new OdeSystem.Group("first", first),
        new OdeSystem.Group("second", dimension(part) - first, integrals));
  }

  private int dealt(int components, int part) {
    return (components - part + parts - 1) / parts;
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    double power = power(t);
    for (int i = 0; i < factors.length; i++) {
      yDot[i] = factors[i] * power;
    }
  }

  private double power(double t) {
    return Math.pow(t, power);
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int parts() {
    return parts;
  }

  @Override
  public int dimension(int part) {
    return dealt(firstSize, part) + dealt(factors.length - firstSize, part);
  }

  @Override
  public void gather(int part, double[] state, double[] target) {
    for (int k = 0; k < target.length; k++) {
      target[k] = state[place(part, k)];
    }
  }

  @Override
  public void scatter(int part, double[] source, double[] state) {
    for (int k = 0; k < source.length; k++) {
      state[place(part, k)] = source[k];
    }
  }

  private int place(int part, int k) {
    int first = dealt(firstSize, part);
    return k < first ? part + k * parts : firstSize + part + (k - first) * parts;
  }

  @Override
  public void forEachPart(IntConsumer task) {
    for (int part = parts - 1; part >= 0; part--) {
      task.accept(part);
    }
  }

  @Override
  public Instants at(double[] times, boolean reversible) {
    double[] own = times.clone();
    return new Instants() {
      @Override
      public void derivatives(int instant, int part, boolean wanted, double[] y, double[] yDot) {
        double power = power(own[instant]);
        for (int k = 0; k < yDot.length; k++) {
          int place = place(part, k);
          boolean spoilt = integrals && !wanted && place >= firstSize;
          yDot[k] = spoilt ? 1e3 : factors[place] * power;
        }
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
  }
}
