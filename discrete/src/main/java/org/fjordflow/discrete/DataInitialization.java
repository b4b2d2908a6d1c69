package org.fjordflow.discrete;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.train.Batch;
import org.fjordflow.discrete.internal.parts.DataDependent;
import org.fjordflow.discrete.internal.parts.Nesting;
import org.jspecify.annotations.Nullable;

/**
 * Data-dependent initialisation (Kingma and Dhariwal 2018, section 3.1) as a step of its own, made
 * once before training: no pass changes parameters, so training and evaluation agree, and a loaded
 * model is never initialised anew.
 */
public final class DataInitialization {

  private DataInitialization() {}

  /**
   * Sends rows through a flow, and lets each part that is {@link DataDependent} set its parameters
   * by what arrives at it. Parts are looked for in compositions and {@link Nesting} ones, however
   * deep.
   *
   * @param flow Modified in the parameters of those parts.
   * @param batch some hundred rows, with the flow's context
   * @param random for parts that need randomness to be evaluated
   * @throws FjordException SHAPE_MISMATCH if the rows do not fit the flow
   */
  public static void initialize(Flow flow, Batch batch, RandomGenerator random) {
    Tape tape = Tape.evaluating(flow.backend());
    double[][] context = batch.context();
    if ((context == null) != (flow.contextSize() == 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the flow takes %d values of context, but the batch has %s"
              .formatted(flow.contextSize(), context == null ? "none" : "some"));
    }
    double[] x = RowArrays.flatten(batch.rows(), flow.dim(), "batch");
    int size = flow.contextSize();
    Var c =
        context == null
            ? null
            : tape.constant(RowArrays.flatten(context, size, "context"), batch.size(), size);
    Pass pass = Pass.evaluation(tape, random).withoutLogDet();
    Transformed image =
        through(pass, flow.bijection(), tape.constant(x, batch.size(), flow.dim()), c);
    if (image.value().rows() != batch.size()) {
      throw new IllegalStateException("rows went missing");
    }
  }

  /** The image of rows, after every part on their way has been initialised. */
  private static Transformed through(Pass pass, Bijection bijection, Var x, @Nullable Var given) {
    Var context = bijection.contextSize() == 0 ? null : given;
    if (bijection instanceof Composition composition) {
      Transformed image = Transformed.exact(x, null);
      for (Bijection part : composition.parts()) {
        image = through(pass, part, image.value(), context);
      }
      return image;
    }
    if (bijection instanceof DataDependent dependent) {
      dependent.initialize(pass.tape().backend(), RowArrays.of(pass.tape().backend(), x.value()));
    }
    return bijection instanceof Nesting nesting
        ? nesting.forward(pass, x, context, (inner, v, c) -> through(pass, inner, v, c))
        : bijection.forward(pass, x, context);
  }
}
