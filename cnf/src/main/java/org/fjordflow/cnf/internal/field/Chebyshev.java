package org.fjordflow.cnf.internal.field;

/** Interpolation on [-1, 1] at the zeros of a Chebyshev polynomial. */
final class Chebyshev {

  private final int terms;
  // cos(k theta_j) for term k and node j.
  private final double[] cosines;

  /**
   * Prepares nodes.
   *
   * @param terms how many, at least two
   */
  Chebyshev(int terms) {
    this.terms = terms;
    this.cosines = new double[terms * terms];
    for (int k = 0; k < terms; k++) {
      for (int j = 0; j < terms; j++) {
        // The angle's multiple of pi is reduced exactly.
        int quarter = k * (2 * j + 1) % (4 * terms);
        cosines[k * terms + j] = Math.cos(Math.PI * quarter / (2 * terms));
      }
    }
  }

  /** Returns a node. */
  double node(int j) {
    return cosines[terms + j];
  }

  /**
   * Finds the terms of the polynomial through values at the nodes.
   *
   * @param values as many as there are nodes. Not modified
   * @param target receives as many, in Chebyshev's basis, from an index on. Modified
   */
  void fit(double[] values, double[] target, int at) {
    for (int k = 0; k < terms; k++) {
      double sum = 0;
      for (int j = 0; j < terms; j++) {
        sum += values[j] * cosines[k * terms + j];
      }
      target[at + k] = sum * (k == 0 ? 1 : 2) / terms;
    }
  }
}
