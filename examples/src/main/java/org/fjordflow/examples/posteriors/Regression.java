package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * A linear regression with normal noise, {@code y ~ normal(X beta, sigma)}.
 *
 * @param parameters beta and sigma
 * @param x one row an observation
 * @param y one value an observation
 * @param prior of beta and sigma
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record Regression(ParameterSpace parameters, double[][] x, double[] y, Prior prior)
    implements TargetDensity.OnTape {

  /** A log-density of beta (n x columns) and sigma (n x 1). */
  @FunctionalInterface
  interface Prior {
    Var logDensity(Tape tape, Var beta, Var sigma);
  }

  static Regression of(double[][] x, double[] y, Prior prior) {
    ParameterSpace space =
        ParameterSpace.builder().real("beta", x[0].length).positive("sigma").build();
    return new Regression(space, x, y, prior);
  }

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    Var beta = draws.get("beta");
    Var sigma = draws.get("sigma");
    return tape.add(prior.logDensity(tape, beta, sigma), logLikelihood(tape, beta, sigma, x, y));
  }

  /** Sum over observations of the log-density of y. */
  static Var logLikelihood(Tape tape, Var beta, Var sigma, double[][] x, double[] y) {
    Var design = tape.constant(flat(x), x.length, x[0].length);
    Var fitted = tape.layer(Elementwise.IDENTITY, beta, design, null, null);
    Var residuals = tape.subtract(fitted, tape.constant(y, 1, y.length));
    return Normals.logDensity(tape, residuals, sigma);
  }

  private static double[] flat(double[][] rows) {
    double[] values = new double[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
    }
    return values;
  }
}
