package org.fjordflow.cnf.internal.field;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Mlp;
import org.jspecify.annotations.Nullable;

/**
 * A plain network of [z, t, context].
 *
 * @param network from dim + 1 + context size to dim
 */
public record MlpField(Mlp network) implements VectorField {

  @Override
  public Var apply(Tape tape, Var t, Var z, @Nullable Var context) {
    Var time = tape.repeat(t, z.rows());
    Var input = context == null ? tape.concat(z, time) : tape.concat(z, time, context);
    return network.apply(tape, input);
  }

  @Override
  public int width() {
    return network.layers().stream().mapToInt(l -> l.weight().value().rows()).max().orElse(1);
  }
}
