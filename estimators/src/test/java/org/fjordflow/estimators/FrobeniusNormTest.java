package org.fjordflow.estimators;

import static org.fjordflow.estimators.Estimation.MATRIX;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Squared norms of products with a divergence's directions estimate the Frobenius norm. */
final class FrobeniusNormTest {

  private static final int DIM = MATRIX.length;

  private static final double SQUARES =
      Arrays.stream(MATRIX).flatMapToDouble(Arrays::stream).map(v -> v * v).sum();

  /** Products with the matrix, whatever the row. */
  private static final Divergence.JacobianProducts PRODUCTS =
      (directions, count) -> {
        double[] products = new double[directions.length];
        for (int at = 0; at < directions.length; at += DIM) {
          System.arraycopy(product(directions, at), 0, products, at, DIM);
        }
        return products;
      };

  private static double[] product(double[] directions, int at) {
    double[] product = new double[DIM];
    for (int i = 0; i < DIM; i++) {
      for (int j = 0; j < DIM; j++) {
        product[i] += MATRIX[i][j] * directions[at + j];
      }
    }
    return product;
  }

  /** One estimate a row. */
  private static double[] estimates(Divergence divergence, int rows, RandomGenerator random) {
    double[] directions = divergence.draw(rows, DIM, random, PRODUCTS);
    double[] estimates = new double[rows];
    for (int k = 0; k < divergence.directions(DIM); k++) {
      for (int i = 0; i < rows; i++) {
        double[] product = product(directions, (k * rows + i) * DIM);
        double norm = Arrays.stream(product).map(v -> v * v).sum();
        estimates[i] += divergence.frobeniusWeight(k) * norm;
      }
    }
    return estimates;
  }

  /** Exact because the trace is, or because directions span the space. */
  static Stream<Divergence> exact() {
    return Stream.of(
        new ExactTrace(),
        new Hutchinson(ProbeDistribution.ORTHOGONAL, DIM),
        new Hutchinson(ProbeDistribution.HADAMARD, DIM),
        new HutchPlusPlus(1, DIM - 1),
        new HutchPlusPlus(2, DIM - 2));
  }

  @ParameterizedTest
  @MethodSource("exact")
  void isExactWhereDirectionsSpanTheSpace(Divergence divergence) {
    for (double estimate : estimates(divergence, 5, new SplittableRandom(SEED))) {
      assertEquals(SQUARES, estimate, 1e-12 * SQUARES, "seed " + SEED);
    }
  }

  static Stream<Divergence> estimating() {
    double[] probes = new SplittableRandom(SEED).doubles(2L * 4000 * DIM, -1, 1).toArray();
    double[] scaled = Arrays.stream(probes).map(v -> Math.sqrt(3) * v).toArray();
    return Stream.of(
        new Hutchinson(ProbeDistribution.RADEMACHER, 1),
        new Hutchinson(ProbeDistribution.GAUSSIAN, 3),
        new Hutchinson(ProbeDistribution.ORTHOGONAL, 2),
        new Hutchinson(ProbeDistribution.HADAMARD, 2),
        new HutchPlusPlus(1, 1),
        new HutchPlusPlus(2, 1),
        new ReplayedProbes(2, scaled));
  }

  @ParameterizedTest
  @MethodSource("estimating")
  void isWithoutBias(Divergence divergence) {
    int rows = 4000;
    double[] estimates = estimates(divergence, rows, new SplittableRandom(SEED));
    double[] moments = Estimation.meanAndVariance(estimates);
    double error = Math.sqrt(moments[1] / rows);
    assertEquals(SQUARES, moments[0], 4 * error, divergence + ", seed " + SEED);
  }
}
