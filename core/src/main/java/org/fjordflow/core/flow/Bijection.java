package org.fjordflow.core.flow;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/**
 * An invertible map of rows, with the logarithm of its Jacobian determinant, in both directions.
 * Forward goes from data to base, the direction that densities are evaluated in.
 *
 * <p>Passes on different tapes may run at once, on any threads: a bijection keeps nothing that an
 * evaluation changes, and works in {@link org.fjordflow.core.autodiff.Tape#attachment} where it
 * needs memory from pass to pass.
 */
public interface Bijection {

  /** Returns the number of columns of input and output. */
  int dim();

  /** Returns the number of columns of the context that this map depends on; zero for none. */
  int contextSize();

  /**
   * Returns whether each row is mapped by itself, and without randomness but in training. Batches
   * may then be split, and their parts be mapped on several threads at once, on tapes of their own
   * and with draws of their own. An adaptive solver, whose rows share its steps, does not.
   */
  default boolean isRowwise() {
    return false;
  }

  /**
   * Maps data towards the base.
   *
   * @param pass tape, randomness and purpose
   * @param x n x dim
   * @param context n x context size, or null where the size is zero
   * @return the image and log |det dz/dx|
   * @throws FjordException as {@link #requireFits}
   */
  Transformed forward(Pass pass, Var x, @Nullable Var context);

  /**
   * Maps the base towards data.
   *
   * @param pass tape, randomness and purpose
   * @param z n x dim
   * @param context n x context size, or null where the size is zero
   * @return the image and log |det dx/dz|
   * @throws FjordException as {@link #requireFits}
   */
  Transformed inverse(Pass pass, Var z, @Nullable Var context);

  /**
   * Checks that rows and context are of this map's sizes; both directions begin with it.
   *
   * @param x rows of data or base
   * @param context a row for each row of x, or null where the context size is zero
   * @throws FjordException SHAPE_MISMATCH if x has not {@link #dim()} columns or the context is not
   *     what {@link #contextSize()} says
   */
  default void requireFits(Var x, @Nullable Var context) {
    RowArrays.requireColumns(x, dim());
    int rows = context == null ? 0 : context.rows();
    int size = context == null ? 0 : context.cols();
    if (size != contextSize() || (size > 0 && rows != x.rows())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "given a context of %d x %d; this bijection takes %d x %d"
              .formatted(rows, size, contextSize() == 0 ? 0 : x.rows(), contextSize()));
    }
  }
}
