package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

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
    int size = flow.contextSize();
    context.require(rows.length, size);
    double[][] result = new double[rows.length][];
    for (int first = 0; first < rows.length; first += flow.chunkRows()) {
      int from = first;
      int to = Math.min(rows.length, from + flow.chunkRows());
      double[][] chunk =
          flow.recordingTapes()
              .lend(
                  tape -> {
                    double[] values = RowArrays.flatten(rows, from, to, flow.dim(), "data");
                    Var given = context.on(tape, from, to, size);
                    return gradient(Pass.evaluation(tape, random), values, to - from, given);
                  });
      System.arraycopy(chunk, 0, result, from, to - from);
    }
    return result;
  }

  private double[][] gradient(Pass pass, double[] values, int rows, @Nullable Var context) {
    Tape tape = pass.tape();
    Backend backend = flow.backend();
    Matrix chunk = tape.take(rows, flow.dim());
    backend.upload(values, 0, chunk);
    Var x = tape.input(chunk);
    Var logProb = flow.logProb(pass, x, context);
    Matrix ones = tape.take(rows, 1);
    backend.fill(1, ones);
    tape.seed(logProb, ones);
    tape.reverse();
    return RowArrays.of(backend, x.gradient());
  }
}
