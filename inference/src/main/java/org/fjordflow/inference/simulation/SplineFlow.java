package org.fjordflow.inference.simulation;

import java.util.function.UnaryOperator;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.inference.simulation.internal.RegressionConfig;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;

/**
 * The flow of posteriors unless another is wanted, and how it is trained.
 *
 * @param steps of training at most
 * @param change made to the specification
 */
record SplineFlow(long steps, UnaryOperator<FlowSpec> change) implements FlowRecipe {

  private static final int WIDTH = 50;
  private static final ColumnTransform SPLINE = ColumnTransform.spline(10, 5);
  private static final double LOG_SCALE_BOUND = 2;

  /** Posteriors of few parameters have edges and modes that take layers and steps. */
  private static final int FEW = 3;

  private static final int LAYERS_OF_FEW = 5;
  private static final double RATE_OF_FEW = 8e-3;

  /** With more parameters, some thousand simulations are soon learned by heart. */
  private static final int LAYERS = 3;

  private static final double DROPOUT = 0.2;
  private static final double RATE = 1e-3;

  private static final double WEIGHT_DECAY = 0.01;
  private static final double AVERAGE = 0.99;
  private static final int BATCH = 100;

  /** Steps of training at most. */
  static final long STEPS = 4_000;

  private static final int INTERVAL = 50;

  /** Validations without a gain, after which training ends. */
  private static final int PATIENCE = 15;

  @Override
  public FlowSpec spec(int columns, int context) {
    double dropout = columns <= FEW ? 0 : DROPOUT;
    FlowSpec spec =
        FlowSpec.of(
            new RegressionConfig(columns, context),
            Flows.maf(columns, 1, WIDTH)
                .withTransform(ColumnTransform.affine(LOG_SCALE_BOUND))
                .withDropout(dropout)
                .withContext(context),
            Flows.autoregressiveNsf(columns, columns <= FEW ? LAYERS_OF_FEW : LAYERS, WIDTH)
                .withTransform(SPLINE)
                .withDropout(dropout)
                .withContext(context));
    return change.apply(spec);
  }

  /** Keeps the training, which that of a recipe for any flow is not. */
  @Override
  public FlowRecipe with(UnaryOperator<FlowSpec> other) {
    return new SplineFlow(steps, spec -> other.apply(change.apply(spec)));
  }

  @Override
  public int batchSize() {
    return BATCH;
  }

  @Override
  public double learningRate(int columns) {
    return columns <= FEW ? RATE_OF_FEW : RATE;
  }

  @Override
  public TrainerConfig openEndedTraining(
      int rows, int columns, int context, boolean validates, double timeLimit, long seed) {
    TrainerConfig plain =
        TrainerConfig.of(steps, Math.min(BATCH, rows), seed)
            .withOptimizer(new AdamW(learningRate(columns), 0.9, 0.999, 1e-8, WEIGHT_DECAY))
            .withSchedule(new Schedule.Cosine(steps, 0.01))
            .withClipNorm(CLIP_NORM)
            .withTimeLimit(timeLimit)
            .withAverage(AVERAGE);
    return validates ? plain.withValidation(INTERVAL, PATIENCE) : plain;
  }
}
