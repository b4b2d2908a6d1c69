package org.fjordflow.estimators;

import java.util.random.RandomGenerator;

/** Orthonormal vectors, found one after another (Gram and Schmidt's process, done twice). */
final class Frame {

  /** What is left of a vector below this part of its length is rounding. */
  private static final double ROUNDING = 1e-12;

  private final double[][] vectors;
  private int size;

  /**
   * Creates an empty frame.
   *
   * @param dim number of components
   * @param capacity number of vectors there may be at most
   */
  Frame(int dim, int capacity) {
    vectors = new double[capacity][dim];
  }

  /** Returns the number of vectors. */
  int size() {
    return size;
  }

  /** Returns a vector. */
  double[] get(int k) {
    return vectors[k];
  }

  /**
   * Adds the direction of what is orthogonal to the vectors there are; adds nothing where nothing
   * is left of the vector or where it is not finite.
   *
   * @param source holds the vector. Not modified.
   * @param offset where it begins
   * @return whether a vector was added
   */
  boolean add(double[] source, int offset) {
    double[] v = vectors[size];
    System.arraycopy(source, offset, v, 0, v.length);
    double before = Math.sqrt(dot(v, v));
    for (int pass = 0; pass < 2; pass++) {
      for (int k = 0; k < size; k++) {
        subtract(dot(vectors[k], v), vectors[k], v);
      }
    }
    double left = Math.sqrt(dot(v, v));
    if (!(left > ROUNDING * before) || Double.isInfinite(left)) {
      return false;
    }
    for (int j = 0; j < v.length; j++) {
      v[j] /= left;
    }
    size++;
    return true;
  }

  /** Adds a vector that is uniform among those orthogonal to the ones there are. */
  void addRandom(RandomGenerator random) {
    double[] v = new double[vectors[size].length];
    do {
      for (int j = 0; j < v.length; j++) {
        v[j] = random.nextGaussian();
      }
    } while (!add(v, 0));
  }

  /** Writes a vector times a factor into an array. */
  void write(int k, double factor, double[] target, int offset) {
    for (int j = 0; j < vectors[k].length; j++) {
      target[offset + j] = factor * vectors[k][j];
    }
  }

  /** Inner product. */
  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }

  /** {@code target -= factor v}. */
  static void subtract(double factor, double[] v, double[] target) {
    for (int j = 0; j < v.length; j++) {
      target[j] -= factor * v[j];
    }
  }
}
