package org.fjordflow.discrete.internal.parts;

import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = exp(s) x + m} with trained s and m, one a column (Glow's activation normalisation,
 * Kingma and Dhariwal 2018). The identity until an initialising pass makes columns of mean zero and
 * deviation one, on their way forward or back.
 */
public final class ActNorm implements Bijection {

  private final Parameters parameters;
  private final Parameter logScale;
  private final Parameter shift;

  private ActNorm(Parameters parameters, Parameter logScale, Parameter shift) {
    this.parameters = parameters;
    this.logScale = logScale;
    this.shift = shift;
  }

  /**
   * Creates the map, the identity until data have chosen its values, or others were given.
   *
   * @param parameters where {@code name.log_scale} and {@code name.shift} are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static ActNorm create(Parameters parameters, String name, int dim) {
    return new ActNorm(
        parameters,
        parameters.addAwaitingData(name + ".log_scale", new double[dim], dim),
        parameters.addAwaitingData(name + ".shift", new double[dim], dim));
  }

  /** Columns without spread are shifted alone. Back is {@code (z - m) exp(-s)}. */
  private void initialize(Pass pass, Var arriving, boolean forward) {
    if (!pass.initializing()) {
      return;
    }
    Moments moments = Moments.of(RowArrays.of(pass.tape().backend(), arriving.value()));
    double[] s = new double[dim()];
    double[] m = new double[dim()];
    for (int j = 0; j < s.length; j++) {
      double log = Math.log(moments.standardDeviation()[j]);
      s[j] = forward ? -log : log;
      m[j] = forward ? -moments.mean()[j] * Math.exp(s[j]) : moments.mean()[j];
    }
    parameters.initialize(logScale, s);
    parameters.initialize(shift, m);
  }

  @Override
  public int dim() {
    return shift.value().cols();
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
    initialize(pass, x, true);
    Tape tape = pass.tape();
    Var s = tape.parameter(logScale);
    Var scaled = tape.multiply(x, tape.apply(Elementwise.EXP, s));
    return Transformed.exact(
        tape.add(scaled, tape.parameter(shift)), DiagonalScaling.logDet(pass, s, x.rows(), 1));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    initialize(pass, z, false);
    Tape tape = pass.tape();
    Var s = tape.parameter(logScale);
    Var centred = tape.subtract(z, tape.parameter(shift));
    Var value = tape.multiply(centred, tape.apply(Elementwise.EXP, tape.affine(-1, s, 0)));
    return Transformed.exact(value, DiagonalScaling.logDet(pass, s, z.rows(), -1));
  }
}
