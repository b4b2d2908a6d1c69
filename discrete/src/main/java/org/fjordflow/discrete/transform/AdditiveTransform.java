package org.fjordflow.discrete.transform;

import java.util.Arrays;
import java.util.List;

/** {@code y = x + m}, whose log-determinant is zero: NICE's (Dinh et al. 2015). */
final class AdditiveTransform extends ColumnTransform {

  /** Creates the transform. */
  AdditiveTransform() {}

  @Override
  public int parameters() {
    return 1;
  }

  @Override
  public double[] identity() {
    return new double[1];
  }

  @Override
  List<Number> settings() {
    return List.of();
  }

  @Override
  void forward(ElementRun run) {
    for (int e = 0; e < run.count; e++) {
      run.y[e] = run.x[e] + run.parameters[e];
    }
    Arrays.fill(run.logSlope, 0, run.count, 0);
  }

  @Override
  void inverse(ElementRun run) {
    for (int e = 0; e < run.count; e++) {
      run.x[e] = run.y[e] - run.parameters[e];
    }
    Arrays.fill(run.logSlope, 0, run.count, 0);
  }

  @Override
  void reverse(ElementRun run) {
    for (int e = 0; e < run.count; e++) {
      run.parameterBars[e] = run.pass(e, 1, 0);
    }
  }
}
