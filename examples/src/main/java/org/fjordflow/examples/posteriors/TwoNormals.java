package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * A mixture of two normals with means in order.
 *
 * @param y observations
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record TwoNormals(double[] y) implements TargetDensity.OnTape {

  private static final ParameterSpace SPACE =
      ParameterSpace.builder()
          .ordered("mu", 2)
          .positive("sigma", 2)
          .interval("theta", 0, 1)
          .build();

  @Override
  public ParameterSpace parameters() {
    return SPACE;
  }

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    Var mu = draws.get("mu");
    Var sigma = draws.get("sigma");
    Var logFirst = tape.apply(Elementwise.LOG, draws.get("theta"));
    Var logSecond = tape.apply(Elementwise.LOG, tape.affine(-1, draws.get("theta"), 1));
    Var prior = tape.add(Normals.logDensity(tape, mu, 0, 2), Normals.logDensity(tape, sigma, 0, 2));
    // beta(5, 5), whose constant is the logarithm of 9! / (4! 4!)
    Var shares = tape.affine(4, tape.add(logFirst, logSecond), Math.log(630));
    Var first = tape.add(component(tape, mu, sigma, 0), logFirst);
    Var second = tape.add(component(tape, mu, sigma, 1), logSecond);
    int terms = draws.rows() * y.length;
    Var both = tape.concat(tape.reshape(first, terms, 1), tape.reshape(second, terms, 1));
    Var mixed = tape.reshape(tape.logSumExp(both), draws.rows(), y.length);
    return tape.add(tape.add(prior, shares), tape.rowSum(mixed));
  }

  /** Log-densities of all observations under a component, n x count. */
  private Var component(Tape tape, Var mu, Var sigma, int k) {
    Var mean = tape.columns(mu, k, k + 1);
    Var deviation = tape.columns(sigma, k, k + 1);
    Var observed = tape.repeat(tape.constant(y, 1, y.length), mu.rows());
    Var z =
        tape.multiply(tape.subtract(observed, mean), tape.apply(Elementwise.RECIPROCAL, deviation));
    Var log = tape.affine(-1, tape.apply(Elementwise.LOG, deviation), -0.5 * Math.log(2 * Math.PI));
    return tape.add(tape.affine(-0.5, tape.apply(Elementwise.SQUARE, z), 0), log);
  }
}
