package org.fjordflow.model;

import org.fjordflow.core.train.TrainerConfig;

/**
 * A recipe with another specification.
 *
 * @param like what it is trained like
 * @param maker makes the specification
 */
record Adjusted(FlowRecipe like, Maker maker) implements FlowRecipe {

  /** Makes a specification for columns of data and of context. */
  @FunctionalInterface
  interface Maker {
    FlowSpec make(int columns, int context);
  }

  @Override
  public FlowSpec spec(int columns, int context) {
    return maker.make(columns, context);
  }

  @Override
  public boolean standardizes() {
    return like.standardizes();
  }

  @Override
  public double contextDropout() {
    return like.contextDropout();
  }

  @Override
  public TrainerConfig openEndedTraining(
      int rows, int columns, int context, boolean validates, double timeLimit, long seed) {
    return like instanceof ImageTraining images
        ? images.openEndedTraining(rows, columns, context, validates, timeLimit, seed)
        : FlowRecipe.super.openEndedTraining(rows, columns, context, validates, timeLimit, seed);
  }

  @Override
  public TrainerConfig tableTraining(int rows, int columns, boolean validates, long seed) {
    return like instanceof ImageTraining images
        ? images.tableTraining(rows, columns, validates, seed)
        : FlowRecipe.super.tableTraining(rows, columns, validates, seed);
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
}
