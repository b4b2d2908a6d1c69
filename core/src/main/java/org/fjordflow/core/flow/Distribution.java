package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;

/** A distribution of rows with a known density, such as the base of a flow. */
public interface Distribution {

  /** Returns the number of columns. */
  int dim();

  /**
   * Log-density in nats.
   *
   * @param tape where operations are made
   * @param x n x dim
   * @return n x 1; negative infinity outside the support
   * @throws FjordException SHAPE_MISMATCH for another number of columns
   */
  Var logProb(Tape tape, Var x);

  /**
   * Draws independent rows.
   *
   * @param n number of rows
   * @param random source of randomness
   * @return n rows of {@link #dim()} values
   * @throws FjordException INVALID_ARGUMENT if n is negative
   */
  double[][] sample(int n, RandomGenerator random);
}
