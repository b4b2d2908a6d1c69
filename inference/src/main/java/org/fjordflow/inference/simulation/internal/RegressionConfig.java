package org.fjordflow.inference.simulation.internal;

import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;

/**
 * What linear regression on the context leaves, in units of its deviation. Where a posterior's mean
 * is near a linear map of the observation the layers behind need not learn it.
 *
 * @param dim columns of data, at least 1
 * @param contextSize columns of context; at least 1 where it is made
 */
public record RegressionConfig(int dim, int contextSize) implements BijectionConfig {

  /** Checks the sizes. */
  public RegressionConfig {
    ConfigChecks.require(dim >= 1, "dim of a regression", dim, "at least 1");
    ConfigChecks.require(
        contextSize >= 0, "contextSize of a regression", contextSize, "at least 0");
  }

  @Override
  public RegressionConfig withContext(int size) {
    return new RegressionConfig(dim, size);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    ConfigChecks.require(
        contextSize >= 1, "contextSize of a regression", contextSize, "at least 1");
    return LinearRegression.create(parameters, dim, contextSize);
  }
}
