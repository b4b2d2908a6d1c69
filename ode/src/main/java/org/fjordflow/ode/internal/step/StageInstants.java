package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;

/** The instants of the stages of one step, with their places in the span. */
public final class StageInstants implements AutoCloseable {
  private final Span span;
  private final double[] places;
  private final Instants instants;

  /**
   * Prepares for evaluations.
   *
   * @param places where, from 0 to the length of the span; kept
   * @param reversible whether linearizations are going to be made
   */
  public StageInstants(
      PartitionedOdeSystem system, Span span, double[] places, boolean reversible) {
    this.span = span;
    this.places = places;
    double[] times = new double[places.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = span.time(places[i]);
    }
    this.instants = system.at(times, reversible);
  }

  public Instants instants() {
    return instants;
  }

  /** Finishes the way back, and adds the derivatives with respect to both ends of the span. */
  public void reverse(TimeGradient gradient) {
    double[] timeBar = new double[places.length];
    instants.reverse(timeBar);
    // From the last one, so that all are added in one order however steps share instants.
    for (int i = places.length - 1; i >= 0; i--) {
      gradient.addInstant(places[i] / span.length(), timeBar[i]);
    }
  }

  @Override
  public void close() {
    instants.close();
  }
}
