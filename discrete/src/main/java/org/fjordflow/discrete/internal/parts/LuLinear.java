package org.fjordflow.discrete.internal.parts;

import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = L U x} with a unit lower triangular L and an upper triangular U whose diagonal is
 * exp(s): Glow's invertible linear map (Kingma and Dhariwal 2018, section 3.2) without its
 * permutation, which {@link org.fjordflow.core.flow.internal.parts.Permutation} is. The
 * log-determinant is the sum of s; the inverse substitutes.
 *
 * <p>Differs from Glow in that it begins with the identity, not with a rotation, and that the signs
 * of the diagonal are positive.
 */
public final class LuLinear implements Bijection {

  private final Parameter lower;
  private final Parameter upper;
  private final Parameter logDiagonal;
  private final Matrix lowerMask;
  private final Matrix upperMask;
  private final Matrix identity;

  private LuLinear(Backend backend, Parameter lower, Parameter upper, Parameter logDiagonal) {
    this.lower = lower;
    this.upper = upper;
    this.logDiagonal = logDiagonal;
    int dim = dim();
    this.lowerMask = triangle(backend, dim, -1);
    this.upperMask = triangle(backend, dim, 1);
    this.identity = triangle(backend, dim, 0);
  }

  /** A square of zeros with ones below (side -1), on (0) or above (1) the diagonal. */
  public static Matrix triangle(Backend backend, int dim, int side) {
    double[] values = new double[dim * dim];
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        values[i * dim + j] = Integer.signum(j - i) == side ? 1 : 0;
      }
    }
    Matrix mask = backend.allocate(dim, dim);
    backend.upload(values, 0, mask);
    return mask;
  }

  /**
   * Creates the map, the identity at first.
   *
   * @param parameters where {@code name.lower}, {@code name.upper} (dim x dim, read in their strict
   *     triangles) and {@code name.log_diagonal} are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static LuLinear create(Parameters parameters, String name, int dim) {
    int square = parameters.require(name + ".lower", dim, dim);
    return new LuLinear(
        parameters.backend(),
        parameters.add(name + ".lower", new double[square], dim, dim),
        parameters.add(name + ".upper", new double[square], dim, dim),
        parameters.add(name + ".log_diagonal", new double[dim], dim));
  }

  @Override
  public int dim() {
    return logDiagonal.value().cols();
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
    Var s = tape.parameter(logDiagonal);
    Var y = tape.layer(Elementwise.IDENTITY, x, upper(tape, s), null, null);
    Var z = tape.layer(Elementwise.IDENTITY, y, lower(tape), null, null);
    return Transformed.exact(z, DiagonalScaling.logDet(pass, s, x.rows(), 1));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Var s = tape.parameter(logDiagonal);
    Var y = TriangularSolve.apply(tape, lower(tape), true, z);
    Var x = TriangularSolve.apply(tape, upper(tape, s), false, y);
    return Transformed.exact(x, DiagonalScaling.logDet(pass, s, z.rows(), -1));
  }

  private Var lower(Tape tape) {
    Var strict = tape.multiply(tape.parameter(lower), tape.constant(lowerMask));
    return tape.add(strict, tape.constant(identity));
  }

  private Var upper(Tape tape, Var s) {
    Var strict = tape.multiply(tape.parameter(upper), tape.constant(upperMask));
    Var diagonal = tape.multiply(tape.constant(identity), tape.apply(Elementwise.EXP, s));
    return tape.add(strict, diagonal);
  }
}
