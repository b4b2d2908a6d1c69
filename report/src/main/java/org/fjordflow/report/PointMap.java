package org.fjordflow.report;

/** A map of points to points of the same dimension, applied to many points at once. */
@FunctionalInterface
public interface PointMap {
  /**
   * Maps points.
   *
   * @param rows points, one a row; not modified
   * @return the images of the points, one a row, in the same order
   */
  double[][] apply(double[][] rows);
}
