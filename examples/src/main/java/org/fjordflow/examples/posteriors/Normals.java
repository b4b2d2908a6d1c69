package org.fjordflow.examples.posteriors;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;

/** Log-densities that models are made of, with all constants. */
final class Normals {

  private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

  private Normals() {}

  /**
   * Sum of the log-densities of normals.
   *
   * @param residuals n x count, their distances from the means
   * @param deviation n x 1, the deviation of all
   * @return n x 1
   */
  static Var logDensity(Tape tape, Var residuals, Var deviation) {
    int count = residuals.cols();
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, residuals));
    Var precision = tape.apply(Elementwise.RECIPROCAL, tape.apply(Elementwise.SQUARE, deviation));
    Var log = tape.apply(Elementwise.LOG, deviation);
    return tape.affine(
        1,
        tape.sum(-0.5, tape.multiply(squares, precision), -count, log),
        -count * HALF_LOG_TWO_PI);
  }

  /** The same with a known mean and deviation. */
  static Var logDensity(Tape tape, Var x, double mean, double deviation) {
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, tape.affine(1, x, -mean)));
    double constant = -x.cols() * (HALF_LOG_TWO_PI + Math.log(deviation));
    return tape.affine(-0.5 / (deviation * deviation), squares, constant);
  }

  /** Log-density of a Cauchy distribution around zero; half of it has a constant log 2 more. */
  static Var logCauchy(Tape tape, Var x, double scale) {
    Var square = tape.apply(Elementwise.SQUARE, x);
    Var log = tape.apply(Elementwise.LOG, tape.affine(1 / (scale * scale), square, 1));
    return tape.affine(-1, log, -Math.log(Math.PI * scale));
  }
}
