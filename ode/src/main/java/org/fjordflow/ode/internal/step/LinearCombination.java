package org.fjordflow.ode.internal.step;

import java.util.Arrays;

/**
 * A sum of weighted arrays, taken from the left as Hipparchus takes it, so that results are equal
 * to the bit. Up to six arrays are read in one loop, which the JVM vectorises; terms without weight
 * are left out. Longer sums are made tile by tile, in the cache.
 */
public final class LinearCombination {
  /** Elements that are worked on together; three arrays of that size fit the fastest cache. */
  public static final int TILE = 1024;

  private static final int WIDTH = 6;

  private final int[] places;
  private final double[] weights;
  private final int count;

  /**
   * Chooses the terms.
   *
   * @param weights weight of each array. Not modified
   */
  public LinearCombination(double... weights) {
    int terms = 0;
    for (double weight : weights) {
      terms += weight != 0 ? 1 : 0;
    }
    int groups = Math.max(1, (terms + WIDTH - 1) / WIDTH);
    // What fills the last group up has the weight zero and an array that is read anyway.
    this.places = new int[groups * WIDTH];
    this.weights = new double[groups * WIDTH];
    this.count = terms;
    int term = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] != 0) {
        places[term] = i;
        this.weights[term++] = weights[i];
      }
    }
    Arrays.fill(places, term, places.length, term == 0 ? 0 : places[term - 1]);
  }

  /** Returns whether an array has a weight. */
  public boolean contains(int index) {
    for (int term = 0; term < count; term++) {
      if (places[term] == index) {
        return true;
      }
    }
    return false;
  }

  /**
   * Computes base + h sum.
   *
   * @param base added to the sum. Not modified
   * @param h factor of the sum
   * @param x the arrays. Not modified
   * @param target receives the result. Modified
   * @return whether all components of the result are finite
   */
  public boolean step(double[] base, double h, double[][] x, double[] target) {
    boolean finite = true;
    for (int from = 0; from < target.length; from += TILE) {
      int to = Math.min(from + TILE, target.length);
      int last = start(x, target, from, to);
      if (last > 0) {
        Kernels.stepMore6(
            target,
            base,
            h,
            from,
            to,
            weights,
            last,
            x(x, last),
            x(x, last + 1),
            x(x, last + 2),
            x(x, last + 3),
            x(x, last + 4),
            x(x, last + 5));
      } else if (count <= 2) {
        Kernels.step2(target, base, h, from, to, weights, x(x, 0), x(x, 1));
      } else if (count <= 4) {
        Kernels.step4(target, base, h, from, to, weights, x(x, 0), x(x, 1), x(x, 2), x(x, 3));
      } else {
        Kernels.step6(
            target, base, h, from, to, weights, x(x, 0), x(x, 1), x(x, 2), x(x, 3), x(x, 4),
            x(x, 5));
      }
      finite &= Kernels.finite(target, from, to);
    }
    return finite;
  }

  /**
   * Computes base + h sum with a length of step for each component, to the same bits as with one.
   *
   * @param base added to the sum. Not modified
   * @param h factor of the sum for each component. Not modified
   * @param x the arrays. Not modified
   * @param target receives the result, as many components as are wanted. Modified
   * @param size how many components are wanted
   */
  void step(double[] base, double[] h, double[][] x, double[] target, int size) {
    for (int from = 0; from < size; from += TILE) {
      int to = Math.min(from + TILE, size);
      sum(x, target, from, to);
      Kernels.addScaled(target, base, h, from, to);
    }
  }

  /**
   * Computes a part of the sum.
   *
   * @param x the arrays. Not modified
   * @param target receives the sum; none of the arrays. Modified
   * @param from first component
   * @param to end of the components, not included
   */
  public void sum(double[][] x, double[] target, int from, int to) {
    int last = start(x, target, from, to);
    if (last > 0) {
      more(x, target, from, to, last);
    } else if (count <= 2) {
      Kernels.sum2(target, from, to, weights, x(x, 0), x(x, 1));
    } else if (count <= 4) {
      Kernels.sum4(target, from, to, weights, x(x, 0), x(x, 1), x(x, 2), x(x, 3));
    } else {
      Kernels.sum6(target, from, to, weights, x(x, 0), x(x, 1), x(x, 2), x(x, 3), x(x, 4), x(x, 5));
    }
  }

  /** Computes the sum times a factor. */
  public void scaled(double factor, double[][] x, double[] target) {
    for (int from = 0; from < target.length; from += TILE) {
      int to = Math.min(from + TILE, target.length);
      sum(x, target, from, to);
      for (int d = from; d < to; d++) {
        target[d] *= factor;
      }
    }
  }

  /** Sums all groups but the last, and returns where that begins. */
  private int start(double[][] x, double[] target, int from, int to) {
    int last = places.length - WIDTH;
    if (last > 0) {
      Kernels.sum6(target, from, to, weights, x(x, 0), x(x, 1), x(x, 2), x(x, 3), x(x, 4), x(x, 5));
      for (int group = WIDTH; group < last; group += WIDTH) {
        more(x, target, from, to, group);
      }
    }
    return last;
  }

  private void more(double[][] x, double[] target, int from, int to, int first) {
    Kernels.more6(
        target,
        from,
        to,
        weights,
        first,
        x(x, first),
        x(x, first + 1),
        x(x, first + 2),
        x(x, first + 3),
        x(x, first + 4),
        x(x, first + 5));
  }

  private double[] x(double[][] x, int term) {
    return x[places[term]];
  }
}
