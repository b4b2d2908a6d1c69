package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.GradientSums;
import org.jspecify.annotations.Nullable;

/**
 * A model that is trained, as executors get it, once each: tasks of one process share it.
 *
 * <p>Its weights are those of the last step that a task came with.
 */
final class TrainingModel implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final SparkModel model;
  private final long seed;
  private transient @Nullable GradientSums sums;

  TrainingModel(SparkModel model, long seed) {
    this.model = model;
    this.seed = seed;
  }

  FlowModel model() {
    return model.model();
  }

  synchronized GradientSums sums() {
    GradientSums found = sums;
    if (found == null) {
      found = model.model().gradientSums(seed);
      sums = found;
    }
    return found;
  }
}
