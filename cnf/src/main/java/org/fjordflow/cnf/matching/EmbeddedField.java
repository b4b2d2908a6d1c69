package org.fjordflow.cnf.matching;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Mlp;
import org.jspecify.annotations.Nullable;

/**
 * A field that sees its context through a network.
 *
 * @param network of the context
 * @param inner takes the network's outputs as its context
 */
record EmbeddedField(Mlp network, VectorField inner) implements VectorField {

  @Override
  public Var prepare(Tape tape, Var times) {
    return inner.prepare(tape, times);
  }

  @Override
  public Var apply(Tape tape, Var t, Var z, @Nullable Var context) {
    return inner.apply(tape, t, z, embedded(tape, context));
  }

  @Override
  public Var at(Tape tape, Var times, Var z, @Nullable Var context) {
    return inner.at(tape, times, z, embedded(tape, context));
  }

  private @Nullable Var embedded(Tape tape, @Nullable Var context) {
    return context == null ? null : network.apply(tape, context);
  }

  @Override
  public int width() {
    return inner.width();
  }
}
