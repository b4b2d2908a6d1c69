package org.fjordflow.estimators;

import java.util.random.RandomGenerator;

/** Distributions of probes with independent components of mean zero and variance one. */
public enum ProbeDistribution {
  /** Signs. Least variance of the trace among such distributions. */
  RADEMACHER {
    @Override
    double draw(RandomGenerator random) {
      return random.nextBoolean() ? 1 : -1;
    }
  },
  /** Standard normals. */
  GAUSSIAN {
    @Override
    double draw(RandomGenerator random) {
      return random.nextGaussian();
    }
  };

  /** Draws one component. */
  abstract double draw(RandomGenerator random);
}
