package org.fjordflow.model;

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
