package org.fjordflow.bench.sbibm;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.inference.simulation.Prior;
import org.fjordflow.inference.simulation.Simulator;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/** Tasks of sbibm (Lueckmann et al. 2021): priors and simulators as its code defines them. */
enum SbiTask {
  /** A crescent of two moons. */
  TWO_MOONS(0.606, uniform(2, 1), SbiTask::twoMoons),
  /** A normal with a normal prior; 0.1 is the variance of both. */
  GAUSSIAN_LINEAR(
      0.552, Prior.of(names(10), random -> shifted(new double[10], random)), SbiTask::shifted),
  /** The same with a uniform prior. */
  GAUSSIAN_LINEAR_UNIFORM(0.553, uniform(10, 1), SbiTask::shifted),
  /**
   * Two normals, a wide and a narrow one. Each run draws which; sbibm's code draws it once for all
   * runs of a batch, while its reference posteriors are those of a draw a run.
   */
  GAUSSIAN_MIXTURE(0.661, uniform(2, 10), SbiTask::mixture),
  /** An epidemic, of which the infected are counted on ten days among 1,000 people each. */
  SIR(
      0.680,
      Prior.of(
              List.of("beta", "gamma"),
              random ->
                  new double[] {
                    Math.exp(normal(random, Math.log(0.4), 0.5)),
                    Math.exp(normal(random, Math.log(0.125), 0.2))
                  })
          .withPositive("beta", "gamma"),
      SbiTask::epidemic);

  private static final double DEVIATION = Math.sqrt(0.1);
  private static final double POPULATION = 1e6;
  private static final int COUNTED = 1_000;
  private static final int DAYS_BETWEEN = 17;
  private static final int COUNTS = 10;

  private final double published;

  @SuppressWarnings("ImmutableEnumChecker") // nothing changes it
  private final Prior prior;

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final Simulator simulator;

  SbiTask(double published, Prior prior, Simulator simulator) {
    this.published = published;
    this.prior = prior;
    this.simulator = simulator;
  }

  /** Returns the name of its folder, such as {@code two_moons}. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the published mean of neural posterior estimation from 10,000 simulations. */
  double published() {
    return published;
  }

  Prior prior() {
    return prior;
  }

  Simulator simulator() {
    return simulator;
  }

  private static List<String> names(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(j -> "parameter_" + j).toList();
  }

  private static Prior uniform(int count, double bound) {
    double[] upper = new double[count];
    Arrays.fill(upper, bound);
    return Prior.uniform(names(count), Arrays.stream(upper).map(u -> -u).toArray(), upper);
  }

  private static double normal(RandomGenerator random, double mean, double deviation) {
    return mean + deviation * random.nextGaussian();
  }

  private static double[] twoMoons(double[] parameters, RandomGenerator random) {
    double angle = random.nextDouble(-Math.PI / 2, Math.PI / 2);
    double radius = normal(random, 0.1, 0.01);
    double root = Math.sqrt(0.5);
    return new double[] {
      radius * Math.cos(angle) + 0.25 - Math.abs(root * (parameters[0] + parameters[1])),
      radius * Math.sin(angle) + root * (parameters[1] - parameters[0])
    };
  }

  private static double[] shifted(double[] parameters, RandomGenerator random) {
    return Arrays.stream(parameters).map(mean -> normal(random, mean, DEVIATION)).toArray();
  }

  private static double[] mixture(double[] parameters, RandomGenerator random) {
    double deviation = random.nextBoolean() ? 1 : 0.1;
    return Arrays.stream(parameters).map(mean -> normal(random, mean, deviation)).toArray();
  }

  private static double[] epidemic(double[] parameters, RandomGenerator random) {
    double[] infected = infected(parameters[0], parameters[1]);
    return Arrays.stream(infected)
        .map(
            count -> {
              double share = Math.min(1, Math.max(0, count / POPULATION));
              return random.doubles(COUNTED).filter(u -> u < share).count();
            })
        .toArray();
  }

  /** The infected every 17 days, of dS = -b S I / N, dI = b S I / N - g I. */
  static double[] infected(double contact, double recovery) {
    OdeSystem system =
        new OdeSystem() {
          @Override
          public int dimension() {
            return 2;
          }

          @Override
          public void derivatives(double t, double[] y, double[] rate) {
            double infections = contact * y[0] * y[1] / POPULATION;
            rate[0] = -infections;
            rate[1] = infections - recovery * y[1];
          }
        };
    double[] days = IntStream.range(0, COUNTS).mapToDouble(i -> i * DAYS_BETWEEN).toArray();
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-8);
    double[][] states =
        new OdeSolver(config)
            .solve(system, 0, new double[] {POPULATION - 1, 1}, days)
            .orThrow()
            .states();
    return Arrays.stream(states).mapToDouble(state -> state[1]).toArray();
  }
}
