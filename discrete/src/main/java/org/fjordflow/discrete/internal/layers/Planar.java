package org.fjordflow.discrete.internal.layers;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * A planar flow, {@code f(z) = z + u tanh(w'z + b)} (Rezende and Mohamed 2015, equation 10). With
 * the constraint, u is replaced by {@code u + (m(w'u) - w'u) w / |w|^2}, {@code m(a) = log(1 +
 * exp(a)) - 1} (their appendix A.1), which makes f invertible.
 *
 * <p>Fast direction: forward. The inverse finds w'z for each row as the root of an increasing
 * function, to the last digit, and is differentiated by the implicit function theorem. With a
 * context, u, w and b are affine in it.
 */
public final class Planar implements Bijection {

  private final int dim;
  private final boolean constrained;
  private final ContextRow u;
  private final ContextRow w;
  private final ContextRow b;

  private Planar(int dim, boolean constrained, ContextRow u, ContextRow w, ContextRow b) {
    this.dim = dim;
    this.constrained = constrained;
    this.u = u;
    this.w = w;
    this.b = b;
  }

  /**
   * Creates the map with the constraint and random initial values.
   *
   * @param parameters where {@code name.u}, {@code name.w} and {@code name.b} are added, and with a
   *     context their maps. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   * @param contextSize columns of the context, zero for none
   * @param random source of the initial values
   */
  public static Planar create(
      Parameters parameters, String name, int dim, int contextSize, RandomGenerator random) {
    return create(parameters, name, dim, contextSize, true, random);
  }

  /**
   * Creates the map.
   *
   * @param constrained whether u is replaced so that the map is invertible; without, the inverse
   *     fails with SOLVE_FAILED where w'u is below -1
   * @see #create(Parameters, String, int, int, RandomGenerator)
   */
  public static Planar create(
      Parameters parameters,
      String name,
      int dim,
      int contextSize,
      boolean constrained,
      RandomGenerator random) {
    return new Planar(
        dim,
        constrained,
        ContextRow.create(
            parameters, name + ".u", Initializers.linear(dim, dim, random), contextSize, random),
        ContextRow.create(
            parameters, name + ".w", Initializers.normal(1, dim, random), contextSize, random),
        ContextRow.create(parameters, name + ".b", new double[1], contextSize, random));
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int contextSize() {
    return b.contextSize();
  }

  /**
   * What both directions use.
   *
   * @param u as applied, n x dim
   * @param slope w'u, n x 1
   * @param slopePlusOne 1 + w'u without cancellation, n x 1
   */
  private record Applied(Var u, Var w, Var b, Var slope, Var slopePlusOne) {}

  private Applied applied(Tape tape, int rows, @Nullable Var context) {
    Var given = u.on(tape, rows, context);
    Var direction = w.on(tape, rows, context);
    Var offset = b.on(tape, rows, context);
    Var inner = tape.rowSum(tape.multiply(given, direction));
    if (!constrained) {
      return new Applied(given, direction, offset, inner, tape.affine(1, inner, 1));
    }
    Var plusOne = tape.apply(Elementwise.SOFTPLUS, inner);
    Var slope = tape.affine(1, plusOne, -1);
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, direction));
    Var factor =
        tape.multiply(tape.subtract(slope, inner), tape.apply(Elementwise.RECIPROCAL, squares));
    Var used = tape.add(given, tape.multiply(direction, factor));
    return new Applied(used, direction, offset, slope, plusOne);
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
    Var t = tape.apply(Elementwise.TANH, tape.add(tape.rowSum(tape.multiply(x, p.w())), p.b()));
    Var value = tape.add(x, tape.multiply(p.u(), t));
    return Transformed.exact(value, pass.logDet() ? logDet(tape, p, t) : null);
  }

  /** log |1 + w'u (1 - t^2)|, as t^2 + (1 + w'u)(1 - t^2), which the constraint keeps positive. */
  private Var logDet(Tape tape, Applied p, Var t) {
    Var squared = tape.apply(Elementwise.SQUARE, t);
    Var rest = tape.affine(-1, squared, 1);
    Var det = tape.add(squared, tape.multiply(rest, p.slopePlusOne()));
    if (constrained) {
      return tape.apply(Elementwise.LOG, det);
    }
    Var logSquare = tape.apply(Elementwise.LOG, tape.apply(Elementwise.SQUARE, det));
    return tape.affine(0.5, logSquare, 0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws FjordException SOLVE_FAILED without the constraint, where the map is not invertible
   */
  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Applied p = applied(tape, z.rows(), context);
    Var projection = tape.add(tape.rowSum(tape.multiply(z, p.w())), p.b());
    Var argument = root(tape, projection, p.slope());
    Var t = tape.apply(Elementwise.TANH, argument);
    Var value = tape.subtract(z, tape.multiply(p.u(), t));
    return Transformed.exact(value, pass.logDet() ? tape.affine(-1, logDet(tape, p, t), 0) : null);
  }

  /** The roots a of {@code a + slope tanh(a) = projection}, one a row. */
  private static Var root(Tape tape, Var projection, Var slope) {
    Backend backend = tape.backend();
    double[] target = Elements.of(backend, projection.value());
    double[] k = Elements.of(backend, slope.value());
    double[] a = new double[target.length];
    for (int i = 0; i < a.length; i++) {
      a[i] = root(target[i], k[i], i);
    }
    Matrix result = tape.take(a.length, 1);
    backend.upload(a, 0, result);
    return tape.custom(
            List.of(projection, slope),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              double[] slopeBar = new double[bar.length];
              for (int i = 0; i < bar.length; i++) {
                double t = Math.tanh(a[i]);
                bar[i] /= t * t + (1 + k[i]) * (1 - t * t);
                slopeBar[i] = -bar[i] * t;
              }
              Elements.add(backend, bar, targets.get(0));
              Elements.add(backend, slopeBar, targets.get(1));
            })
        .get(0);
  }

  private static double root(double target, double slope, int row) {
    if (slope < -1) {
      throw new FjordException(
          ErrorKey.SOLVE_FAILED,
          "row %d: w'u is %s; a planar map is invertible for -1 and above, use the constraint"
              .formatted(row, slope));
    }
    double reach = Math.abs(slope);
    return IncreasingRoot.find(
        (a, derivative) -> {
          double t = Math.tanh(a);
          derivative[0] = 1 + slope * (1 - t * t);
          return a - target + slope * t;
        },
        target - reach,
        target + reach);
  }
}
