package org.fjordflow.bench.matching;

import java.util.random.RandomGenerator;
import org.fjordflow.core.train.Batch;
import org.jspecify.annotations.Nullable;

/** The source and the data of C2OT's script (Cheng and Schwing 2025). */
final class Points {

  private static final double RADIUS = 5;
  private static final double DEVIATION = Math.sqrt(Math.sqrt(0.1));
  private static final double NOISE = 0.2;

  private Points() {}

  /** What a row of data is conditioned on. */
  enum Condition {
    NONE,
    /** Which moon it is on, -1 or 1. */
    CLASS,
    /** Its first coordinate. */
    COORDINATE
  }

  /** Eight normals around a circle. */
  static double[][] eightGaussians(int n, RandomGenerator random) {
    double[][] rows = new double[n][2];
    for (double[] row : rows) {
      double angle = random.nextInt(8) * Math.PI / 4;
      row[0] = RADIUS * Math.cos(angle) + DEVIATION * random.nextGaussian();
      row[1] = RADIUS * Math.sin(angle) + DEVIATION * random.nextGaussian();
    }
    return rows;
  }

  /**
   * Two moons as torchdyn makes them: angles evenly spaced, half of the rows on each moon, and one
   * uniform offset for both coordinates.
   */
  static Batch moons(int n, Condition condition, RandomGenerator random) {
    double[][] rows = new double[n][2];
    double @Nullable [][] given = condition == Condition.NONE ? null : new double[n][1];
    int outer = n / 2;
    for (int i = 0; i < n; i++) {
      boolean isOuter = i < outer;
      int count = isOuter ? outer : n - outer;
      double angle = Math.PI * (isOuter ? i : i - outer) / Math.max(1, count - 1);
      double offset = NOISE * random.nextDouble();
      double x = isOuter ? Math.cos(angle) : 1 - Math.cos(angle);
      double y = isOuter ? Math.sin(angle) : 0.5 - Math.sin(angle);
      rows[i][0] = 3 * (x + offset) - 1;
      rows[i][1] = 3 * (y + offset) - 1;
      if (given != null) {
        given[i][0] = condition == Condition.COORDINATE ? rows[i][0] : isOuter ? -1 : 1;
      }
    }
    return given == null ? Batch.of(rows) : new Batch(rows, given);
  }
}
