package org.fjordflow.cnf;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.field.VectorField;
import org.jspecify.annotations.Nullable;

/** Counts how often a field is evaluated, and with how many tangents. */
final class CountingField implements VectorField {

  private final VectorField field;
  private long calls;
  private int tangents;

  CountingField(VectorField field) {
    this.field = field;
  }

  @Override
  public Var apply(Tape tape, Var t, Var z, @Nullable Var context) {
    calls++;
    tangents = Math.max(tangents, z.tangents());
    return field.apply(tape, t, z, context);
  }

  /** Number of evaluations since the last call of this method. */
  long takeCalls() {
    long taken = calls;
    calls = 0;
    return taken;
  }

  /** Largest number of tangents since the last call of this method. */
  int takeTangents() {
    int taken = tangents;
    tangents = 0;
    return taken;
  }
}
