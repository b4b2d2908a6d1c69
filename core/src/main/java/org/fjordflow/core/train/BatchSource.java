package org.fjordflow.core.train;

import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;

/**
 * Where the rows of each step come from. What a step gets depends on its number and the seed alone.
 */
@FunctionalInterface
public interface BatchSource {

  /** Draws fresh rows, such as {@code ToyDensity.MOONS::sample}. */
  @FunctionalInterface
  interface Sampler {
    /**
     * Draws rows.
     *
     * @param n how many
     * @param random source of randomness
     * @return n rows
     */
    double[][] sample(int n, RandomGenerator random);
  }

  /**
   * Returns the rows of a step.
   *
   * @param step from 1
   * @param size wanted rows
   * @param streams where randomness comes from
   */
  Batch batch(long step, int size, RandomStreams streams);

  /**
   * Fixed rows in shuffled epochs: every row once before any comes again. Where the rows do not
   * divide into batches, a batch takes its last rows from the next epoch, so that all batches have
   * the same size; a batch is never larger than the data.
   *
   * @param data the rows, held. Not modified.
   * @return the source, for one training at a time
   * @throws FjordException NON_FINITE, naming row and column, if the data are not finite;
   *     SHAPE_MISMATCH if rows differ in length
   */
  static BatchSource shuffled(Batch data) {
    return new ShuffledEpochs(data);
  }

  /**
   * The same rows with normal noise, fresh in every step. Where data are rounded, a density can
   * grow without bound on the values there are; with noise it is that of the noisy rows (see {@link
   * org.fjordflow.core.flow.Denoising} for the way back).
   *
   * @param deviations of the noise: one for all columns, or one a column. Not modified.
   * @throws FjordException INVALID_ARGUMENT for a deviation that is negative or not finite; from
   *     the source SHAPE_MISMATCH if there are not as many as columns
   */
  default BatchSource withNoise(double... deviations) {
    return Augmentation.noisy(this, deviations);
  }

  /**
   * The same rows, some of them with a context of zeros, so that a conditional flow learns to do
   * without: what guidance needs (Ho and Salimans 2021).
   *
   * @param rate in 0 to 1, the chance of each row
   * @throws FjordException INVALID_ARGUMENT for another rate, and from the source if there is no
   *     context
   */
  default BatchSource withContextDropout(double rate) {
    return Augmentation.withoutSomeContexts(this, rate);
  }

  /** Fresh rows in every step. */
  static BatchSource sampled(Sampler sampler) {
    return (step, size, streams) ->
        Batch.of(sampler.sample(size, streams.generator(RandomStreams.Purpose.DATA, step)));
  }
}
