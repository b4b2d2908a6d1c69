package org.fjordflow.core.data;

import java.util.random.RandomGenerator;
import org.fjordflow.core.data.internal.LogSum;

/**
 * The density {@link ToyDensity#PINWHEEL}: normals r and s, turned by an angle that grows with r.
 *
 * <p>The polar angle phi of (r, s) becomes phi - exp(r) / 4, less 2 pi k / 5 on arm k, so a point
 * at the distance 2 rho and the angle alpha has been (rho cos phi, rho sin phi) for every phi with
 * phi - exp(rho cos phi) / 4 = alpha modulo 2 pi / 5.
 */
final class Pinwheel {
  private static final double RATE = 0.25;
  private static final double MEAN = 1;
  private static final double ALONG = 0.3;
  private static final double ACROSS = 0.1;
  private static final int ARMS = 5;
  private static final double SCALE = 2;

  /** So fine that hardly ever two solutions of one arm share a cell. */
  private static final int CELLS = 720;

  private static final int HALVINGS = 50;

  /**
   * More than 16 deviations from all arms. There arms are wound up too tightly to be told apart.
   */
  private static final double FARTHEST = 6;

  private Pinwheel() {}

  /** Row vector times [[cos, -sin], [sin, cos]], as FFJORD's einsum has it: clockwise. */
  static double[] point(RandomGenerator random) {
    double r = MEAN + ALONG * random.nextGaussian();
    double s = ACROSS * random.nextGaussian();
    double angle = 2 * Math.PI / ARMS * random.nextInt(ARMS) + RATE * Math.exp(r);
    double cos = Math.cos(angle);
    double sin = Math.sin(angle);
    return new double[] {SCALE * (r * cos + s * sin), SCALE * (s * cos - r * sin)};
  }

  /** Returns the log-density in nats; minus infinity beyond 12, where it is below -130. */
  static double logProb(double x, double y) {
    double rho = Math.hypot(x, y) / SCALE;
    if (!(rho < FARTHEST)) {
      return Double.NEGATIVE_INFINITY;
    }
    double alpha = Math.atan2(y, x);
    LogSum sum = new LogSum();
    double before = -Math.PI;
    double armBefore = arm(before, rho, alpha);
    for (int cell = 1; cell <= CELLS; cell++) {
      double phi = -Math.PI + 2 * Math.PI * cell / CELLS;
      double arm = arm(phi, rho, alpha);
      double low = Math.min(armBefore, arm);
      double high = Math.max(armBefore, arm);
      for (double k = Math.floor(low) + 1; k <= high; k++) {
        sum.add(term(solution(before, phi, k, rho, alpha), rho));
      }
      before = phi;
      armBefore = arm;
    }
    return sum.value();
  }

  /** Which arm a polar angle would be on: a whole number where there is one. */
  private static double arm(double phi, double rho, double alpha) {
    return (phi - RATE * Math.exp(rho * Math.cos(phi)) - alpha) * ARMS / (2 * Math.PI);
  }

  private static double solution(double from, double to, double k, double rho, double alpha) {
    boolean rises = arm(to, rho, alpha) >= k;
    double low = from;
    double high = to;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (arm(middle, rho, alpha) >= k == rises) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return (low + high) / 2;
  }

  /** The logarithm of the normals' densities over the determinant of the Jacobian. */
  private static double term(double phi, double rho) {
    double r = rho * Math.cos(phi);
    double s = rho * Math.sin(phi);
    double along = (r - MEAN) / ALONG;
    double across = s / ACROSS;
    double determinant = SCALE * SCALE * Math.abs(1 + s * RATE * Math.exp(r));
    return -(along * along + across * across) / 2
        - Math.log(2 * Math.PI * ALONG * ACROSS * ARMS * determinant);
  }
}
