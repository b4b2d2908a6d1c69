package org.fjordflow.model;

import java.util.List;
import java.util.function.UnaryOperator;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;

/** How a flow is made for so many columns, and how it is trained unless asked otherwise. */
public interface FlowRecipe {

  /**
   * Greatest norm of a gradient. A single row far out can give one that undoes hundreds of steps.
   */
  double CLIP_NORM = 10;

  /**
   * Returns the specification, without standardisation.
   *
   * @param columns of data
   * @param context columns of context, zero for an unconditional flow
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if the flow cannot have so few
   */
  FlowSpec spec(int columns, int context);

  /** Returns the rows a step; steps of discrete flows are short, so they have more. */
  int batchSize();

  /**
   * Returns the learning rate of Adam, to fall along half a cosine.
   *
   * @param columns of data
   */
  double learningRate(int columns);

  /** Whether {@link FlowModel#fit} standardises each column first. */
  default boolean standardizes() {
    return true;
  }

  /**
   * Returns the part of the rows that {@link FlowModel#fit} trains on without what they are given,
   * so that samples can be guided.
   */
  default double contextDropout() {
    return 0;
  }

  /**
   * Returns the learning rate that a training with an open end begins with: it stays until
   * validation brings no gain, and may be higher.
   *
   * @param columns of data
   */
  default double openLearningRate(int columns) {
    return learningRate(columns);
  }

  /**
   * A recipe for one specification, trained like a discrete flow, or like a continuous one where it
   * has such bijections.
   *
   * @param spec for its own number of columns alone
   */
  static FlowRecipe of(FlowSpec spec) {
    Recipe like = spec.continuous().isEmpty() ? Recipe.NSF : Recipe.FFJORD;
    return new Adjusted(like, (columns, context) -> spec);
  }

  /** The same flow from another base. */
  default FlowRecipe withBase(BaseConfig base) {
    return with(spec -> spec.withBase(base));
  }

  /** The same flow with a network that contexts go through first. */
  default FlowRecipe withEmbedding(EmbeddingConfig network) {
    return with(spec -> spec.withEmbedding(network));
  }

  /**
   * The same flow, some of whose columns are angles in radians; see {@link FlowSpec#withCircular}.
   *
   * @param columns of data, from 0
   */
  default FlowRecipe withCircular(List<Integer> columns) {
    return with(spec -> spec.withCircular(columns));
  }

  /** The same flow in {@code float32} or {@code float64}. */
  default FlowRecipe withDtype(String dtype) {
    return with(spec -> spec.withDtype(dtype));
  }

  /** The same flow with a changed specification. */
  default FlowRecipe with(UnaryOperator<FlowSpec> change) {
    return new Adjusted(this, (columns, context) -> change.apply(spec(columns, context)));
  }

  /** Seconds that a training for a table has unless asked otherwise. */
  double TIME_LIMIT = 300;

  /**
   * Returns the training for a table whose number of steps is open: until validation has brought no
   * gain for long, within a time in whose last part the learning rate falls. Where there are no
   * rows to validate on, as many steps as suit the rows.
   *
   * <p>One column given others is trained as {@link #tableTraining(int, int, int, boolean, long)},
   * within this time.
   *
   * @param rows to train on
   * @param columns of data
   * @param context columns of context, zero for none
   * @param validates whether there are rows to validate on
   * @param timeLimit in seconds, 0 for none
   * @param seed of the training
   */
  default TrainerConfig openEndedTraining(
      int rows, int columns, int context, boolean validates, double timeLimit, long seed) {
    return OneColumn.is(this, columns, context)
        ? OneColumn.training(rows, validates, seed).withTimeLimit(timeLimit)
        : TableTraining.openEnded(this, rows, columns, validates, timeLimit, seed);
  }

  /**
   * Returns the training for a table in a known number of steps: with falls of the learning rate on
   * the way, as FFJORD's, and an early stop where there are rows to validate on.
   *
   * @param rows to train on
   * @param columns of data
   * @param validates whether there are rows to validate on
   * @param seed of the training
   */
  default TrainerConfig tableTraining(int rows, int columns, boolean validates, long seed) {
    return TableTraining.of(this, rows, columns, validates, seed);
  }

  /**
   * Returns the training for a table whose columns may be conditioned on others. One column given
   * others is trained as {@link #tableTraining(int, int, boolean, long)}, but with weight decay,
   * along half a cosine, and with the moving average of its parameters; tables of 300 rows and of
   * 12,000 are trained alike.
   *
   * @param rows to train on
   * @param columns of data
   * @param context columns of context, zero for none
   * @param validates whether there are rows to validate on
   * @param seed of the training
   */
  default TrainerConfig tableTraining(
      int rows, int columns, int context, boolean validates, long seed) {
    return OneColumn.is(this, columns, context)
        ? OneColumn.training(rows, validates, seed)
        : tableTraining(rows, columns, validates, seed);
  }

  /**
   * Returns the training on fresh points of a density, along half a cosine.
   *
   * @param steps how many
   * @param columns of data
   * @param seed of the training
   */
  default TrainerConfig densityTraining(long steps, int columns, long seed) {
    return TrainerConfig.of(steps, batchSize(), seed)
        .withOptimizer(Adam.of(learningRate(columns)))
        .withSchedule(new Schedule.Cosine(steps, 0.01))
        .withClipNorm(CLIP_NORM);
  }
}
