package org.fjordflow.cli;

import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.estimators.Divergence;

/** How many rows are computed at once, so that memory stays bounded whatever the model. */
final class Chunks {

  /** Numbers in the widest array of one layer, its tangents included: some 64 MB in float64. */
  private static final long NUMBERS = 8L << 20;

  private static final int FEWEST_ROWS = 16;

  private Chunks() {}

  /** Returns the number of rows for evaluations of a model. */
  static int rows(ModelConfig config) {
    return rows(config, config.solve().options().evaluationDivergence());
  }

  /** Returns the number of rows for evaluations of a model with another divergence. */
  static int rows(ModelConfig config, Divergence divergence) {
    long directions = divergence.directions(config.dim());
    int widest = config.hidden().stream().mapToInt(Integer::intValue).max().orElse(1);
    long rows = NUMBERS / ((1 + directions) * Math.max(widest, config.dim()));
    return (int) Math.max(FEWEST_ROWS, Math.min(Flow.DEFAULT_CHUNK_ROWS, rows));
  }
}
