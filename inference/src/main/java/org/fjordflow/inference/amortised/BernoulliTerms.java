package org.fjordflow.inference.amortised;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.internal.Elements;

/** {@code x l - log(1 + exp(l))} of logits l. */
record BernoulliTerms(int columns) implements LikelihoodTerms {

  @Override
  public int outputs() {
    return columns;
  }

  @Override
  public Var logProb(Tape tape, Var outputs, double[] x) {
    Var data = tape.constant(x, outputs.rows(), columns);
    Var chosen = tape.multiply(outputs, data);
    return tape.rowSum(tape.subtract(chosen, tape.apply(Elementwise.SOFTPLUS, outputs)));
  }

  @Override
  public double[] mean(Tape tape, Var outputs) {
    return Elements.of(tape.backend(), tape.apply(Elementwise.SIGMOID, outputs).value());
  }

  @Override
  public double[] sample(Tape tape, Var outputs, RandomGenerator random) {
    double[] means = mean(tape, outputs);
    for (int e = 0; e < means.length; e++) {
      means[e] = random.nextDouble() < means[e] ? 1 : 0;
    }
    return means;
  }

  @Override
  public double input(double x) {
    return 2 * x - 1;
  }

  @Override
  public boolean isPossible(double x) {
    return x == 0 || x == 1;
  }

  @Override
  public String possible() {
    return "0 and 1";
  }
}
