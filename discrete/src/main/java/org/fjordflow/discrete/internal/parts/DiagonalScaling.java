package org.fjordflow.discrete.internal.parts;

import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = exp(s) x} with a trained s for each column: the last step of NICE (Dinh et al. 2015,
 * section 3.3).
 */
public final class DiagonalScaling implements Bijection {

  private final Parameter logScale;

  private DiagonalScaling(Parameter logScale) {
    this.logScale = logScale;
  }

  /**
   * Creates the map, the identity at first.
   *
   * @param parameters where {@code name.log_scale} is added. Modified.
   * @param name prefix of the name
   * @param dim number of columns
   */
  public static DiagonalScaling create(Parameters parameters, String name, int dim) {
    return new DiagonalScaling(parameters.add(name + ".log_scale", new double[dim], dim));
  }

  @Override
  public int dim() {
    return logScale.value().cols();
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
    return scaled(pass, x, context, 1);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return scaled(pass, z, context, -1);
  }

  private Transformed scaled(Pass pass, Var x, @Nullable Var context, double sign) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Var s = tape.parameter(logScale);
    Var value = tape.multiply(x, tape.apply(Elementwise.EXP, tape.affine(sign, s, 0)));
    return Transformed.exact(value, logDet(pass, s, x.rows(), sign));
  }

  /**
   * The sum of a row of log-scales, for each row of data.
   *
   * @param sign factor
   * @return rows x 1, or null where the pass wants none
   */
  static @Nullable Var logDet(Pass pass, Var logScale, int rows, double sign) {
    Tape tape = pass.tape();
    return pass.logDet() ? tape.repeat(tape.affine(sign, tape.rowSum(logScale), 0), rows) : null;
  }
}
