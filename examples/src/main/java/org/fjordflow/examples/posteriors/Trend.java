package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * A line through temperatures, whose two parameters have normal priors.
 *
 * @param x a one and the year, one row an observation
 * @param y the temperatures
 * @param means of alpha and beta
 * @param deviations of alpha and beta
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record Trend(double[][] x, double[] y, double[] means, double[] deviations)
    implements TargetDensity.OnTape {

  private static final ParameterSpace SPACE =
      ParameterSpace.builder().real("alpha").real("beta").positive("sigma").build();

  @Override
  public ParameterSpace parameters() {
    return SPACE;
  }

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    Var alpha = draws.get("alpha");
    Var beta = draws.get("beta");
    Var prior =
        tape.add(
            Normals.logDensity(tape, alpha, means[0], deviations[0]),
            Normals.logDensity(tape, beta, means[1], deviations[1]));
    Var line = tape.concat(alpha, beta);
    return tape.add(prior, Regression.logLikelihood(tape, line, draws.get("sigma"), x, y));
  }
}
