package org.fjordflow.core.train;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Rows;
import org.jspecify.annotations.Nullable;

/** Objectives that flows are trained with. */
public final class Objectives {

  private Objectives() {}

  /**
   * Maximum likelihood: minus the mean log-density, in nats a row, and the mean of the penalties
   * that bijections ask for in training ({@link org.fjordflow.core.flow.Penalties}). Where the
   * flow's bijection maps each row by itself ({@link org.fjordflow.core.flow.Bijection#isRowwise}),
   * the batch is split into parts that go forth and back on the backend's threads, with the same
   * bits for any number of these; the objective then keeps their memory.
   *
   * @param flow the flow, conditional or not; batches must have its context
   * @return the objective, for one thread at a time; SHAPE_MISMATCH from it if a batch does not fit
   *     the flow
   */
  public static Objective negativeLogLikelihood(Flow flow) {
    return flow.bijection().isRowwise() ? new PartwiseLikelihood(flow) : together(flow);
  }

  private static Objective together(Flow flow) {
    return (pass, batch) -> {
      Tape tape = pass.tape();
      double[] x = Rows.flatten(batch.rows(), flow.dim(), "batch");
      double[] context = context(batch, flow.contextSize());
      Var given = context == null ? null : tape.constant(context, batch.size(), flow.contextSize());
      Var logProb = flow.logProb(pass, tape.constant(x, batch.size(), flow.dim()), given);
      Var loss = tape.affine(-1, tape.mean(logProb), 0);
      Var penalty = pass.penalties().sum();
      return penalty == null ? loss : tape.add(loss, tape.mean(penalty));
    };
  }

  /** The context of a batch, row by row, or null where the flow has none. */
  static double @Nullable [] context(Batch batch, int size) {
    double[][] context = batch.context();
    if ((context == null) != (size == 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the flow takes %d values of context, but the batch has %s"
              .formatted(size, context == null ? "none" : "some"));
    }
    return context == null ? null : Rows.flatten(context, size, "context");
  }
}
