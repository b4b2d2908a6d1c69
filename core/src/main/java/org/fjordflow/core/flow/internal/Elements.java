package org.fjordflow.core.flow.internal;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** Elements of matrices as plain arrays, for operations that loop over them in double precision. */
public final class Elements {

  private Elements() {}

  /**
   * Copies a matrix out.
   *
   * @param backend the matrix's backend
   * @param m Not modified.
   * @return row-major values
   */
  public static double[] of(Backend backend, Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }

  /**
   * Adds to a matrix.
   *
   * @param backend the matrix's backend
   * @param values row-major, as many as the matrix has. Not modified.
   * @param target Modified; or null, where nothing is wanted
   */
  public static void add(Backend backend, double[] values, @Nullable Matrix target) {
    if (target != null) {
      double[] sum = of(backend, target);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
      backend.upload(sum, 0, target);
    }
  }
}
