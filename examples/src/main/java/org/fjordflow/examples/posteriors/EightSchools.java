package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * Effects of coaching in eight schools (Rubin 1981), not centred: the effect of a school is {@code
 * mu + tau z}.
 *
 * @param y estimated effects
 * @param sigma their standard errors
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record EightSchools(double[] y, double[] sigma) implements TargetDensity.OnTape {

  private static final int SCHOOLS = 8;

  private static final ParameterSpace SPACE =
      ParameterSpace.builder().real("z", SCHOOLS).real("mu").positive("tau").build();

  @Override
  public ParameterSpace parameters() {
    return SPACE;
  }

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    Var z = draws.get("z");
    Var mu = draws.get("mu");
    Var tau = draws.get("tau");
    Var prior =
        tape.add(
            Normals.logDensity(tape, z, 0, 1),
            tape.add(Normals.logDensity(tape, mu, 0, 5), Normals.logCauchy(tape, tau, 5)));
    Var effects = tape.add(tape.multiply(z, tau), mu);
    double[] precision = new double[SCHOOLS];
    double logs = Math.log(2);
    for (int j = 0; j < SCHOOLS; j++) {
      precision[j] = 1 / sigma[j];
      logs -= Math.log(sigma[j]);
    }
    Var distance = tape.subtract(effects, tape.constant(y, 1, SCHOOLS));
    Var standardized = tape.multiply(distance, tape.constant(precision, 1, SCHOOLS));
    Var likelihood = tape.affine(1, Normals.logDensity(tape, standardized, 0, 1), logs);
    return tape.add(prior, likelihood);
  }

  /** Effects, mu and tau, as the reference has them. */
  static double[] reported(double[] values) {
    double[] result = values.clone();
    for (int j = 0; j < SCHOOLS; j++) {
      result[j] = values[SCHOOLS] + values[SCHOOLS + 1] * values[j];
    }
    return result;
  }
}
