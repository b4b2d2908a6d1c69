package org.fjordflow.core.flow.internal.parts;

import java.util.List;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;

/**
 * Trained locations and scales of columns, for one or several components. A scale is {@code exp(s)}
 * with {@code s = 20 tanh(p / 20)} of the trained p: near zero s is p, and no value of p makes a
 * scale that is zero or infinite.
 */
final class LocationScale {

  private static final double BOUND = 20;

  private final Backend backend;
  private final Parameter location;
  private final Parameter logScale;

  private LocationScale(Backend backend, Parameter location, Parameter logScale) {
    this.backend = backend;
    this.location = location;
    this.logScale = logScale;
  }

  /**
   * Adds {@code base.location} and {@code base.log_scale}, both of a shape; scales begin at 1.
   *
   * @param parameters Modified.
   * @param locations initial values
   */
  static LocationScale create(Parameters parameters, double[] locations, int... shape) {
    return new LocationScale(
        parameters.backend(),
        parameters.add("base.location", locations, shape),
        parameters.add("base.log_scale", new double[locations.length], shape));
  }

  int dim() {
    return location.value().cols();
  }

  Backend backend() {
    return backend;
  }

  /** All locations, components x dim. */
  Var locations(Tape tape) {
    return tape.parameter(location);
  }

  /** Logarithms of all scales, components x dim. */
  Var logScales(Tape tape) {
    Var bounded = tape.apply(Elementwise.TANH, tape.affine(1 / BOUND, tape.parameter(logScale), 0));
    return tape.affine(BOUND, bounded, 0);
  }

  /** All locations, component after component. */
  double[] locations() {
    return Elements.of(backend, location.value());
  }

  /** Logarithms of all scales, component after component. */
  double[] logScales() {
    double[] s = Elements.of(backend, logScale.value());
    for (int i = 0; i < s.length; i++) {
      s[i] = BOUND * Math.tanh(s[i] / BOUND);
    }
    return s;
  }

  /** Rows of the first component: m + exp(s) e. */
  Var place(Tape tape, Var e) {
    Var scaled = tape.multiply(e, tape.apply(Elementwise.EXP, logScales(tape)));
    return tape.add(scaled, locations(tape));
  }

  /** Rows of the first component; they are modified. */
  double[][] place(double[][] e) {
    double[] m = locations();
    double[] s = logScales();
    for (double[] row : e) {
      for (int j = 0; j < row.length; j++) {
        row[j] = m[j] + Math.exp(s[j]) * row[j];
      }
    }
    return e;
  }

  /** {@code (x - m) exp(-s)} of a component's m and s, each 1 x dim. */
  static Var standardize(Tape tape, Var x, Var m, Var s) {
    Var inverse = tape.apply(Elementwise.EXP, tape.affine(-1, s, 0));
    return tape.multiply(tape.subtract(x, m), inverse);
  }

  /** Log-density of independent normals, n x 1; of m and s, each 1 x dim. */
  static Var normalLogProb(Tape tape, Var x, Var m, Var s) {
    Var z = clamped(tape, standardize(tape, x, m, s));
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, z));
    double constant = -0.5 * x.cols() * Math.log(2 * Math.PI);
    Var logScales = tape.affine(-1, tape.rowSum(s), constant);
    return tape.sum(-0.5, squares, 1, logScales);
  }

  /**
   * Values no farther from zero than sums of their squares are finite in the tape's precision; what
   * is farther has a gradient of zero.
   */
  private static Var clamped(Tape tape, Var z) {
    Backend backend = tape.backend();
    double largest = backend.dtype() == DType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    double limit = Math.sqrt(largest) / 100;
    double[] values = Elements.of(backend, tape.value(z).value());
    double[] mask = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      mask[i] = Math.abs(values[i]) > limit ? 0 : 1;
      values[i] = Math.max(-limit, Math.min(limit, values[i]));
    }
    Matrix result = tape.take(z.rows(), z.cols());
    backend.upload(values, 0, result);
    return tape.custom(
            List.of(z),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              for (int i = 0; i < bar.length; i++) {
                bar[i] *= mask[i];
              }
              Elements.add(backend, bar, targets.get(0));
            },
            (own, inputs, outputs, tangents) -> {
              Var moved = tangents.get(0);
              Var held = own.constant(mask, z.rows(), z.cols());
              return List.of(moved == null ? held : own.multiply(moved, held));
            })
        .get(0);
  }
}
