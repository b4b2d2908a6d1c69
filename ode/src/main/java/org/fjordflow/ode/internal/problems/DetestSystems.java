package org.fjordflow.ode.internal.problems;

import static org.fjordflow.ode.internal.problems.Detest.problem;

import java.util.List;

/** Classes B and C of {@link Detest}. */
final class DetestSystems {
  private static final int PLANETS = 5;

  /** The constant of gravitation in astronomical units, solar masses and hundreds of days. */
  private static final double GRAVITATION = 2.95912208286;

  /** The sun with the inner planets. */
  private static final double SUN = 1.00000597682;

  /** Jupiter, Saturn, Uranus, Neptune, Pluto. */
  private static final double[] MASSES = {
    0.000954786104043,
    0.000285583733151,
    0.0000437273164546,
    0.0000517759138449,
    0.00000277777777778
  };

  private DetestSystems() {}

  /** Class B: small systems. */
  static List<InitialValueProblem> small() {
    return List.of(
        problem("B1", DetestSystems::twoPopulations, 1, 3),
        problem("B2", DetestSystems::linearReaction, 2, 0, 1),
        problem("B3", DetestSystems::nonlinearReaction, 1, 0, 0),
        problem("B4", DetestSystems::torus, 3, 0, 0),
        problem("B5", DetestSystems::rigidBody, 0, 1, 1));
  }

  /** Class C: moderate systems. */
  static List<InitialValueProblem> moderate() {
    return List.of(
        problem("C1", DetestSystems::decayChain, first(10)),
        problem("C2", DetestSystems::fasterDecayChain, first(10)),
        problem("C3", DetestSystems::heat, first(10)),
        problem("C4", DetestSystems::heat, first(51)),
        problem("C5", DetestSystems::outerPlanets, planets()));
  }

  private static void twoPopulations(double t, double[] y, double[] f) {
    f[0] = 2 * (y[0] - y[0] * y[1]);
    f[1] = -(y[1] - y[0] * y[1]);
  }

  private static void linearReaction(double t, double[] y, double[] f) {
    f[0] = -y[0] + y[1];
    f[1] = y[0] - 2 * y[1] + y[2];
    f[2] = y[1] - y[2];
  }

  private static void nonlinearReaction(double t, double[] y, double[] f) {
    f[0] = -y[0];
    f[1] = y[0] - y[1] * y[1];
    f[2] = y[1] * y[1];
  }

  /** A curve on a torus. */
  private static void torus(double t, double[] y, double[] f) {
    double radius = Math.hypot(y[0], y[1]);
    f[0] = -y[1] - y[0] * y[2] / radius;
    f[1] = y[0] - y[1] * y[2] / radius;
    f[2] = y[0] / radius;
  }

  /** Euler's equations of a rigid body without forces. */
  private static void rigidBody(double t, double[] y, double[] f) {
    f[0] = y[1] * y[2];
    f[1] = -y[0] * y[2];
    f[2] = -0.51 * y[0] * y[1];
  }

  /** All at first in the first of so many. */
  private static double[] first(int dimension) {
    double[] state = new double[dimension];
    state[0] = 1;
    return state;
  }

  private static void decayChain(double t, double[] y, double[] f) {
    int last = y.length - 1;
    f[0] = -y[0];
    for (int i = 1; i < last; i++) {
      f[i] = y[i - 1] - y[i];
    }
    f[last] = y[last - 1];
  }

  private static void fasterDecayChain(double t, double[] y, double[] f) {
    int last = y.length - 1;
    f[0] = -y[0];
    for (int i = 1; i < last; i++) {
      f[i] = i * y[i - 1] - (i + 1) * y[i];
    }
    f[last] = last * y[last - 1];
  }

  /** Diffusion along a line, with zero at both ends. */
  private static void heat(double t, double[] y, double[] f) {
    int last = y.length - 1;
    for (int i = 0; i <= last; i++) {
      double before = i == 0 ? 0 : y[i - 1];
      double after = i == last ? 0 : y[i + 1];
      f[i] = before - 2 * y[i] + after;
    }
  }

  /** Positions of the five outer planets, then velocities, three components each. */
  private static double[] planets() {
    return new double[] {
      3.42947415189, 3.35386959711, 1.35494901715,
      6.64145542550, 5.97156957878, 2.18231499728,
      11.2630437207, 14.6952576794, 6.27960525067,
      -30.1552268759, 1.65699966404, 1.43785752721,
      -21.1238353380, 28.4465098142, 15.3882659679,
      -0.557160570446, 0.505696783289, 0.230578543901,
      -0.415570776342, 0.365682722812, 0.169143213293,
      -0.325325669158, 0.189706021964, 0.0877265322780,
      -0.0240476254170, -0.287659532608, -0.117219543175,
      -0.176860753121, -0.216393453025, -0.0148647893090
    };
  }

  /** Relative to the sun, which the planets pull at as well. */
  private static void outerPlanets(double t, double[] y, double[] f) {
    int velocities = 3 * PLANETS;
    double[] sunPull = new double[PLANETS];
    for (int j = 0; j < PLANETS; j++) {
      sunPull[j] = inverseCube(y[3 * j], y[3 * j + 1], y[3 * j + 2]);
    }
    for (int j = 0; j < PLANETS; j++) {
      for (int i = 0; i < 3; i++) {
        f[3 * j + i] = y[velocities + 3 * j + i];
        f[velocities + 3 * j + i] = -(SUN + MASSES[j]) * y[3 * j + i] * sunPull[j];
      }
      for (int k = 0; k < PLANETS; k++) {
        if (k != j) {
          double pull =
              inverseCube(
                  y[3 * k] - y[3 * j], y[3 * k + 1] - y[3 * j + 1], y[3 * k + 2] - y[3 * j + 2]);
          for (int i = 0; i < 3; i++) {
            double distance = y[3 * k + i] - y[3 * j + i];
            f[velocities + 3 * j + i] += MASSES[k] * (distance * pull - y[3 * k + i] * sunPull[k]);
          }
        }
      }
      for (int i = 0; i < 3; i++) {
        f[velocities + 3 * j + i] *= GRAVITATION;
      }
    }
  }

  private static double inverseCube(double x, double y, double z) {
    double square = x * x + y * y + z * z;
    return 1 / (square * Math.sqrt(square));
  }
}
