package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;

/**
 * A small vector field dz/dt = f(t, z) written out by hand: time beside the state, a gate made from
 * time, a skip connection and a factor for each row.
 */
final class HandWrittenField {

  static final int HIDDEN = 4;

  private final int dim;
  private final List<Parameter> parameters = new ArrayList<>();

  HandWrittenField(GradientCheck check, int dim) {
    this.dim = dim;
    int[][] shapes = {
      {HIDDEN, dim + 1}, {1, HIDDEN}, {HIDDEN, HIDDEN}, {HIDDEN, 1}, {dim, HIDDEN}, {1, dim}
    };
    for (int[] shape : shapes) {
      Matrix value = check.uniform(shape[0], shape[1], -0.9, 0.9);
      Matrix gradient = check.backend().allocate(shape[0], shape[1]);
      parameters.add(new Parameter("w" + parameters.size(), value, gradient));
    }
  }

  List<Parameter> parameters() {
    return parameters;
  }

  /** Evaluates the field; t is 1 x 1, z is n x dim. */
  Var apply(Tape tape, Var t, Var z) {
    List<Var> w = parameters.stream().map(tape::parameter).toList();
    Var tz = tape.concat(tape.repeat(t, z.rows()), z);
    Var h = tape.layer(Elementwise.TANH, tz, w.get(0), null, w.get(1));
    Var gate = tape.layer(Elementwise.SIGMOID, t, w.get(3), null, null);
    h = tape.add(tape.layer(Elementwise.SOFTPLUS, h, w.get(2), gate, w.get(1)), h);
    Var y = tape.layer(Elementwise.IDENTITY, h, w.get(4), null, tape.multiply(w.get(5), t));
    Var size = tape.apply(Elementwise.SQRT, tape.affine(1, tape.rowSum(tape.multiply(z, z)), 1));
    return tape.multiply(y, tape.concat(columns(size)));
  }

  private Var[] columns(Var size) {
    Var[] columns = new Var[dim];
    Arrays.fill(columns, size);
    return columns;
  }

  /** Sum of rows of {@code f + tr(df/dz)}, n x 1, given z with unit vectors for tangents. */
  Var fieldAndTrace(Tape tape, Var t, Var z, Matrix units) {
    Var f = apply(tape, t, z);
    return tape.add(tape.tangentDots(f, units, 1), tape.rowSum(tape.value(f)));
  }

  /** Unit vectors as directions: block k has ones in column k, dim n x dim. */
  static Matrix units(GradientCheck check, int n, int dim) {
    double[] ones = new double[dim * n * dim];
    for (int row = 0; row < dim * n; row++) {
      ones[row * dim + row / n] = 1;
    }
    Matrix units = check.backend().allocate(dim * n, dim);
    check.backend().upload(ones, 0, units);
    return units;
  }

  /** z with unit vectors for tangents, (1 + dim) n x dim. */
  static Matrix stack(GradientCheck check, Matrix z, Matrix units) {
    int n = z.rows();
    Matrix stack = check.backend().allocate(n + units.rows(), z.cols());
    check.backend().copy(z, stack.rows(0, n));
    check.backend().copy(units, stack.rows(n, stack.rows()));
    return stack;
  }
}
