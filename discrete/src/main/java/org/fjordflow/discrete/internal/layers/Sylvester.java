package org.fjordflow.discrete.internal.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.jspecify.annotations.Nullable;

/**
 * A Sylvester flow, {@code f(z) = z + Q R tanh(S Q'z + b)} (van den Berg et al. 2018, equation 8):
 * the columns of Q are orthonormal, a product of Householder reflections (their section 3.2), and R
 * and S are upper triangular with diagonals in (-1, 1), which keeps it invertible (their theorem
 * 2). With rank one it is a planar flow.
 *
 * <p>Fast direction: forward. The inverse finds the elements of Q'z from the last to the first,
 * each as the root of an increasing function, to the last digit, and is differentiated by the
 * implicit function theorem. With a context, b is affine in it.
 */
public final class Sylvester implements Bijection {

  private final int dim;
  private final List<Parameter> reflections;
  private final Parameter outer;
  private final Parameter outerDiagonal;
  private final Parameter inner;
  private final Parameter innerDiagonal;
  private final ContextRow shift;
  private final Matrix strictlyUpper;
  private final Matrix identity;

  private Sylvester(
      Parameters parameters,
      String name,
      int dim,
      int rank,
      int contextSize,
      RandomGenerator random) {
    this.dim = dim;
    this.reflections = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      double[] normal = Initializers.normal(1, dim, random);
      reflections.add(parameters.add(name + ".reflection." + i, normal, dim));
    }
    this.outer = square(parameters, name + ".outer", rank, random);
    this.outerDiagonal = parameters.add(name + ".outer_diagonal", small(rank, random), rank);
    this.inner = square(parameters, name + ".inner", rank, random);
    this.innerDiagonal = parameters.add(name + ".inner_diagonal", small(rank, random), rank);
    this.shift = ContextRow.create(parameters, name + ".b", new double[rank], contextSize, random);
    this.strictlyUpper = LuLinear.triangle(parameters.backend(), rank, 1);
    this.identity = LuLinear.triangle(parameters.backend(), rank, 0);
  }

  private static Parameter square(
      Parameters parameters, String name, int rank, RandomGenerator random) {
    return parameters.add(name, small(parameters.require(name, rank, rank), random), rank, rank);
  }

  private static double[] small(int count, RandomGenerator random) {
    return Initializers.normal(0.1, count, random);
  }

  /**
   * Creates the map with random initial values, near the identity.
   *
   * @param parameters where {@code name.reflection.0} and so on, {@code name.outer} (R), {@code
   *     name.inner} (S), their diagonals (before tanh) and {@code name.b} are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   * @param rank columns of Q, from 1 to dim
   * @param contextSize columns of the context, zero for none
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for another rank
   */
  public static Sylvester create(
      Parameters parameters,
      String name,
      int dim,
      int rank,
      int contextSize,
      RandomGenerator random) {
    if (rank < 1 || rank > dim) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a Sylvester flow of rank %d in dimension %d; expected 1 to %d"
              .formatted(rank, dim, dim));
    }
    return new Sylvester(parameters, name, dim, rank, contextSize, random);
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int contextSize() {
    return shift.contextSize();
  }

  /**
   * What both directions use.
   *
   * @param q dim x rank
   * @param transposed rank x dim
   * @param slopes products of the diagonals of R and S, 1 x rank
   * @param b n x rank
   */
  private record Applied(Var q, Var transposed, Var outer, Var inner, Var slopes, Var b) {}

  private Applied applied(Tape tape, int rows, @Nullable Var context) {
    int rank = outer.value().rows();
    double[] ones = new double[dim * rank];
    for (int i = 0; i < rank; i++) {
      ones[i * rank + i] = 1;
    }
    Var q = tape.constant(ones, dim, rank);
    double[] across = new double[dim * rank];
    for (int i = 0; i < rank; i++) {
      across[i * dim + i] = 1;
    }
    Var transposed = tape.constant(across, rank, dim);
    for (Parameter reflection : reflections) {
      Var row = tape.parameter(reflection);
      Var column = tape.reshape(row, dim, 1);
      Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, row));
      Var factor = tape.affine(2, tape.apply(Elementwise.RECIPROCAL, squares), 0);
      Var along = tape.multiply(tape.columnSum(tape.multiply(q, column)), factor);
      q = tape.subtract(q, tape.multiply(tape.repeat(along, dim), column));
      Var down = tape.multiply(tape.rowSum(tape.multiply(transposed, row)), factor);
      transposed = tape.subtract(transposed, tape.multiply(tape.repeat(row, rank), down));
    }
    Var r = tape.apply(Elementwise.TANH, tape.parameter(outerDiagonal));
    Var s = tape.apply(Elementwise.TANH, tape.parameter(innerDiagonal));
    return new Applied(
        q,
        transposed,
        triangular(tape, outer, r),
        triangular(tape, inner, s),
        tape.multiply(r, s),
        shift.on(tape, rows, context));
  }

  private Var triangular(Tape tape, Parameter matrix, Var diagonal) {
    Var strict = tape.multiply(tape.parameter(matrix), tape.constant(strictlyUpper));
    return tape.add(strict, tape.multiply(tape.constant(identity), diagonal));
  }

  private static Var product(Tape tape, Var rows, Var matrix) {
    return tape.layer(Elementwise.IDENTITY, rows, matrix, null, null);
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Applied p = applied(tape, x.rows(), context);
    Var t = bent(tape, p, product(tape, x, p.transposed()));
    Var value = tape.add(x, move(tape, p, t));
    return Transformed.exact(value, pass.logDet() ? logDet(tape, p, t) : null);
  }

  /** tanh(S v + b). */
  private static Var bent(Tape tape, Applied p, Var v) {
    return tape.apply(Elementwise.TANH, tape.add(product(tape, v, p.inner()), p.b()));
  }

  /** Q R t. */
  private static Var move(Tape tape, Applied p, Var t) {
    return product(tape, product(tape, t, p.outer()), p.q());
  }

  /** The sum of log(1 + r s (1 - t^2)), as t^2 + (1 + r s)(1 - t^2), which is positive. */
  private static Var logDet(Tape tape, Applied p, Var t) {
    Var squared = tape.apply(Elementwise.SQUARE, t);
    Var rest = tape.affine(-1, squared, 1);
    Var det = tape.add(squared, tape.multiply(rest, tape.affine(1, p.slopes(), 1)));
    return tape.rowSum(tape.apply(Elementwise.LOG, det));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Applied p = applied(tape, z.rows(), context);
    Var target = product(tape, z, p.transposed());
    Var v = SylvesterSolve.apply(tape, target, p.outer(), p.inner(), p.b());
    Var t = bent(tape, p, v);
    Var value = tape.subtract(z, move(tape, p, t));
    return Transformed.exact(value, pass.logDet() ? tape.affine(-1, logDet(tape, p, t), 0) : null);
  }
}
