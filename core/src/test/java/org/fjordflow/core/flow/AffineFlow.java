package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.nn.Parameters;

/**
 * A diagonal normal seen through a conditional {@link AffineBijection} of two columns and a context
 * of one, and what is known about it: given the context, data are normal.
 */
final class AffineFlow {

  final Parameters parameters;
  final DiagonalNormal base = new DiagonalNormal(new double[] {0.4, -0.2}, new double[] {0.8, 1.1});
  final Flow flow;

  AffineFlow(Backend backend, RandomGenerator random) {
    parameters = new Parameters(backend);
    flow = new Flow(base, AffineBijection.create(parameters, "a", 2, 1, random), backend);
  }

  /** The linear part of the map from data to base: {l00, l10, l11}. */
  private double[] linear(double c) {
    // In the order of the arrays: m (4), s.weight (2), s.bias (2), b.weight (2), b.bias (2).
    double[] p = parameters.get();
    return new double[] {Math.exp(p[4] * c + p[6]), p[2], Math.exp(p[5] * c + p[7])};
  }

  private double[] shift(double c) {
    double[] p = parameters.get();
    return new double[] {p[8] * c + p[10], p[9] * c + p[11]};
  }

  /** The image in the base. */
  double[] base(double[] x, double c) {
    double[] l = linear(c);
    double[] b = shift(c);
    return new double[] {l[0] * x[0] + b[0], l[1] * x[0] + l[2] * x[1] + b[1]};
  }

  double logProb(double[] x, double c) {
    double[] z = base(x, c);
    double result = Math.log(linear(c)[0]) + Math.log(linear(c)[2]);
    for (int j = 0; j < 2; j++) {
      double u = (z[j] - base.mean()[j]) / base.deviation()[j];
      result -= 0.5 * u * u + Math.log(base.deviation()[j]) + 0.5 * Math.log(2 * Math.PI);
    }
    return result;
  }

  /** The mean of the data given a context. */
  double[] mean(double c) {
    return data(base.mean(), shift(c), linear(c));
  }

  /** The covariance of the data given a context. */
  double[][] covariance(double c) {
    double[] first = data(new double[] {base.deviation()[0], 0}, new double[2], linear(c));
    double[] second = data(new double[] {0, base.deviation()[1]}, new double[2], linear(c));
    double[][] result = new double[2][2];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        result[i][j] = first[i] * first[j] + second[i] * second[j];
      }
    }
    return result;
  }

  /** Solves l x + b = z. */
  private static double[] data(double[] z, double[] b, double[] l) {
    double first = (z[0] - b[0]) / l[0];
    return new double[] {first, (z[1] - b[1] - l[1] * first) / l[2]};
  }
}
