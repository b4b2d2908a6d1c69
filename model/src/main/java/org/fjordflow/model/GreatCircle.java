package org.fjordflow.model;

import java.util.Arrays;

/**
 * Points between two of a normal base. In many dimensions such points lie near a sphere; halfway on
 * a line between two of them nothing lies.
 */
final class GreatCircle {

  /** Angles below it are as good as none. */
  private static final double PARALLEL = 1e-6;

  private GreatCircle() {}

  /**
   * Returns the point whose direction is a part of the angle from a to b, and whose length the same
   * part of the way between theirs.
   *
   * @param t from 0, at a, to 1, at b
   */
  static double[] between(double[] a, double[] b, double t) {
    if (t == 0 || t == 1) {
      return (t == 0 ? a : b).clone();
    }
    double lengthA = length(a);
    double lengthB = length(b);
    double dot = 0;
    for (int j = 0; j < a.length; j++) {
      dot += a[j] * b[j];
    }
    double cosine = dot / Math.max(Double.MIN_NORMAL, lengthA * lengthB);
    double angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
    boolean straight = angle < PARALLEL || angle > Math.PI - PARALLEL;
    double partA = straight ? 1 - t : Math.sin((1 - t) * angle) / Math.sin(angle);
    double partB = straight ? t : Math.sin(t * angle) / Math.sin(angle);
    double length = straight ? 1 : (1 - t) * lengthA + t * lengthB;
    double[] point = new double[a.length];
    for (int j = 0; j < a.length; j++) {
      point[j] =
          straight
              ? partA * a[j] + partB * b[j]
              : length * (partA * a[j] / lengthA + partB * b[j] / lengthB);
    }
    return point;
  }

  private static double length(double[] point) {
    return Math.sqrt(Arrays.stream(point).map(x -> x * x).sum());
  }
}
