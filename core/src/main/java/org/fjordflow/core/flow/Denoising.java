package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.RowArrays;

/**
 * Takes noise away from rows by the density of noisy rows: where y is x with normal noise of
 * deviation sigma, and p is the density of y, the mean of x given y is {@code y + sigma^2 grad log
 * p(y)} (Tweedie's formula; Efron 2011). What a flow trained on noisy rows draws is noisy too, and
 * this ends its sampling (Zhai et al. 2024).
 *
 * <p>For rows in chunks of the flow's, each recorded on a tape: a deep flow wants fewer rows than
 * it is evaluated with ({@link Flow#withChunkRows}). Gradients of parameters may be overwritten.
 *
 * @param flow the density of noisy rows
 * @param deviation of the noise, at least 0
 */
public record Denoising(Flow flow, double deviation) {

  /**
   * Checks the deviation.
   *
   * @throws FjordException INVALID_ARGUMENT if it is negative or not finite
   */
  public Denoising {
    if (!(deviation >= 0) || Double.isInfinite(deviation)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "noise of deviation " + deviation + "; expected a number of at least 0");
    }
  }

  /**
   * The mean of the row without noise, given each row with noise.
   *
   * @param rows rows of data, such as samples. Not modified.
   * @param context their conditions, or {@link Context#none()}
   * @param random source of probes, for flows that estimate log-determinants
   * @return the rows without noise
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows or a context that do not fit
   */
  public double[][] denoise(double[][] rows, Context context, RandomGenerator random) {
    double[][] result = logProbGradient(rows, context, random);
    double variance = deviation * deviation;
    for (int i = 0; i < result.length; i++) {
      for (int j = 0; j < result[i].length; j++) {
        result[i][j] = rows[i][j] + variance * result[i][j];
      }
    }
    return result;
  }

  /**
   * The gradient of the log-density by the row, for each row.
   *
   * @param rows rows of data. Not modified.
   * @param context their conditions, or {@link Context#none()}
   * @param random source of probes, for flows that estimate log-determinants
   * @return one gradient a row
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows or a context that do not fit
   */
  public double[][] logProbGradient(double[][] rows, Context context, RandomGenerator random) {
    int dim = flow.dim();
    int size = flow.contextSize();
    context.require(rows.length, size);
    Backend backend = flow.backend();
    Tape tape = Tape.recording(backend);
    double[][] result = new double[rows.length][];
    for (int from = 0; from < rows.length; from += flow.chunkRows()) {
      int to = Math.min(rows.length, from + flow.chunkRows());
      tape.reset();
      Matrix chunk = tape.take(to - from, dim);
      backend.upload(RowArrays.flatten(rows, from, to, dim, "data"), 0, chunk);
      Var x = tape.input(chunk);
      Var logProb =
          flow.logProb(Pass.evaluation(tape, random), x, context.on(tape, from, to, size));
      Matrix ones = tape.take(to - from, 1);
      backend.fill(1, ones);
      tape.seed(logProb, ones);
      tape.reverse();
      System.arraycopy(RowArrays.of(backend, x.gradient()), 0, result, from, to - from);
    }
    return result;
  }
}
