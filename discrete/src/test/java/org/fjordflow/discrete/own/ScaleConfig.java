package org.fjordflow.discrete.own;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.FlowConfig;
import org.jspecify.annotations.Nullable;

/**
 * z = exp(s) x + m, column by column: a normal of any mean and deviation.
 *
 * @param dim number of columns
 * @param start first value of every s
 */
public record ScaleConfig(int dim, double start) implements FlowConfig {

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public int layers() {
    return 1;
  }

  @Override
  public FlowConfig withContext(int size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    double[] first = new double[dim];
    Arrays.fill(first, start);
    return new Scale(
        parameters.add("scale.s", first, dim), parameters.add("scale.m", new double[dim], dim));
  }

  private record Scale(Parameter s, Parameter m) implements Bijection {

    @Override
    public int dim() {
      return s.value().cols();
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
      Tape tape = pass.tape();
      Var scale = tape.apply(Elementwise.EXP, tape.parameter(s));
      Var z = tape.add(tape.multiply(x, scale), tape.parameter(m));
      return Transformed.exact(z, logDet(tape, x.rows(), 1)).asWanted(pass);
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      Tape tape = pass.tape();
      Var scale = tape.apply(Elementwise.EXP, tape.affine(-1, tape.parameter(s), 0));
      Var x = tape.multiply(tape.subtract(z, tape.parameter(m)), scale);
      return Transformed.exact(x, logDet(tape, z.rows(), -1)).asWanted(pass);
    }

    private Var logDet(Tape tape, int rows, double sign) {
      return tape.repeat(tape.affine(sign, tape.rowSum(tape.parameter(s)), 0), rows);
    }
  }
}
