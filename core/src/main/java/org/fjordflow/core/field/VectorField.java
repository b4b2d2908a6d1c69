package org.fjordflow.core.field;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * A time-dependent vector field dz/dt = f(t, z), evaluated for a batch of independent rows.
 *
 * <p>Implementations are plain functions made of {@link Tape} operations; they get z with whatever
 * tangents the caller needs and keep no state between calls. Row i of the result may depend on row
 * i of z and of the context alone.
 */
@FunctionalInterface
public interface VectorField {

  /**
   * Evaluates the field.
   *
   * @param tape where operations are made
   * @param t time, 1 x 1
   * @param z states, n x dim
   * @param context conditioning rows, n x context size, or null for none
   * @return dz/dt, n x dim, with the tangents of z
   */
  Var apply(Tape tape, Var t, Var z, @Nullable Var context);
}
