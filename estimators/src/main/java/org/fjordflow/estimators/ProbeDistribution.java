package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;

/**
 * How the probes of a row are distributed. Each has mean zero and unit covariance, so that {@code
 * e^T J e} is without bias. With S the symmetric part of J and d dimensions, the variance of one
 * such estimate is what a constant says below. The mean of k estimates has that divided by k where
 * probes are independent; where they are drawn without replacement from a {@link #population} of N,
 * it is smaller by the factor (N - k) / (N - 1) whatever J is, and nothing is left with all N.
 */
public enum ProbeDistribution {
  /**
   * Independent signs: {@code 2 sum of S_ij^2 over i != j}, the least among independent components.
   */
  RADEMACHER {
    @Override
    void draw(double[] directions, int probes, int rows, int dim, RandomGenerator random) {
      for (int i = 0; i < directions.length; i++) {
        directions[i] = random.nextBoolean() ? 1 : -1;
      }
    }

    @Override
    public double population(int dim) {
      return Double.POSITIVE_INFINITY;
    }
  },

  /** Independent standard normals: {@code 2 |S|^2}, with Frobenius' norm. */
  GAUSSIAN {
    @Override
    void draw(double[] directions, int probes, int rows, int dim, RandomGenerator random) {
      for (int i = 0; i < directions.length; i++) {
        directions[i] = random.nextGaussian();
      }
    }

    @Override
    public double population(int dim) {
      return Double.POSITIVE_INFINITY;
    }
  },

  /**
   * Orthogonal to each other, each uniform on the sphere of radius sqrt(d): {@code 2 d / (d + 2)
   * (|S|^2 - tr(S)^2 / d)}. That is less than for normal probes, whose length is noise. The
   * population is d: an orthonormal basis.
   */
  ORTHOGONAL {
    @Override
    void draw(double[] directions, int probes, int rows, int dim, RandomGenerator random) {
      for (int i = 0; i < rows; i++) {
        Frame frame = new Frame(dim, probes);
        for (int k = 0; k < probes; k++) {
          frame.addRandom(random);
          frame.write(k, Math.sqrt(dim), directions, (k * rows + i) * dim);
        }
      }
    }

    @Override
    public double population(int dim) {
      return dim;
    }
  },

  /**
   * Signs that balance each other: different rows of a Hadamard matrix, drawn at random, their
   * columns multiplied with random signs; what antithetic draws are to a quadratic form. Each probe
   * has the distribution and the variance of {@link #RADEMACHER}. The population is the order of
   * the matrix, the least power of two that is not below d.
   */
  HADAMARD {
    @Override
    void draw(double[] directions, int probes, int rows, int dim, RandomGenerator random) {
      int[] order = new int[(int) population(dim)];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      for (int i = 0; i < rows; i++) {
        boolean[] signs = new boolean[dim];
        for (int j = 0; j < dim; j++) {
          signs[j] = random.nextBoolean();
        }
        for (int k = 0; k < probes; k++) {
          // A shuffle may start from any order, such as the one that the last row left.
          int other = k + random.nextInt(order.length - k);
          int row = order[other];
          order[other] = order[k];
          order[k] = row;
          for (int j = 0; j < dim; j++) {
            // Sylvester's matrix: element (row, j) is -1 where they share an odd number of bits.
            boolean positive = (Integer.bitCount(row & j) % 2 == 0) == signs[j];
            directions[(k * rows + i) * dim + j] = positive ? 1 : -1;
          }
        }
      }
    }

    @Override
    public double population(int dim) {
      return dim <= 1 ? 1 : 2.0 * Integer.highestOneBit(dim - 1);
    }
  };

  /** Draws probe 1 of all rows, probe 2 of all rows and so on. */
  abstract void draw(double[] directions, int probes, int rows, int dim, RandomGenerator random);

  /**
   * Returns how many probes there are that a row's are drawn from without replacement, infinity
   * where they are independent. The mean of the estimates of all of them is the trace.
   *
   * @param dim number of columns
   */
  public abstract double population(int dim);

  /** Returns the name in configurations, such as {@code rademacher}. */
  public String id() {
    return Ids.of(this);
  }

  void require(int probes, int dim) {
    if (probes > population(dim)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%d %s probes in %d dimensions; expected at most %.0f, or take the exact trace"
              .formatted(probes, id(), dim, population(dim)));
    }
  }
}
