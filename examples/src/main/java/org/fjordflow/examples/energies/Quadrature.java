package org.fjordflow.examples.energies;

import java.util.Arrays;
import org.fjordflow.report.DensityFunction;

/**
 * Integrals over a square by the trapezoidal rule on a regular grid, which converges faster than
 * any power of the distance for smooth densities that end inside.
 *
 * @param extent half the side
 * @param points along a side
 */
record Quadrature(double extent, int points) {

  /**
   * What a flow is beside a density.
   *
   * @param divergence KL(q || p) in nats, p normalised
   * @param mass integral of q: as far from 1 as the grid is too coarse or too small for it
   */
  record Comparison(double divergence, double mass) {}

  /** All points of the grid. */
  double[][] grid() {
    double[][] rows = new double[points * points][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new double[] {at(i % points), at(i / points)};
    }
    return rows;
  }

  private double at(int index) {
    return extent * (2.0 * index / (points - 1) - 1);
  }

  private double cell() {
    double side = 2 * extent / (points - 1);
    return side * side;
  }

  /** Logarithm of the integral of a density. */
  double logIntegral(DensityFunction density) {
    return logIntegral(density.logProb(grid()));
  }

  private double logIntegral(double[] logs) {
    double most = Arrays.stream(logs).max().orElseThrow();
    double sum = Arrays.stream(logs).map(log -> Math.exp(log - most)).sum();
    return most + Math.log(sum * cell());
  }

  /**
   * Compares a flow with a density.
   *
   * @param q normalised
   * @param p not normalised
   */
  Comparison compare(DensityFunction q, DensityFunction p) {
    double[][] rows = grid();
    double[] logQ = q.logProb(rows);
    double[] logP = p.logProb(rows);
    double logZ = logIntegral(logP);
    double divergence = 0;
    double mass = 0;
    for (int i = 0; i < rows.length; i++) {
      double weight = Math.exp(logQ[i]) * cell();
      mass += weight;
      divergence += weight > 0 ? weight * (logQ[i] - logP[i] + logZ) : 0;
    }
    return new Comparison(divergence, mass);
  }
}
