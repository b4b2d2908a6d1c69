package org.fjordflow.inference.simulation;

import java.util.random.RandomGenerator;

/** A model that can be run: parameters in, a simulated observation out. */
@FunctionalInterface
public interface Simulator {

  /**
   * Runs the model once.
   *
   * @param parameters one value a parameter, in the order of the prior. Not modified.
   * @param random source of all randomness
   * @return the observation, of the same length in every call; NaN where the run failed
   */
  double[] simulate(double[] parameters, RandomGenerator random);
}
