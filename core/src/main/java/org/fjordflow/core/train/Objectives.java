package org.fjordflow.core.train;

import java.util.Objects;
import java.util.function.BiFunction;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/** Objectives that flows are trained with. */
public final class Objectives {

  private Objectives() {}

  /**
   * Maximum likelihood: minus the mean log-density, in nats a row, and the mean of the penalties
   * that bijections ask for in training ({@link org.fjordflow.core.flow.Pass.Penalties}). Where the
   * flow's bijection maps each row by itself ({@link org.fjordflow.core.flow.Bijection#isRowwise}),
   * the batch is split into parts that go forth and back on the backend's threads, with the same
   * bits for any number of these; their memory goes with the pass's tape.
   *
   * @param flow the flow, conditional or not; batches must have its context
   * @return the objective; SHAPE_MISMATCH from it if a batch does not fit the flow
   */
  public static Objective negativeLogLikelihood(Flow flow) {
    return flow.bijection().isRowwise() ? new PartwiseLikelihood(flow) : together(flow);
  }

  /** The objective on one tape. */
  static Objective together(Flow flow) {
    return (pass, batch) -> {
      Tape tape = pass.tape();
      double[] x = RowArrays.flatten(batch.rows(), flow.dim(), "batch");
      double[] context = context(batch, flow.contextSize());
      Var given = context == null ? null : tape.constant(context, batch.size(), flow.contextSize());
      Var logProb = flow.logProb(pass, tape.constant(x, batch.size(), flow.dim()), given);
      return withPenalties(pass, tape.affine(-1, tape.mean(logProb), 0));
    };
  }

  /**
   * Reverse Kullback-Leibler divergence to a target: the mean of {@code log q(x) - log p(x)} over
   * samples x of the flow q, in nats, with gradients through the samples, and the mean of the
   * penalties that bijections ask for in training. Where p is not normalised, but integrates to Z,
   * the least value is {@code -log Z}, reached where q is p / Z alone.
   *
   * @param flow the flow, without context
   * @param logTarget log p(x) of samples, n x dim to n x 1, made on the tape; such as a {@link
   *     org.fjordflow.core.flow.Distribution#logProb}
   * @return the objective; SHAPE_MISMATCH from it if the flow has a context
   */
  public static VariationalObjective reverseKl(Flow flow, BiFunction<Tape, Var, Var> logTarget) {
    return (pass, samples) -> {
      Tape tape = pass.tape();
      Transformed x = flow.sampleAndLogProb(pass, samples, null);
      Var logProb = Objects.requireNonNull(x.logDet()).value();
      Var difference = tape.subtract(logProb, logTarget.apply(tape, x.value()));
      return withPenalties(pass, tape.mean(difference));
    };
  }

  private static Var withPenalties(Pass pass, Var loss) {
    Tape tape = pass.tape();
    Var penalty = pass.penalties().sum();
    return penalty == null ? loss : tape.add(loss, tape.mean(penalty));
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
    return context == null ? null : RowArrays.flatten(context, size, "context");
  }
}
