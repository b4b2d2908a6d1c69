package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GaussianDetectorTest {
  @Test
  void densityOfTheFittedNormal() {
    // Covariance [[2, 1], [1, 2]] about (1, 1): determinant 3, inverse [[2, -1], [-1, 2]] / 3.
    double a = Math.sqrt(3);
    double[][] rows = {{1 + a, 1 + a}, {1 - a, 1 - a}, {2, 0}, {0, 2}};
    double logProb = GaussianDetector.fit(rows).logProb(new double[][] {{2, 1}})[0];
    double expected = -Math.log(2 * Math.PI) - 0.5 * Math.log(3) - 0.5 * 2 / 3;
    assertEquals(expected, logProb, 1e-5);
  }
}
