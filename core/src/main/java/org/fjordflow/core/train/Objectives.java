package org.fjordflow.core.train;

import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Rows;
import org.jspecify.annotations.Nullable;

/** Objectives that flows are trained with. */
public final class Objectives {

  private Objectives() {}

  /**
   * Maximum likelihood: minus the mean log-density, in nats a row.
   *
   * @param flow the flow, conditional or not; batches must have its context
   * @return the objective; SHAPE_MISMATCH from it if a batch does not fit the flow
   */
  public static Objective negativeLogLikelihood(Flow flow) {
    return (pass, batch) -> {
      Tape tape = pass.tape();
      double[] x = Rows.flatten(batch.rows(), flow.dim(), "batch");
      Var logProb =
          flow.logProb(
              pass,
              tape.constant(x, batch.size(), flow.dim()),
              context(tape, batch, flow.contextSize()));
      return tape.affine(-1, tape.mean(logProb), 0);
    };
  }

  private static @Nullable Var context(Tape tape, Batch batch, int size) {
    double[][] context = batch.context();
    if ((context == null) != (size == 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the flow takes %d values of context, but the batch has %s"
              .formatted(size, context == null ? "none" : "some"));
    }
    return context == null
        ? null
        : tape.constant(Rows.flatten(context, size, "context"), batch.size(), size);
  }
}
