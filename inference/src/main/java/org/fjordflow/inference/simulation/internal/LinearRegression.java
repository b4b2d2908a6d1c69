package org.fjordflow.inference.simulation.internal;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = (x - A c - b) exp(-s)}: what linear regression on the context c leaves, in units of
 * its deviation. An initialising pass finds A and b by ridge regression; all are trained on.
 */
final class LinearRegression implements Bijection {

  /** Added to each mean square of the standardised context: columns of it may depend on others. */
  private static final double RIDGE = 1e-4;

  /** Least deviation of what is left. */
  private static final double LEAST = 1e-3;

  private final Parameters parameters;
  private final Dense mean;
  private final Parameter shift;
  private final Parameter logScale;

  private LinearRegression(
      Parameters parameters, Parameter weight, Parameter shift, Parameter logScale) {
    this.parameters = parameters;
    this.mean = new Dense(weight, shift);
    this.shift = shift;
    this.logScale = logScale;
  }

  static LinearRegression create(Parameters parameters, int dim, int context) {
    return new LinearRegression(
        parameters,
        parameters.addAwaitingData("regression.weight", new double[dim * context], dim, context),
        parameters.addAwaitingData("regression.bias", new double[dim], dim),
        parameters.addAwaitingData("regression.log_scale", new double[dim], dim));
  }

  @Override
  public int dim() {
    return mean.weight().value().rows();
  }

  @Override
  public int contextSize() {
    return mean.weight().value().cols();
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    if (pass.initializing()) {
      Backend backend = pass.tape().backend();
      fit(RowArrays.of(backend, x.value()), RowArrays.of(backend, given(context).value()));
    }
    Tape tape = pass.tape();
    Var left = tape.subtract(x, predicted(tape, context));
    return scaled(pass, left, -1);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Transformed scaled = scaled(pass, z, 1);
    return scaled.withValue(tape.add(scaled.value(), predicted(tape, context)));
  }

  private Var predicted(Tape tape, @Nullable Var context) {
    return mean.apply(tape, given(context), Elementwise.IDENTITY);
  }

  private static Var given(@Nullable Var context) {
    if (context == null) {
      throw new IllegalStateException("a context was checked for");
    }
    return context;
  }

  private Transformed scaled(Pass pass, Var x, double sign) {
    Tape tape = pass.tape();
    Var s = tape.affine(sign, tape.parameter(logScale), 0);
    Var logDet = pass.logDet() ? tape.repeat(tape.rowSum(s), x.rows()) : null;
    return Transformed.exact(tape.multiply(x, tape.apply(Elementwise.EXP, s)), logDet);
  }

  private void fit(double[][] x, double[][] contexts) {
    int n = x.length;
    int size = contextSize();
    Moments moments = Moments.of(contexts);
    RealMatrix given = MatrixUtils.createRealMatrix(moments.standardize(contexts));
    Moments centre = Moments.of(x);
    RealMatrix centred = MatrixUtils.createRealMatrix(n, dim());
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < dim(); j++) {
        centred.setEntry(i, j, x[i][j] - centre.mean()[j]);
      }
    }
    RealMatrix squares =
        given
            .transposeMultiply(given)
            .add(MatrixUtils.createRealIdentityMatrix(size).scalarMultiply(RIDGE * n));
    RealMatrix slopes =
        new CholeskyDecomposition(squares).getSolver().solve(given.transposeMultiply(centred));
    RealMatrix left = centred.subtract(given.multiply(slopes));
    double[] weights = new double[dim() * size];
    double[] bias = centre.mean().clone();
    double[] scale = new double[dim()];
    for (int j = 0; j < dim(); j++) {
      for (int k = 0; k < size; k++) {
        double slope = slopes.getEntry(k, j) / moments.standardDeviation()[k];
        weights[j * size + k] = slope;
        bias[j] -= slope * moments.mean()[k];
      }
      double square = Arrays.stream(left.getColumn(j)).map(v -> v * v).average().orElseThrow();
      scale[j] = Math.log(Math.max(LEAST, Math.sqrt(square)));
    }
    parameters.initialize(mean.weight(), weights);
    parameters.initialize(shift, bias);
    parameters.initialize(logScale, scale);
  }
}
