package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CustomFieldTest {
  @Test
  void derivativesAreThoseOfTheFormula() {
    double c = 0.3;
    double angle = 0.7;
    double speed = -1.2;
    double endTime = 1.5;
    CustomField.Result result =
        CustomField.run(c, new double[] {angle, speed}, new double[] {2, 1}, endTime);
    double force = -Math.sin(angle) - c * speed;
    assertArrayEquals(new double[] {speed, force}, result.value(), 1e-14);
    assertArrayEquals(new double[] {1, -2 * Math.cos(angle) - c}, result.jacobianVector(), 1e-14);
    assertArrayEquals(
        new double[] {-2 * force * Math.cos(angle), 2 * speed - 2 * force * c},
        result.stateGradient(),
        1e-14);
    assertEquals(-2 * force * speed, result.frictionGradient(), 1e-14);
    // The trace of the Jacobian is -c everywhere.
    double[] end = result.image();
    double base = -0.5 * (end[0] * end[0] + end[1] * end[1]) - Math.log(2 * Math.PI);
    // Two solves, each at tolerance 1e-5.
    assertEquals(base - c * endTime, result.logProb(), 1e-4);
  }

  @Test
  void frictionTakesEnergyAway() {
    double[] start = {1, 0.5};
    double[] free = CustomField.run(0, start, start, 2).image();
    double[] damped = CustomField.run(0.5, start, start, 2).image();
    assertEquals(energy(start), energy(free), 1e-4);
    assertEquals(-1, Math.signum(energy(damped) - energy(start)));
  }

  private static double energy(double[] z) {
    return 0.5 * z[1] * z[1] - Math.cos(z[0]);
  }
}
