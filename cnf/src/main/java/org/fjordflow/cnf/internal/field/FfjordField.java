package org.fjordflow.cnf.internal.field;

import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.TimeLayer;
import org.jspecify.annotations.Nullable;

/**
 * FFJORD's field: layers that each depend on time, with an activation after every one but the last.
 * A context is given to the first layer beside the state.
 *
 * @param layers at least one; from dim + context size to dim
 * @param activation what follows each but the last
 */
public record FfjordField(List<TimeLayer> layers, Activation activation) implements VectorField {

  /** Copies the list. */
  public FfjordField {
    layers = List.copyOf(layers);
  }

  /** What each layer makes of the times, side by side. */
  @Override
  public Var prepare(Tape tape, Var times) {
    return tape.concat(
        layers.stream().map(layer -> layer.prepare(tape, times)).toArray(Var[]::new));
  }

  @Override
  public Var apply(Tape tape, Var prepared, Var z, @Nullable Var context) {
    Var h = context == null ? z : tape.concat(z, context);
    int at = 0;
    for (int i = 0; i < layers.size(); i++) {
      TimeLayer layer = layers.get(i);
      Var row = tape.slice(prepared, at, at + layer.prepared());
      at += layer.prepared();
      boolean last = i == layers.size() - 1;
      h = layer.apply(tape, row, h, last ? Elementwise.IDENTITY : activation.function());
    }
    return h;
  }

  @Override
  public Var at(Tape tape, Var times, Var z, @Nullable Var context) {
    if (times.cols() != 1 || times.rows() != z.rows()) {
      return VectorField.super.at(tape, times, z, context);
    }
    Var h = context == null ? z : tape.concat(z, context);
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      h = layers.get(i).at(tape, times, h, last ? Elementwise.IDENTITY : activation.function());
    }
    return h;
  }

  @Override
  public int width() {
    return layers.stream().mapToInt(TimeLayer::outputs).max().orElse(1);
  }
}
