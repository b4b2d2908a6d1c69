package org.fjordflow.cnf.matching;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.internal.PartwiseLoss;
import org.jspecify.annotations.Nullable;

/**
 * The squared error of a field's velocities on paths between rows that are paired.
 *
 * @param field what is matched
 * @param dim columns of data
 * @param contextSize columns of context, zero for none
 * @param endTime the present end time of the field's flow
 * @param path from a row of the source to one of data
 * @param times how times are drawn
 * @param parts for fields of images, whose rows take much memory each
 */
record VelocityLoss(
    VectorField field,
    int dim,
    int contextSize,
    EndTimes endTime,
    MatchingPath path,
    FlowMatching.Times times,
    PartwiseLoss parts) {

  /**
   * Times of a batch are a shifted Kronecker sequence of this number: they fill the interval evenly
   * whatever the order of the rows, so that losses differ less by chance.
   */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  /** Finds out the present end time. */
  @FunctionalInterface
  interface EndTimes {
    double on(Tape tape);
  }

  /**
   * Draws times and noise, and computes the mean error.
   *
   * @param data rows of data, one after the other. Not modified.
   * @param from a row of the source for each. Not modified.
   * @param context of each row, or null for none. Not modified.
   * @return 1 x 1
   */
  Var of(Pass pass, double[] data, double[] from, double @Nullable [][] context) {
    Tape tape = pass.tape();
    RandomGenerator random = pass.random();
    int n = data.length / dim;
    double end = endTime.on(tape);
    double[] state = new double[n * dim];
    double[] velocity = new double[n * dim];
    double[] at = new double[n];
    double shift = random.nextDouble();
    for (int i = 0; i < n; i++) {
      double t = times.quantile((shift + i * GOLDEN_RATIO) % 1);
      MatchingPath.Point point = path.at(t);
      at[i] = end * (1 - t);
      for (int j = 0; j < dim; j++) {
        int k = i * dim + j;
        double x0 = from[k];
        double x1 = data[k];
        double noise = point.noise() == 0 ? 0 : random.nextGaussian();
        state[k] = point.source() * x0 + point.data() * x1 + point.noise() * noise;
        velocity[k] = point.sourceRate() * x0 + point.dataRate() * x1;
      }
    }
    double[] given = context == null ? null : RowArrays.flatten(context, contextSize, "context");
    if (!RowParts.isOfImages(field.width())) {
      return squaredError(tape, n, 0, n, at, state, velocity, end, given);
    }
    RandomStreams draws = new RandomStreams(random.nextLong());
    return parts.loss(
        pass,
        n,
        draws.generator(Purpose.PROBES),
        part -> draws.generator(Purpose.PROBES, part),
        (own, all, first, to) ->
            squaredError(own.tape(), all, first, to, at, state, velocity, end, given));
  }

  /** What some rows add to the mean over n. */
  private Var squaredError(
      Tape tape,
      int n,
      int first,
      int to,
      double[] times,
      double[] state,
      double[] velocity,
      double end,
      double @Nullable [] context) {
    Var z = rows(tape, state, first, to, dim);
    Var given = context == null ? null : rows(tape, context, first, to, contextSize);
    Var value = field.at(tape, rows(tape, times, first, to, 1), z, given);
    // The flow's own time runs the other way, and so much slower.
    Var error = tape.sum(end, value, 1, rows(tape, velocity, first, to, dim));
    Var squares = tape.apply(Elementwise.SQUARE, error);
    return first == 0 && to == n
        ? tape.mean(squares)
        : tape.affine(1.0 / ((double) n * dim), tape.columnSum(tape.rowSum(squares)), 0);
  }

  private static Var rows(Tape tape, double[] values, int first, int to, int cols) {
    return tape.constant(Arrays.copyOfRange(values, first * cols, to * cols), to - first, cols);
  }
}
