package org.fjordflow.examples.energies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.examples.energies.EnergyFlow.Family;
import org.fjordflow.examples.energies.Quadrature.Comparison;
import org.fjordflow.inference.VariationalPosterior;
import org.junit.jupiter.api.Test;

/** Energies by the paper's formulas, integrals by closed forms, and a small fit. */
final class EnergyTest {

  private static double square(double x) {
    return x * x;
  }

  /** The paper's table 1, with the end along z1. */
  private static double paper(Energy energy, double z1, double z2) {
    double w1 = Math.sin(2 * Math.PI * z1 / 4);
    double w2 = 3 * Math.exp(-0.5 * square((z1 - 1) / 0.6));
    double w3 = 3 / (1 + Math.exp(-(z1 - 1) / 0.3));
    double end = Math.pow(z1 / 4, 8);
    return switch (energy) {
      case U1 ->
          0.5 * square((Math.hypot(z1, z2) - 2) / 0.4)
              - Math.log(
                  Math.exp(-0.5 * square((z1 - 2) / 0.6))
                      + Math.exp(-0.5 * square((z1 + 2) / 0.6)));
      case U2 -> 0.5 * square((z2 - w1) / 0.4) + end;
      case U3 ->
          -Math.log(
                  Math.exp(-0.5 * square((z2 - w1) / 0.35))
                      + Math.exp(-0.5 * square((z2 - w1 + w2) / 0.35)))
              + end;
      case U4 ->
          -Math.log(
                  Math.exp(-0.5 * square((z2 - w1) / 0.4))
                      + Math.exp(-0.5 * square((z2 - w1 + w3) / 0.35)))
              + end;
    };
  }

  @Test
  void energiesAreThePapers() {
    double[][] points = {{1.8, 0.5}, {-2.1, 0.3}, {0.9, -1.4}, {1.2, -0.2}, {3.1, -3.3}, {-0.4, 1}};
    for (Energy energy : Energy.values()) {
      double[] values = energy.logDensity(points);
      for (int i = 0; i < points.length; i++) {
        double expected = -paper(energy, points[i][0], points[i][1]);
        assertEquals(expected, values[i], 1e-9, energy + " " + i);
      }
    }
  }

  @Test
  void integralsAreThoseOfTheFormulas() {
    // Along z2 the second to fourth are normals, and exp(-(z1 / 4)^8) has the integral 8 gamma(9 /
    // 8).
    double along = 8 * 0.941743;
    double normal = Math.sqrt(2 * Math.PI);
    Quadrature grid = new Quadrature(8, 201);
    assertEquals(along * normal * 0.4, Math.exp(grid.logIntegral(Energy.U2::logDensity)), 1e-4);
    assertEquals(along * normal * 0.7, Math.exp(grid.logIntegral(Energy.U3::logDensity)), 1e-4);
    assertEquals(along * normal * 0.75, Math.exp(grid.logIntegral(Energy.U4::logDensity)), 1e-4);
  }

  @Test
  void divergenceOfNormalsIsItsFormula() {
    double s = 0.8;
    Comparison found =
        new Quadrature(8, 161)
            .compare(
                rows -> normal(rows, 0, 1, -Math.log(2 * Math.PI)),
                rows -> normal(rows, 0.5, s, 3));
    double expected = 2 * Math.log(s) + (2 + 2 * 0.25) / (2 * s * s) - 1;
    assertEquals(expected, found.divergence(), 1e-9);
    assertEquals(1, found.mass(), 1e-9);
  }

  private static double[] normal(double[][] rows, double mean, double deviation, double constant) {
    return Arrays.stream(rows)
        .mapToDouble(r -> square((r[0] - mean) / deviation) + square((r[1] - mean) / deviation))
        .map(squares -> constant - 0.5 * squares)
        .toArray();
  }

  @Test
  void divergenceFallsWithLayersAndIsThatOfDraws() {
    Quadrature grid = new Quadrature(8, 161);
    double logIntegral = grid.logIntegral(Energy.U1::logDensity);
    double before = Double.POSITIVE_INFINITY;
    for (int layers : new int[] {2, 8}) {
      EnergyFlow flow = new EnergyFlow(Family.PLANAR, layers);
      try (VariationalPosterior fitted = flow.fit(Energy.U1, 600, 0)) {
        Comparison found = grid.compare(fitted.model()::logProb, Energy.U1::logDensity);
        assertEquals(1, found.mass(), 1e-3);
        double byDraws = logIntegral - fitted.elbo().value();
        assertEquals(byDraws, found.divergence(), 5 * fitted.elbo().error());
        assertTrue(found.divergence() < before / 2, before + " to " + found.divergence());
        before = found.divergence();
      }
    }
    assertTrue(before < 0.1, "" + before);
  }
}
