package org.fjordflow.ode.internal.problems;

import java.util.List;

/**
 * Problems of the Test Set for IVP Solvers (University of Bari, release 2.4; first W. Lioen and J.
 * de Swart, CWI 1998), with the end states that it publishes.
 */
final class IvpTestSet {
  private static final String SOURCE = "Test Set for IVP Solvers, University of Bari";

  private IvpTestSet() {}

  static List<InitialValueProblem> problems() {
    return List.of(pleiades(), arenstorf(), hires(), vanDerPol());
  }

  /**
   * Seven bodies of masses 1 to 7 in the plane, which come close to each other several times
   * (Hairer, Norsett and Wanner 1993, II.10). State: x, y, dx/dt, dy/dt, seven of each.
   */
  private static InitialValueProblem pleiades() {
    double[] start = {
      3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1,
      0, 0
    };
    return InitialValueProblem.of("pleiades", SOURCE, 3, start, IvpTestSet::sevenBodies)
        .endingIn(
            0.3706139143970502,
            3.237284092057233,
            -3.222559032418324,
            0.659709145577531,
            0.3425581707156584,
            1.562172101400631,
            -0.7003092922212495,
            -3.943437585517392,
            -3.27138097397255,
            5.225081843456543,
            -2.59061243497747,
            1.198213693392275,
            -0.2429682344935824,
            1.09144924042898,
            3.417003806314313,
            1.354584501625501,
            -2.590065597810775,
            2.025053734714242,
            -1.155815100160448,
            -0.8072988170223021,
            0.595239635420871,
            -3.74124496123401,
            0.377345968575063,
            0.9386858869551074,
            0.3667922227200571,
            -0.347404635380849,
            2.344915448180937,
            -1.947020434263292);
  }

  private static void sevenBodies(double t, double[] y, double[] yDot) {
    for (int i = 0; i < 7; i++) {
      double accelerationX = 0;
      double accelerationY = 0;
      for (int j = 0; j < 7; j++) {
        if (j != i) {
          double dx = y[j] - y[i];
          double dy = y[7 + j] - y[7 + i];
          double square = dx * dx + dy * dy;
          double pull = (j + 1) / (square * Math.sqrt(square));
          accelerationX += pull * dx;
          accelerationY += pull * dy;
        }
      }
      yDot[i] = y[14 + i];
      yDot[7 + i] = y[21 + i];
      yDot[14 + i] = accelerationX;
      yDot[21 + i] = accelerationY;
    }
  }

  /**
   * A satellite's periodic orbit around earth and moon (R. F. Arenstorf 1963, after Hairer, Norsett
   * and Wanner 1993, II.0). State: position and velocity in the turning plane. Its end state is its
   * start: with start and period rounded to these digits, the orbit closes within 1.5e-11 (by a
   * Taylor series of order 40 in 45 digits).
   */
  private static InitialValueProblem arenstorf() {
    double[] start = {0.994, 0, 0, -2.0015851063790824};
    return InitialValueProblem.of(
            "arenstorf", SOURCE, 17.065216560157964, start, IvpTestSet::satellite)
        .endingIn(start);
  }

  private static void satellite(double t, double[] y, double[] yDot) {
    double moon = 0.012277471;
    double earth = 1 - moon;
    double fromEarth = Math.hypot(y[0] + moon, y[1]);
    double fromMoon = Math.hypot(y[0] - earth, y[1]);
    double pullOfEarth = earth / (fromEarth * fromEarth * fromEarth);
    double pullOfMoon = moon / (fromMoon * fromMoon * fromMoon);
    yDot[0] = y[2];
    yDot[1] = y[3];
    yDot[2] = y[0] + 2 * y[3] - pullOfEarth * (y[0] + moon) - pullOfMoon * (y[0] - earth);
    yDot[3] = y[1] - 2 * y[2] - (pullOfEarth + pullOfMoon) * y[1];
  }

  /**
   * High irradiance response of a plant (E. Schaefer 1975): eight reactants, mildly stiff, and
   * solved by explicit methods at moderate cost.
   */
  private static InitialValueProblem hires() {
    double[] start = {1, 0, 0, 0, 0, 0, 0, 0.0057};
    return InitialValueProblem.of("hires", SOURCE, 321.8122, start, IvpTestSet::reactants)
        .stiff()
        .endingIn(
            0.00073713125733256,
            0.00014424857263161,
            5.8887297409675e-05,
            0.0011756513432831,
            0.0023863561988313,
            0.0062389682527427,
            0.0028499983951857,
            0.0028500016048142);
  }

  private static void reactants(double t, double[] y, double[] yDot) {
    double bound = 280 * y[5] * y[7];
    yDot[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
    yDot[1] = 1.71 * y[0] - 8.75 * y[1];
    yDot[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
    yDot[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
    yDot[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
    yDot[5] = -bound + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
    yDot[6] = bound - 1.81 * y[6];
    yDot[7] = -bound + 1.81 * y[6];
  }

  /**
   * Van der Pol's oscillator with epsilon 1e-6: so stiff that explicit methods take some million
   * steps.
   */
  private static InitialValueProblem vanDerPol() {
    return InitialValueProblem.of(
            "vdpol_1e3",
            SOURCE,
            2,
            new double[] {2, 0},
            (t, y, yDot) -> {
              yDot[0] = y[1];
              yDot[1] = ((1 - y[0] * y[0]) * y[1] - y[0]) * 1e6;
            })
        .stiff()
        .endingIn(1.706167732170483, -0.8928097010247975);
  }
}
