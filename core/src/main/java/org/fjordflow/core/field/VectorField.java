package org.fjordflow.core.field;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * A time-dependent vector field dz/dt = f(t, z), evaluated for a batch of independent rows.
 *
 * <p>Implementations are plain functions made of {@link Tape} operations; they get z with whatever
 * tangents the caller needs and keep no state between calls, which may come from several threads at
 * once, each with some of a batch's rows. Row i of the result may depend on row i of z and of the
 * context alone.
 */
@FunctionalInterface
public interface VectorField {

  /**
   * Computes what depends on time alone, for several times at once; a caller does this once for all
   * rows of a batch and all stages of a step. By default that is the time itself.
   *
   * @param tape where operations are made
   * @param times m x 1
   * @return m rows; row i belongs to time i and is what {@link #apply} gets for it
   */
  default Var prepare(Tape tape, Var times) {
    return times;
  }

  /**
   * Evaluates the field.
   *
   * @param tape where operations are made
   * @param t time, 1 x 1, or a time of each row, n x 1; for a field that overrides {@link
   *     #prepare}, the rows of its result for these. {@link Tape#repeat} to n rows takes both.
   * @param z states, n x dim
   * @param context conditioning rows, n x context size, or null for none
   * @return dz/dt, n x dim, with the tangents of z
   */
  Var apply(Tape tape, Var t, Var z, @Nullable Var context);

  /**
   * Evaluates the field at one time, or each row at its own: {@link #prepare} and {@link #apply} in
   * one.
   *
   * @param tape where operations are made
   * @param times time, 1 x 1, or a time of each row, n x 1
   * @param z states, n x dim
   * @param context conditioning rows, n x context size, or null for none
   * @return dz/dt, n x dim, with the tangents of z
   * @throws FjordException SHAPE_MISMATCH for another number of times
   */
  default Var at(Tape tape, Var times, Var z, @Nullable Var context) {
    if (times.cols() != 1 || (times.rows() != 1 && times.rows() != z.rows())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "times are %d x %d for %d rows; expected one, or one a row in a column"
              .formatted(times.rows(), times.cols(), z.rows()));
    }
    return apply(tape, prepare(tape, times), z, context);
  }

  /**
   * Returns the largest number of columns that the field works with in between: a hint for how many
   * rows at once are fast.
   */
  default int width() {
    return 64;
  }
}
