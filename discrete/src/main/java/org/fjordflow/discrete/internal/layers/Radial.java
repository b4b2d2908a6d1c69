package org.fjordflow.discrete.internal.layers;

import java.util.List;
import java.util.random.RandomGenerator;
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
 * A radial flow, {@code f(z) = z + k (z - c) / (|a| + r)} with {@code r = |z - c|} and {@code k =
 * log(1 + exp(beta)) - |a|}, which makes it invertible (Rezende and Mohamed 2015, equation 14 and
 * appendix A.2).
 *
 * <p>Both directions are closed formulas; the inverse solves a quadratic equation for r. With a
 * context, c, a and beta are affine in it.
 */
public final class Radial implements Bijection {

  /** Added to squared distances, so that the root has a derivative at the centre. */
  private static final double SMALLEST = Float.MIN_NORMAL;

  private final int dim;
  private final ContextRow centre;
  private final ContextRow alpha;
  private final ContextRow beta;

  private Radial(int dim, ContextRow centre, ContextRow alpha, ContextRow beta) {
    this.dim = dim;
    this.centre = centre;
    this.alpha = alpha;
    this.beta = beta;
  }

  /**
   * Creates the map with random initial values.
   *
   * @param parameters where {@code name.z0}, {@code name.alpha} and {@code name.beta} are added,
   *     and with a context their maps. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   * @param contextSize columns of the context, zero for none
   * @param random source of the initial values
   */
  public static Radial create(
      Parameters parameters, String name, int dim, int contextSize, RandomGenerator random) {
    double[] initial = Initializers.linear(dim, dim, random);
    double[] one = {1};
    return new Radial(
        dim,
        ContextRow.create(parameters, name + ".z0", initial, contextSize, random),
        ContextRow.create(parameters, name + ".alpha", one, contextSize, random),
        ContextRow.create(parameters, name + ".beta", one, contextSize, random));
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int contextSize() {
    return beta.contextSize();
  }

  /**
   * What both directions use, n x 1.
   *
   * @param a |alpha|
   * @param s softplus(beta), which is k + a
   */
  private record Applied(Var centre, Var a, Var s) {}

  private Applied applied(Tape tape, int rows, @Nullable Var context) {
    Var squared = tape.apply(Elementwise.SQUARE, alpha.on(tape, rows, context));
    return new Applied(
        centre.on(tape, rows, context),
        tape.apply(Elementwise.SQRT, squared),
        tape.apply(Elementwise.SOFTPLUS, beta.on(tape, rows, context)));
  }

  private static Var distance(Tape tape, Var offset) {
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, offset));
    return tape.apply(Elementwise.SQRT, tape.affine(1, squares, SMALLEST));
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
    Var offset = tape.subtract(x, p.centre());
    Var r = distance(tape, offset);
    Var stretch = tape.multiply(tape.add(p.s(), r), reciprocalOfSum(tape, p.a(), r));
    Var value = tape.add(p.centre(), tape.multiply(offset, stretch));
    return Transformed.exact(value, pass.logDet() ? logDet(tape, p, r) : null);
  }

  private static Var reciprocalOfSum(Tape tape, Var a, Var b) {
    return tape.apply(Elementwise.RECIPROCAL, tape.add(a, b));
  }

  /** (d - 1) log((s + r) / (a + r)) + log(((a + r)^2 + k a) / (a + r)^2), all terms positive. */
  private Var logDet(Tape tape, Applied p, Var r) {
    Var logStretched = tape.apply(Elementwise.LOG, tape.add(p.s(), r));
    Var logSum = tape.apply(Elementwise.LOG, tape.add(p.a(), r));
    Var twice = tape.multiply(r, tape.sum(1, r, 2, p.a()));
    Var along = tape.apply(Elementwise.LOG, tape.add(twice, tape.multiply(p.s(), p.a())));
    Var across = tape.sum(dim - 1, logStretched, -(dim + 1), logSum);
    return tape.add(across, along);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Applied p = applied(tape, z.rows(), context);
    Var offset = tape.subtract(z, p.centre());
    Var r = root(tape, distance(tape, offset), p.a(), p.s());
    Var shrink = tape.multiply(tape.add(p.a(), r), reciprocalOfSum(tape, p.s(), r));
    Var value = tape.add(p.centre(), tape.multiply(offset, shrink));
    return Transformed.exact(value, pass.logDet() ? tape.affine(-1, logDet(tape, p, r), 0) : null);
  }

  /** The positive roots r of {@code r (s + r) / (a + r) = distance}, one a row. */
  private static Var root(Tape tape, Var distance, Var a, Var s) {
    Backend backend = tape.backend();
    double[] far = Elements.of(backend, distance.value());
    double[] as = Elements.of(backend, a.value());
    double[] ss = Elements.of(backend, s.value());
    double[] r = new double[far.length];
    for (int i = 0; i < r.length; i++) {
      double q = far[i] - ss[i];
      double root = Math.sqrt(q * q + 4 * far[i] * as[i]);
      r[i] = q >= 0 ? (q + root) / 2 : 2 * far[i] * as[i] / (root - q);
    }
    Matrix result = tape.take(r.length, 1);
    backend.upload(r, 0, result);
    return tape.custom(
            List.of(distance, a, s),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              double[] aBar = new double[r.length];
              double[] sBar = new double[r.length];
              for (int i = 0; i < r.length; i++) {
                double sum = as[i] + r[i];
                bar[i] *= sum * sum / (r[i] * (r[i] + 2 * as[i]) + ss[i] * as[i]);
                aBar[i] = bar[i] * r[i] * (ss[i] + r[i]) / (sum * sum);
                sBar[i] = -bar[i] * r[i] / sum;
              }
              Elements.add(backend, bar, targets.get(0));
              Elements.add(backend, aBar, targets.get(1));
              Elements.add(backend, sBar, targets.get(2));
            })
        .get(0);
  }
}
