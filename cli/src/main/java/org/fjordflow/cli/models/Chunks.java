package org.fjordflow.cli.models;

import java.util.Collection;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;

/** How many rows are computed at once, so that memory stays bounded whatever the model. */
public final class Chunks {

  /** Numbers in the widest array of one layer, its tangents included: some 64 MB in float64. */
  private static final long NUMBERS = 8L << 20;

  private static final int FEWEST_ROWS = 16;

  private Chunks() {}

  /** Returns a model's flow in chunks by its size. */
  public static Flow flow(Model model) {
    return model.flow().withChunkRows(rows(model));
  }

  /** Returns the number of rows for evaluations of a model. */
  public static int rows(Model model) {
    if (model instanceof ContinuousModel continuous) {
      return rows(continuous.config(), continuous.config().solve().evaluation().divergence());
    }
    int widest =
        model.parameters().entries().stream()
            .map(Parameters.Entry::shape)
            .flatMap(Collection::stream)
            .mapToInt(Integer::intValue)
            .max()
            .orElse(1);
    return (int) Math.max(FEWEST_ROWS, Math.min(model.flow().chunkRows(), NUMBERS / widest));
  }

  /** Returns the number of rows for evaluations of a model with another divergence. */
  public static int rows(ModelConfig config, Divergence divergence) {
    long directions = divergence.directions(config.dim());
    int widest = config.field().hidden().stream().mapToInt(Integer::intValue).max().orElse(1);
    long rows = NUMBERS / ((1 + directions) * Math.max(widest, config.dim()));
    return (int) Math.max(FEWEST_ROWS, Math.min(Flow.DEFAULT_CHUNK_ROWS, rows));
  }
}
