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
}
