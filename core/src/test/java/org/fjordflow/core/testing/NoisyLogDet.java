package org.fjordflow.core.testing;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.jspecify.annotations.Nullable;

/**
 * A linear map whose log-determinants are given as estimates: with normal errors, of which the
 * variance is known and differs from row to row. It adds up all variances that it has told.
 */
public final class NoisyLogDet implements Bijection {

  private final Standardization map;
  private double told;

  /** Creates the map of a dimension. */
  public NoisyLogDet(int dim) {
    double[] mean = new double[dim];
    double[] deviation = new double[dim];
    for (int j = 0; j < dim; j++) {
      mean[j] = 0.3 - j;
      deviation[j] = 0.5 + 0.4 * j;
    }
    this.map = new Standardization(mean, deviation);
  }

  /** Returns the sum of all variances told since the last call, and forgets them. */
  public double told() {
    double sum = told;
    told = 0;
    return sum;
  }

  @Override
  public int dim() {
    return map.dim();
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return estimated(pass, x, map.forward(pass, x, context));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return estimated(pass, z, map.inverse(pass, z, context));
  }

  private Transformed estimated(Pass pass, Var in, Transformed exact) {
    Estimate logDet = exact.logDet();
    if (logDet == null) {
      return exact;
    }
    Tape tape = pass.tape();
    double[] rows = new double[in.value().size()];
    tape.backend().download(in.value(), rows, 0);
    double[] variance = new double[in.rows()];
    double[] errors = new double[in.rows()];
    for (int i = 0; i < errors.length; i++) {
      double first = rows[i * dim()];
      variance[i] = 0.02 + 0.05 * first * first;
      errors[i] = Math.sqrt(variance[i]) * pass.random().nextGaussian();
      told += variance[i];
    }
    Var noise = tape.constant(errors, errors.length, 1);
    return new Transformed(exact.value(), new Estimate(tape.add(logDet.value(), noise), variance));
  }
}
