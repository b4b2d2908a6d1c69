package org.fjordflow.estimators;

/** The Jacobians of a batch of rows, known by their products with vectors. */
@FunctionalInterface
public interface JacobianProducts {

  /**
   * Multiplies every row's Jacobian with directions of that row.
   *
   * @param directions direction 1 of all rows, direction 2 of all rows and so on; each rows x dim,
   *     row-major. Not modified.
   * @param count number of directions a row
   * @return the products, laid out as the directions
   */
  double[] apply(double[] directions, int count);
}
