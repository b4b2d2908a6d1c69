package org.fjordflow.core.field;

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
   * @param t time, 1 x 1; for a field that overrides {@link #prepare}, one row of its result
   * @param z states, n x dim
   * @param context conditioning rows, n x context size, or null for none
   * @return dz/dt, n x dim, with the tangents of z
   */
  Var apply(Tape tape, Var t, Var z, @Nullable Var context);

  /**
   * Evaluates the field at one time: {@link #prepare} and {@link #apply} in one.
   *
   * @param tape where operations are made
   * @param t time, 1 x 1
   * @param z states, n x dim
   * @param context conditioning rows, n x context size, or null for none
   * @return dz/dt, n x dim, with the tangents of z
   */
  default Var at(Tape tape, Var t, Var z, @Nullable Var context) {
    return apply(tape, prepare(tape, t), z, context);
  }

  /**
   * Returns the largest number of columns that the field works with in between: a hint for how many
   * rows at once are fast.
   */
  default int width() {
    return 64;
  }
}
