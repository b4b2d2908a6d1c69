package org.fjordflow.inference.amortised;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;

/**
 * Normals around the decoder's outputs.
 *
 * @param logDeviation 1 x 1, of all columns
 */
record NormalTerms(int columns, Parameter logDeviation) implements LikelihoodTerms {

  static NormalTerms create(Parameters parameters, int columns) {
    return new NormalTerms(columns, parameters.add("likelihood.log_deviation", new double[1], 1));
  }

  @Override
  public int outputs() {
    return columns;
  }

  @Override
  public Var logProb(Tape tape, Var outputs, double[] x) {
    Var log = tape.parameter(logDeviation);
    Var offset = tape.subtract(tape.constant(x, outputs.rows(), columns), outputs);
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, offset));
    Var precision = tape.apply(Elementwise.EXP, tape.affine(-2, log, 0));
    Var constant = tape.affine(-columns, log, -0.5 * columns * Math.log(2 * Math.PI));
    return tape.sum(-0.5, tape.multiply(squares, precision), 1, constant);
  }

  @Override
  public double[] mean(Tape tape, Var outputs) {
    return Elements.of(tape.backend(), outputs.value());
  }

  @Override
  public double[] sample(Tape tape, Var outputs, RandomGenerator random) {
    double deviation = Math.exp(Elements.of(tape.backend(), logDeviation.value())[0]);
    double[] values = mean(tape, outputs);
    for (int e = 0; e < values.length; e++) {
      values[e] += deviation * random.nextGaussian();
    }
    return values;
  }

  @Override
  public double input(double x) {
    return x;
  }

  @Override
  public boolean isPossible(double x) {
    return Double.isFinite(x);
  }

  @Override
  public String possible() {
    return "finite numbers";
  }
}
