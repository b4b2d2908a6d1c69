package org.fjordflow.cnf.internal.field;

import java.util.Arrays;
import org.fjordflow.ode.Linearization;

/** One evaluation of a whole {@link FieldSystem}, ready to be swept back. */
final class FieldLinearization implements Linearization {

  private final FieldSystem system;
  private final FieldInstants instants;
  private final FieldPart[] parts;

  private FieldLinearization(FieldSystem system, double t) {
    this.system = system;
    this.instants = new FieldInstants(system, new double[] {t}, true);
    this.parts = new FieldPart[system.parts()];
  }

  static FieldLinearization of(FieldSystem system, double t, double[] y) {
    FieldLinearization made = new FieldLinearization(system, t);
    try {
      system.forEachPart(part -> made.evaluate(part, y));
      return made;
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private void evaluate(int part, double[] y) {
    double[] own = new double[system.dimension(part)];
    system.gather(part, y, own);
    parts[part] = instants.linearize(0, part, true, own);
  }

  @Override
  public void derivative(double[] yDot) {
    system.forEachPart(
        part -> {
          double[] own = new double[system.dimension(part)];
          parts[part].derivative(own);
          system.scatter(part, own, yDot);
        });
  }

  @Override
  public double pullback(double[] cotangent, double[] yBar) {
    system.forEachPart(
        part -> {
          double[] own = new double[system.dimension(part)];
          double[] bar = new double[own.length];
          system.gather(part, cotangent, own);
          parts[part].sweep(own, bar);
          system.scatter(part, bar, yBar);
        });
    double[] timeBar = new double[1];
    instants.sweep(timeBar);
    return timeBar[0];
  }

  @Override
  public void accumulateGradient(double weight) {
    system.forEachPart(part -> parts[part].accumulate(weight));
    instants.accumulate(weight);
  }

  @Override
  public long bytes() {
    return instants.bytes() + Arrays.stream(parts).mapToLong(FieldPart::bytes).sum();
  }

  @Override
  public void close() {
    for (FieldPart part : parts) {
      if (part != null) {
        part.close();
      }
    }
    instants.close();
  }
}
