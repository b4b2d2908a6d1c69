package org.fjordflow.discrete;

import java.util.List;

/** {@code y = x + m}, whose log-determinant is zero: NICE's (Dinh et al. 2015). */
public final class AdditiveTransform extends ColumnTransform {

  /** Creates the transform. */
  public AdditiveTransform() {}

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
  void forward(Values v, int from, int to) {
    for (int e = from * v.cols; e < to * v.cols; e++) {
      v.y[e] = v.x[e] + v.parameters[e];
    }
  }

  @Override
  void inverse(Values v, int from, int to) {
    for (int e = from * v.cols; e < to * v.cols; e++) {
      v.x[e] = v.y[e] - v.parameters[e];
    }
  }

  @Override
  void reverse(Values v, int from, int to, Adjoints adjoints) {
    for (int e = from * v.cols; e < to * v.cols; e++) {
      adjoints.parameters[e] = adjoints.pass(e, 1, 0);
    }
  }
}
