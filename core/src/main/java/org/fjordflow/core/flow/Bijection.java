package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * An invertible map of rows, with the logarithm of its Jacobian determinant, in both directions.
 * Forward goes from data to base, the direction that densities are evaluated in.
 */
public interface Bijection {

  /** Returns the number of columns of input and output. */
  int dim();

  /** Returns the number of columns of the context that this map depends on; zero for none. */
  int contextSize();

  /**
   * Maps data towards the base.
   *
   * @param pass tape, randomness and purpose
   * @param x n x dim
   * @param context n x context size, or null where the size is zero
   * @return the image and log |det dz/dx|
   */
  Transformed forward(Pass pass, Var x, @Nullable Var context);

  /**
   * Maps the base towards data.
   *
   * @param pass tape, randomness and purpose
   * @param z n x dim
   * @param context n x context size, or null where the size is zero
   * @return the image and log |det dx/dz|
   */
  Transformed inverse(Pass pass, Var z, @Nullable Var context);
}
