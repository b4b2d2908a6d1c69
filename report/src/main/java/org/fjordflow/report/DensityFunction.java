package org.fjordflow.report;

/** A log-density that can be evaluated for many points at once. */
@FunctionalInterface
public interface DensityFunction {
  /**
   * Evaluates the log-density.
   *
   * @param rows points, one a row; not modified
   * @return log-densities in nats, one a row
   */
  double[] logProb(double[][] rows);
}
