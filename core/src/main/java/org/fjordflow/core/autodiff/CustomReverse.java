package org.fjordflow.core.autodiff;

import java.util.List;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** The reverse of an operation made by {@link Tape#custom}. */
@FunctionalInterface
public interface CustomReverse {

  /**
   * Computes the adjoints of the inputs. Gradients of parameters that the operation holds itself
   * are added to them here.
   *
   * @param outputAdjoints one for each output, zeros where the sweep did not reach it. Not
   *     modified.
   * @param inputAdjoints one for each input, to be added to; null for an input that is constant.
   *     Modified.
   */
  void apply(List<Matrix> outputAdjoints, List<@Nullable Matrix> inputAdjoints);

  /** The tangent rule of an operation made by {@link Tape#custom}. */
  @FunctionalInterface
  interface Tangents {

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
}
