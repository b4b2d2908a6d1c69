package org.fjordflow.model.anomaly;

import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.discrete.AutoregressiveConfig;
import org.fjordflow.discrete.CouplingConfig;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;

/**
 * A flow as it is trained for detection.
 *
 * @param like which flow
 * @param steps of training at most
 * @param noise on the rows in training, as {@link FitOptions#noise}
 * @param weightDecay of AdamW, 0 for Adam without
 * @param dropout of hidden units in training, of coupling and autoregressive layers; 0 for none
 */
record DetectionRecipe(
    FlowRecipe like, long steps, String noise, double weightDecay, double dropout)
    implements FlowRecipe {

  /** What detection does unless asked otherwise. */
  static final DetectionRecipe STANDARD = new DetectionRecipe(Recipe.NSF_AR, 800, "0", 0, 0);

  /** The same training of another flow. */
  DetectionRecipe with(FlowRecipe other) {
    return new DetectionRecipe(other, steps, noise, weightDecay, dropout);
  }

  FitOptions.Builder fit() {
    return FitOptions.builder(this).steps(steps).noise(noise);
  }

  @Override
  public FlowSpec spec(int columns, int context) {
    FlowSpec spec = like.spec(columns, context);
    return dropout == 0
        ? spec
        : spec.withFlow(spec.flow().stream().map(this::withDropout).toList());
  }

  private BijectionConfig withDropout(BijectionConfig part) {
    if (part instanceof AutoregressiveConfig autoregressive) {
      return autoregressive.withDropout(dropout);
    }
    return part instanceof CouplingConfig coupling ? coupling.withDropout(dropout) : part;
  }

  @Override
  public int batchSize() {
    return like.batchSize();
  }

  @Override
  public double learningRate(int columns) {
    return like.learningRate(columns);
  }

  @Override
  public double openLearningRate(int columns) {
    return like.openLearningRate(columns);
  }

  @Override
  public TrainerConfig tableTraining(int rows, int columns, boolean validates, long seed) {
    TrainerConfig training = like.tableTraining(rows, columns, validates, seed);
    return weightDecay == 0
        ? training
        : training.withOptimizer(new AdamW(learningRate(columns), 0.9, 0.999, 1e-8, weightDecay));
  }
}
