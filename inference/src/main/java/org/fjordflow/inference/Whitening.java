package org.fjordflow.inference;

import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = L^-1 (x - m) - b} with a lower triangular L. m and L are buffers; b is trained, in
 * units of z, so that one learning rate suits it whatever the units of x.
 */
final class Whitening implements Bijection {

  private final Parameter centre;
  private final Parameter factor;
  private final Parameter inverse;
  private final Parameter shift;

  private Whitening(Parameter centre, Parameter factor, Parameter inverse, Parameter shift) {
    this.centre = centre;
    this.factor = factor;
    this.inverse = inverse;
    this.shift = shift;
  }

  /** Creates the identity. */
  static Whitening create(Parameters parameters, int dim) {
    double[] identity = new double[dim * dim];
    for (int i = 0; i < dim; i++) {
      identity[i * dim + i] = 1;
    }
    return new Whitening(
        parameters.addBuffer("centre", new double[dim], dim),
        parameters.addBuffer("factor", identity, dim, dim),
        parameters.addBuffer("inverse_factor", identity, dim, dim),
        parameters.add("shift", new double[dim], dim));
  }

  /**
   * The buffers' values, in their order.
   *
   * @param centre [dim]. Not modified.
   * @param factor dim x dim, lower triangular with a positive diagonal. Not modified.
   */
  static double[] buffers(double[] centre, double[][] factor) {
    int dim = centre.length;
    double[] values = new double[dim + 2 * dim * dim];
    System.arraycopy(centre, 0, values, 0, dim);
    double[][] inverse = LowerTriangular.inverse(factor);
    for (int i = 0; i < dim; i++) {
      System.arraycopy(factor[i], 0, values, dim + i * dim, dim);
      System.arraycopy(inverse[i], 0, values, dim + dim * dim + i * dim, dim);
    }
    return values;
  }

  @Override
  public int dim() {
    return centre.value().cols();
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Var centred = tape.subtract(x, tape.constant(centre.value()));
    Var white = product(tape, centred, inverse);
    return Transformed.exact(
        tape.subtract(white, tape.parameter(shift)), logDet(pass, x.rows(), -1));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Var scaled = product(tape, tape.add(z, tape.parameter(shift)), factor);
    return Transformed.exact(
        tape.add(scaled, tape.constant(centre.value())), logDet(pass, z.rows(), 1));
  }

  private static Var product(Tape tape, Var x, Parameter matrix) {
    return tape.layer(Elementwise.IDENTITY, x, tape.constant(matrix.value()), null, null);
  }

  private @Nullable Var logDet(Pass pass, int rows, double sign) {
    if (!pass.logDet()) {
      return null;
    }
    Backend backend = pass.tape().backend();
    double[] values = Elements.of(backend, factor.value());
    double sum = 0;
    for (int i = 0; i < dim(); i++) {
      sum += Math.log(values[i * dim() + i]);
    }
    return pass.tape().repeat(pass.tape().constant(sign * sum), rows);
  }
}
