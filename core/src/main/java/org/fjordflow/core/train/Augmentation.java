package org.fjordflow.core.train;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.RandomStreams.Purpose;

/** What is done to batches by chance, anew in every step. */
final class Augmentation {

  private Augmentation() {}

  /** See {@link BatchSource#withNoise}. */
  static BatchSource noisy(BatchSource batches, double... deviations) {
    double[] widths = deviations.clone();
    for (double width : widths) {
      if (!(width >= 0) || Double.isInfinite(width)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "noise of deviation " + width + "; expected a number of at least 0");
      }
    }
    return (step, size, streams) -> {
      Batch batch = batches.batch(step, size, streams);
      int columns = batch.rows()[0].length;
      if (widths.length != 1 && widths.length != columns) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%d deviations of noise for %d columns; expected one, or one a column"
                .formatted(widths.length, columns));
      }
      // Epochs and steps count from 0 upwards: what is below is free for the noise.
      RandomGenerator random = streams.generator(Purpose.DATA, -step);
      double[][] rows = new double[batch.size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = batch.rows()[i].clone();
        for (int j = 0; j < columns; j++) {
          rows[i][j] += widths[widths.length == 1 ? 0 : j] * random.nextGaussian();
        }
      }
      return new Batch(rows, batch.context());
    };
  }

  /** See {@link BatchSource#withContextDropout}. */
  static BatchSource withoutSomeContexts(BatchSource batches, double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "contexts are left out at a rate of " + rate + "; expected 0 to 1");
    }
    return (step, size, streams) -> {
      Batch batch = batches.batch(step, size, streams);
      double[][] context = batch.context();
      if (context == null) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT, "contexts are to be left out, but the batch has none");
      }
      RandomGenerator random = streams.generator(Purpose.CONTEXT_DROPOUT, step);
      double[][] left = context.clone();
      for (int i = 0; i < left.length; i++) {
        if (random.nextDouble() < rate) {
          left[i] = new double[left[i].length];
        }
      }
      return new Batch(batch.rows(), left);
    };
  }
}
