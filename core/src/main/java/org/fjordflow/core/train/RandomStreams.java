package org.fjordflow.core.train;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * All the randomness of a run, from one seed: a generator of its own for every purpose and every
 * step. A generator is derived from (seed, purpose, index) alone, so that a resumed run draws what
 * the uninterrupted one would have drawn, and no generator's state has to be saved.
 *
 * @param seed the run's seed
 */
public record RandomStreams(long seed) {

  /** What randomness is for. Values keep their codes, so that runs can be repeated. */
  public enum Purpose {
    /** Initial parameters. */
    INITIALIZATION(1),
    /** Dealing rows out to training, validation and test. */
    SPLIT(2),
    /** Order of the rows, or rows drawn from a sampler. */
    DATA(3),
    /** Probes and noise of a step of training. */
    PROBES(4),
    /** Probes of a validation. */
    VALIDATION(5),
    /** Samples drawn from a trained model. */
    SAMPLES(6),
    /** Rows drawn from a sampler to report on. */
    TEST(7),
    /** Which contexts are left out in training. */
    CONTEXT_DROPOUT(8),
    /** Where in its interval a whole number or a category is put. */
    DEQUANTIZATION(9);

    private final int code;

    Purpose(int code) {
      this.code = code;
    }
  }

  private static final RandomGeneratorFactory<RandomGenerator> FACTORY = factory();
  private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

  /**
   * Java 17 looks for algorithms by the context loader of the thread that asks first, and finds
   * none by that of some containers, such as executors of Spark.
   */
  private static RandomGeneratorFactory<RandomGenerator> factory() {
    Thread thread = Thread.currentThread();
    ClassLoader given = thread.getContextClassLoader();
    thread.setContextClassLoader(RandomStreams.class.getClassLoader());
    try {
      return RandomGeneratorFactory.of("L64X128MixRandom");
    } finally {
      thread.setContextClassLoader(given);
    }
  }

  /** Returns a fresh generator of a purpose that has no steps. */
  public RandomGenerator generator(Purpose purpose) {
    return generator(purpose, 0);
  }

  /**
   * Returns a fresh generator.
   *
   * @param purpose what for
   * @param index the step, the epoch, or whatever else tells generators of this purpose apart
   */
  public RandomGenerator generator(Purpose purpose, long index) {
    long key = mix(mix(mix(seed) + purpose.code) + index);
    return FACTORY.create(key);
  }

  /** The output function of SplitMix64 (Steele, Lea and Flood 2014), a bijection of longs. */
  private static long mix(long value) {
    long z = value + GOLDEN_RATIO;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
