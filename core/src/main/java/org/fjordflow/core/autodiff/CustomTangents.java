package org.fjordflow.core.autodiff;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tangent rule of an operation made by {@link Tape#custom}. */
@FunctionalInterface
public interface CustomTangents {

  /**
   * Computes the derivatives of the outputs as the inputs move, by operations of the tape alone.
   *
   * @param tape where operations are made
   * @param inputs values of the inputs
   * @param outputs values of the outputs
   * @param tangents directions in which the inputs move, each the shape of its input; null for an
   *     input that does not move
   * @return one for each output, of its shape
   */
  List<Var> apply(Tape tape, List<Var> inputs, List<Var> outputs, List<@Nullable Var> tangents);
}
