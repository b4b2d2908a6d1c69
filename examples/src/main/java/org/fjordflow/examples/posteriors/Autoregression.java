package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * An autoregressive process of normal noise, with normal priors and a half Cauchy one.
 *
 * @param parameters alpha, beta, sigma
 * @param x a one and the values before, one row a time
 * @param y the values
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record Autoregression(ParameterSpace parameters, double[][] x, double[] y)
    implements TargetDensity.OnTape {

  static Autoregression of(double[] series, int order) {
    double[][] x = new double[series.length - order][order + 1];
    double[] y = new double[x.length];
    for (int t = 0; t < y.length; t++) {
      y[t] = series[t + order];
      x[t][0] = 1;
      for (int k = 1; k <= order; k++) {
        x[t][k] = series[t + order - k];
      }
    }
    ParameterSpace space =
        ParameterSpace.builder().real("alpha").real("beta", order).positive("sigma").build();
    return new Autoregression(space, x, y);
  }

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    Var weights = tape.concat(draws.get("alpha"), draws.get("beta"));
    Var sigma = draws.get("sigma");
    Var prior =
        tape.add(Normals.logDensity(tape, weights, 0, 10), Normals.logCauchy(tape, sigma, 2.5));
    return tape.add(prior, Regression.logLikelihood(tape, weights, sigma, x, y));
  }
}
