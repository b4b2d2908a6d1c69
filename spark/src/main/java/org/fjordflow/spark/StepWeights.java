package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;

/** The parameters of a step, in the precision that the model has, which is all that moves. */
final class StepWeights implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final long step;

  /** A float[] or a double[]. */
  private final Object values;

  StepWeights(long step, double[] parameters, boolean single) {
    this.step = step;
    this.values = single ? narrow(parameters) : parameters;
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  long step() {
    return step;
  }

  double[] values() {
    if (values instanceof double[] all) {
      return all;
    }
    float[] narrow = (float[]) values;
    double[] wide = new double[narrow.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = narrow[i];
    }
    return wide;
  }
}
