package org.fjordflow.core.flow;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Moments of the rows that arrived at bijections in a pass of training, for those that keep moving
 * averages of them. A pass only notes them; they are handed over once its step has been made, so
 * that no pass changes a model and what is computed twice is the same.
 */
public final class Observations {

  /** Who keeps something of what was seen. */
  @FunctionalInterface
  public interface Observer {

    /**
     * Takes what a step has shown.
     *
     * @param mean [columns]. Not modified.
     * @param variance [columns], of squares divided by the number of rows. Not modified.
     */
    void observe(double[] mean, double[] variance);
  }

  /** Moments of some rows. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Moments(long rows, double[] mean, double[] variance) {

    static Moments of(double[] values, int rows, int columns) {
      double[] mean = new double[columns];
      double[] variance = new double[columns];
      for (int e = 0; e < values.length; e++) {
        mean[e % columns] += values[e] / rows;
      }
      for (int e = 0; e < values.length; e++) {
        double distance = values[e] - mean[e % columns];
        variance[e % columns] += distance * distance / rows;
      }
      return new Moments(rows, mean, variance);
    }

    /** Those of all rows (Chan, Golub and LeVeque 1983, equation 2.1). */
    Moments with(Moments other) {
      long all = rows + other.rows;
      double share = (double) other.rows / all;
      double[] m = new double[mean.length];
      double[] v = new double[mean.length];
      for (int j = 0; j < m.length; j++) {
        double apart = other.mean[j] - mean[j];
        m[j] = mean[j] + share * apart;
        v[j] =
            (1 - share) * variance[j]
                + share * other.variance[j]
                + share * (1 - share) * apart * apart;
      }
      return new Moments(all, m, v);
    }
  }

  private final Map<Observer, Moments> seen = new LinkedHashMap<>();

  /** Creates a list of nothing seen. */
  public Observations() {}

  /**
   * Notes rows; of an observer that has seen others before, the moments are those of all.
   *
   * @param observer who wants them
   * @param values rows x columns, row by row. Not modified.
   * @param columns number of columns, at least 1
   */
  public void add(Observer observer, double[] values, int columns) {
    if (values.length > 0) {
      int rows = values.length / columns;
      seen.merge(observer, Moments.of(values, rows, columns), Moments::with);
    }
  }

  /** Adds what was seen in a part of the pass. */
  public void addAll(Observations part) {
    part.seen.forEach((observer, moments) -> seen.merge(observer, moments, Moments::with));
  }

  /** Returns whether nothing was seen. */
  public boolean isEmpty() {
    return seen.isEmpty();
  }

  /** Hands everything over to its observers. Belongs after the step that the pass was for. */
  public void deliver() {
    seen.forEach((observer, moments) -> observer.observe(moments.mean, moments.variance));
  }
}
