package org.fjordflow.core.train;

import java.util.random.RandomGenerator;
import org.fjordflow.core.FjordException;

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

  /** Fresh rows in every step. */
  static BatchSource sampled(Sampler sampler) {
    return (step, size, streams) ->
        Batch.of(sampler.sample(size, streams.generator(RandomStreams.Purpose.DATA, step)));
  }
}
