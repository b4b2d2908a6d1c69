package org.fjordflow.inference.simulation;

import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.inference.simulation.internal.RegressionConfig;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;

/** The flow of posteriors unless another is wanted, and how it is trained. */
record SplineFlow() implements FlowRecipe {

  private static final int LAYERS = 5;
  private static final int WIDTH = 50;
  private static final ColumnTransform SPLINE = ColumnTransform.spline(10, 5);

  /** Of hidden units: without, some thousand simulations are soon learned by heart. */
  private static final double DROPOUT = 0.1;

  private static final double WEIGHT_DECAY = 0.1;
  private static final double RATE = 1e-3;
  private static final double AVERAGE = 0.99;
  private static final int BATCH = 200;
  private static final long STEPS = 3_000;
  private static final int INTERVAL = 50;

  /** Validations without a gain, after which training ends. */
  private static final int PATIENCE = 10;

  @Override
  public FlowSpec spec(int columns, int context) {
    return FlowSpec.of(
        new RegressionConfig(columns, context),
        Flows.maf(columns, 1, WIDTH)
            .withTransform(ColumnTransform.affine(2))
            .withDropout(DROPOUT)
            .withContext(context),
        Flows.autoregressiveNsf(columns, LAYERS, WIDTH)
            .withTransform(SPLINE)
            .withDropout(DROPOUT)
            .withContext(context));
  }

  @Override
  public int batchSize() {
    return BATCH;
  }

  @Override
  public double learningRate(int columns) {
    return RATE;
  }

  @Override
  public TrainerConfig openEndedTraining(
      int rows, int columns, int context, boolean validates, double timeLimit, long seed) {
    TrainerConfig plain =
        TrainerConfig.of(STEPS, Math.min(BATCH, rows), seed)
            .withOptimizer(new AdamW(RATE, 0.9, 0.999, 1e-8, WEIGHT_DECAY))
            .withSchedule(new Schedule.Cosine(STEPS, 0.01))
            .withClipNorm(CLIP_NORM)
            .withTimeLimit(timeLimit)
            .withAverage(AVERAGE);
    return validates ? plain.withValidation(INTERVAL, PATIENCE) : plain;
  }
}
