package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.internal.RowArrays;

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

  /**
   * Draws independent rows on a tape. Where the distribution has trained parameters, gradients
   * reach them through the rows (reparametrised); what has none draws constants, as this default
   * does.
   *
   * @param tape where operations are made
   * @param n number of rows
   * @param random source of randomness; what is drawn is what {@link #sample(int, RandomGenerator)}
   *     draws, up to rounding
   * @return n x dim
   * @throws FjordException as {@link #sample(int, RandomGenerator)}
   */
  default Var sample(Tape tape, int n, RandomGenerator random) {
    return tape.constant(RowArrays.flatten(sample(n, random), dim(), "base"), n, dim());
  }
}
