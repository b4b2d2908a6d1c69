package org.fjordflow.core.train;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.PartwiseLoss;
import org.jspecify.annotations.Nullable;

/**
 * Minus the mean log-density of a flow that maps each row by itself, part by part: a part of the
 * batch goes forth and back at once, on a tape of its group, so that its arrays are still in a
 * core's cache and threads meet once a step.
 *
 * <p>Parts and groups depend on the number of rows alone, and what groups have gathered is added in
 * their order: results are the same bits with any number of threads.
 */
final class PartwiseLikelihood implements Objective {

  /** Rows of a part: enough for products to be fast, few enough to stay in cache. */
  private static final int PART = 128;

  private static final int MOST_GROUPS = 8;

  /** Numbers of a row from which on few rows are a part, so that batches of images have several. */
  private static final int WIDE = 256;

  private static final int WIDE_PART = 16;

  private final Flow flow;
  private final PartwiseLoss parts;

  PartwiseLikelihood(Flow flow) {
    this.flow = flow;
    this.parts = new PartwiseLoss(flow.dim() < WIDE ? PART : WIDE_PART, MOST_GROUPS);
  }

  @Override
  public Var loss(Pass pass, Batch batch) {
    if (pass.initializing()) {
      // Initial values are chosen by all rows of the batch.
      return Objectives.together(flow).loss(pass, batch);
    }
    double[] x = RowArrays.flatten(batch.rows(), flow.dim(), "batch");
    double[] context = Objectives.context(batch, flow.contextSize());
    RandomStreams draws = new RandomStreams(pass.random().nextLong());
    return parts.loss(
        pass,
        batch.size(),
        new RandomStreams(0).generator(Purpose.PROBES),
        part -> draws.generator(Purpose.PROBES, part),
        (own, n, from, to) -> loss(own, n, from, to, x, context));
  }

  private Var loss(Pass pass, int n, int from, int to, double[] x, double @Nullable [] context) {
    Tape tape = pass.tape();
    Var rows = constant(tape, x, from, to, flow.dim());
    Var given = context == null ? null : constant(tape, context, from, to, flow.contextSize());
    Var logProb = flow.logProb(pass, rows, given);
    Var loss = tape.affine(-1.0 / n, tape.columnSum(logProb), 0);
    Var penalty = pass.penalties().sum();
    return penalty == null
        ? loss
        : tape.add(loss, tape.affine(1.0 / n, tape.columnSum(penalty), 0));
  }

  private static Var constant(Tape tape, double[] rows, int from, int to, int cols) {
    Matrix m = tape.take(to - from, cols);
    tape.backend().upload(rows, from * cols, m);
    return tape.constant(m);
  }
}
