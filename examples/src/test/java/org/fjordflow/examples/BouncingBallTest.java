package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class BouncingBallTest {
  /** t = sqrt(2 h / g) (1 + 2 (e + e^2 + ...)). */
  @Test
  void timeAndDerivativesAreThoseOfTheFormula() {
    double height = 2;
    double gravity = 9.81;
    double bounce = 0.8;
    BouncingBall.Result result = BouncingBall.run(height, gravity, bounce, 4);
    double fall = Math.sqrt(2 * height / gravity);
    double sum = bounce + bounce * bounce + Math.pow(bounce, 3);
    double time = fall * (1 + 2 * sum);
    assertEquals(time, result.time(), 1e-8);
    assertEquals(time / (2 * height), result.height(), 1e-7);
    assertEquals(-time / (2 * gravity), result.gravity(), 1e-7);
    double sumSlope = 1 + 2 * bounce + 3 * bounce * bounce;
    assertEquals(2 * fall * sumSlope, result.bounce(), 1e-7);
  }
}
