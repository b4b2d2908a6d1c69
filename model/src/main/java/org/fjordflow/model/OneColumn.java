package org.fjordflow.model;

import java.util.Optional;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.discrete.AutoregressiveConfig;
import org.fjordflow.discrete.CouplingConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;

/** Flows of one column given others: regression with a whole distribution for each row. */
final class OneColumn {

  /** Of hidden units: tables of some hundred rows are learned by heart without. */
  private static final double DROPOUT = 0.1;

  private static final double WEIGHT_DECAY = 0.1;
  private static final double AVERAGE = 0.99;
  private static final double RATE = 2e-3;
  private static final long STEPS = 2_000;
  private static final int BATCH = 256;
  private static final int INTERVAL = 25;

  /** Validations without a gain, after which training ends: 500 steps. */
  private static final int PATIENCE = 20;

  private static final ColumnTransform SPLINE = ColumnTransform.spline(8, 5);

  private OneColumn() {}

  /**
   * Returns a flow whose layers are moved by the context alone, so that a second one of a kind
   * would add nothing; empty for a recipe that is as good with its usual layers.
   */
  static Optional<FlowSpec> spec(Recipe recipe, int context) {
    int width = Recipe.width(1);
    return switch (recipe) {
      case MAF -> Optional.of(FlowSpec.of(of(Flows.maf(1, 1, width), context)));
      case IAF -> Optional.of(FlowSpec.of(of(Flows.iaf(1, 1, width), context)));
      case REALNVP -> Optional.of(FlowSpec.of(of(Flows.realNvp(1, 1, width), context)));
      case NICE -> Optional.of(FlowSpec.of(of(Flows.nice(1, 1, width), context)));
      case GLOW -> Optional.of(FlowSpec.of(of(Flows.glow(1, 1, width), context)));
      case NSF ->
          Optional.of(
              FlowSpec.of(
                  of(Flows.realNvp(1, 1, width), context),
                  of(Flows.nsf(1, 1, width).withTransform(SPLINE), context)));
      case NSF_AR ->
          Optional.of(
              FlowSpec.of(
                  of(Flows.maf(1, 1, width), context),
                  of(Flows.autoregressiveNsf(1, 1, width).withTransform(SPLINE), context)));
      default -> Optional.empty();
    };
  }

  /** Whether a recipe makes such a flow, a discrete one. */
  static boolean is(FlowRecipe recipe, int columns, int context) {
    return columns == 1 && context > 0 && recipe.spec(columns, context).continuous().isEmpty();
  }

  /**
   * Returns how it is trained: along half a cosine, whose end small tables need not see, since
   * validation keeps the best average.
   */
  static TrainerConfig training(int rows, boolean validates, long seed) {
    TrainerConfig plain =
        TrainerConfig.of(STEPS, Math.min(BATCH, rows), seed)
            .withOptimizer(new AdamW(RATE, 0.9, 0.999, 1e-8, WEIGHT_DECAY))
            .withSchedule(new Schedule.Cosine(STEPS, 0.01))
            .withClipNorm(FlowRecipe.CLIP_NORM)
            .withAverage(AVERAGE);
    return validates ? plain.withValidation(INTERVAL, PATIENCE) : plain;
  }

  private static BijectionConfig of(AutoregressiveConfig config, int context) {
    return config.withContext(context).withDropout(DROPOUT);
  }

  private static BijectionConfig of(CouplingConfig config, int context) {
    return config.withContext(context).withDropout(DROPOUT);
  }
}
