package org.fjordflow.core.flow;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * A lower triangular affine map with a context c: {@code z_i = exp(s_i) x_i + sum_{j < i} m_ij x_j
 * + b_i} where s and b are affine in c. Its log-determinant is the sum of s.
 *
 * @param mixing m, dim x dim; only what is below the diagonal is used
 * @param scale a map of the context to s, dim x contextSize, or null for no context
 * @param scaleShift s at c = 0
 * @param shift a map of the context to b, dim x contextSize, or null for no context
 * @param shiftShift b at c = 0
 */
record AffineBijection(
    Parameter mixing,
    @Nullable Parameter scale,
    Parameter scaleShift,
    @Nullable Parameter shift,
    Parameter shiftShift)
    implements Bijection {

  static AffineBijection create(
      Parameters parameters, String name, int dim, int contextSize, RandomGenerator random) {
    int n = dim * contextSize;
    return new AffineBijection(
        parameters.add(name + ".m", Initializers.normal(0.4, dim * dim, random), dim, dim),
        n == 0 ? null : matrix(parameters, name + ".s.weight", dim, contextSize, random),
        parameters.add(name + ".s.bias", Initializers.normal(0.4, dim, random), dim),
        n == 0 ? null : matrix(parameters, name + ".b.weight", dim, contextSize, random),
        parameters.add(name + ".b.bias", Initializers.normal(1, dim, random), dim));
  }

  private static Parameter matrix(
      Parameters parameters, String name, int rows, int cols, RandomGenerator random) {
    return parameters.add(name, Initializers.normal(0.4, rows * cols, random), rows, cols);
  }

  @Override
  public int dim() {
    return mixing.value().rows();
  }

  @Override
  public int contextSize() {
    return scale == null ? 0 : scale.value().cols();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Var s = affine(tape, x.rows(), context, scale, scaleShift);
    Var b = affine(tape, x.rows(), context, shift, shiftShift);
    Var mixed = tape.layer(Elementwise.IDENTITY, x, lower(tape), null, null);
    Var scaled = tape.multiply(x, tape.apply(Elementwise.EXP, s));
    Var z = tape.add(tape.add(scaled, mixed), b);
    return Transformed.exact(z, pass.logDet() ? tape.rowSum(s) : null);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Var s = affine(tape, z.rows(), context, scale, scaleShift);
    Var b = affine(tape, z.rows(), context, shift, shiftShift);
    Var scaled = tape.apply(Elementwise.EXP, tape.affine(-1, s, 0));
    Var right = tape.multiply(tape.subtract(z, b), scaled);
    // Columns in order; the mix of those that are not yet known is multiplied by zeros.
    Var x = right;
    for (int i = 1; i < dim(); i++) {
      Var mixed = tape.layer(Elementwise.IDENTITY, x, lower(tape), null, null);
      x = tape.subtract(right, tape.multiply(mixed, scaled));
    }
    return Transformed.exact(x, pass.logDet() ? tape.affine(-1, tape.rowSum(s), 0) : null);
  }

  private Var lower(Tape tape) {
    int dim = dim();
    double[] mask = new double[dim * dim];
    for (int i = 0; i < dim; i++) {
      Arrays.fill(mask, i * dim, i * dim + i, 1);
    }
    return tape.multiply(tape.parameter(mixing), tape.constant(mask, dim, dim));
  }

  private static Var affine(
      Tape tape, int rows, @Nullable Var context, @Nullable Parameter weight, Parameter bias) {
    if (context == null || weight == null) {
      return tape.repeat(tape.parameter(bias), rows);
    }
    Var w = tape.parameter(weight);
    return tape.layer(Elementwise.IDENTITY, context, w, null, tape.parameter(bias));
  }
}
