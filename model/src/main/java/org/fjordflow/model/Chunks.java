package org.fjordflow.model;

import java.util.Collection;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;

/** How many rows are computed at once, so that memory stays bounded whatever the model. */
final class Chunks {

  /** Numbers in the widest array of one layer, its tangents included: some 64 MB in float64. */
  private static final long NUMBERS = 8L << 20;

  private static final int FEWEST_ROWS = 16;

  private Chunks() {}

  /**
   * Returns the number of rows for evaluations of a model.
   *
   * @param weights of the model
   */
  static int rows(FlowSpec spec, Weights weights) {
    return Math.min(weights.mostRows(), rows(spec, weights.parameters()));
  }

  private static int rows(FlowSpec spec, Parameters parameters) {
    if (spec.continuous().size() < spec.flow().size()) {
      int widest =
          parameters.entries().stream()
              .map(Parameters.Entry::shape)
              .flatMap(Collection::stream)
              .mapToInt(Integer::intValue)
              .max()
              .orElse(1);
      return bounded(Math.min(NUMBERS / widest, continuous(spec)));
    }
    return bounded(continuous(spec));
  }

  private static long continuous(FlowSpec spec) {
    return spec.continuous().stream().mapToLong(Chunks::continuous).min().orElse(Long.MAX_VALUE);
  }

  private static long continuous(SolveSettings.Solved config) {
    Divergence divergence = config.solve().evaluation().divergence();
    long directions = divergence.directions(config.dim());
    return NUMBERS / ((1 + directions) * config.widest());
  }

  private static int bounded(long rows) {
    return (int) Math.max(FEWEST_ROWS, Math.min(Flow.DEFAULT_CHUNK_ROWS, rows));
  }
}
