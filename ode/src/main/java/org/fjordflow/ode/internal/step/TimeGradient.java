package org.fjordflow.ode.internal.step;

/**
 * Gathers the derivatives with respect to start and end of a span of which steps keep their
 * relative places: a step is h = eta (t1 - t0), a stage is at t0 + theta (t1 - t0).
 */
public final class TimeGradient {
  private double start;
  private double end;
  private double length;

  /**
   * Adds what acts through the time of an instant.
   *
   * @param theta relative place of the instant
   * @param timeBar cotangent . df/dt there
   */
  public void addInstant(double theta, double timeBar) {
    start += (1 - theta) * timeBar;
    end += theta * timeBar;
  }

  /** Adds what acts through the length of a step, per unit of the signed length of the span. */
  public void addLength(double perInterval) {
    length += perInterval;
  }

  public double start() {
    return start - length;
  }

  public double end() {
    return end + length;
  }
}
