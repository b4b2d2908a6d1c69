package org.fjordflow.cnf.internal.field;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.TimeLayer;
import org.jspecify.annotations.Nullable;

/**
 * FFJORD's field, or a plain network, on states that are columns, each at a time of its own. Gates
 * and shifts of all units are one small product: they are polynomials of the time, in Chebyshev's
 * basis over the interval of a solve, as exact as the type's rounding. In a plain network the time
 * is an input beside the state, so it shifts the units of the first layer.
 *
 * <p>A unit's gate sigmoid(a t + b) has its nearest pole pi / (a h) off the real line, where h is
 * half the interval; so the terms of its polynomial fall like rho^-k, with rho = y + sqrt(1 + y^2)
 * for y = pi / (a h) (Trefethen 2013, theorem 8.2).
 *
 * @param layers from the first on, at least two
 * @param middle middle of the interval
 * @param half half its length, positive
 * @param terms number of terms of the polynomials
 */
record ColumnField(List<Layer> layers, double middle, double half, int terms) {

  /** More would cost as much as they save. */
  private static final int MOST_TERMS = 48;

  private static final int FEWEST_TERMS = 4;

  /** Products of wider layers take so long that gates do not count, and are faster by rows. */
  private static final int MOST_UNITS = 512;

  /**
   * A layer: {@code f((W x) gate + shift)}.
   *
   * @param weight units x inputs
   * @param isGated whether there is a gate
   * @param polynomials of the gates, if there are any, then of the shifts: one unit a row
   * @param f activation
   */
  record Layer(Matrix weight, boolean isGated, Matrix polynomials, Elementwise f) {
    int units() {
      return weight.rows();
    }
  }

  /**
   * Prepares a field.
   *
   * @param tape where polynomials are kept
   * @param from one end of the interval
   * @param to the other one
   * @return null where a field is no such network or a wide one, its weights depend on time, or
   *     gates are too steep or not finite
   */
  static @Nullable ColumnField of(VectorField field, Tape tape, double from, double to) {
    if (field.width() > MOST_UNITS || from == to) {
      return null;
    }
    double middle = from + (to - from) / 2;
    double half = Math.abs(to - from) / 2;
    if (field instanceof FfjordField network) {
      int terms = terms(network, tape.backend(), half);
      return terms > MOST_TERMS ? null : of(network, tape, new ColumnField(middle, half, terms));
    }
    if (field instanceof MlpField plain && plain.network().layers().size() > 1) {
      return of(plain, tape, new ColumnField(middle, half, FEWEST_TERMS));
    }
    return null;
  }

  private ColumnField(double middle, double half, int terms) {
    this(new ArrayList<>(), middle, half, terms);
  }

  private static ColumnField of(FfjordField network, Tape tape, ColumnField prepared) {
    for (int i = 0; i < network.layers().size(); i++) {
      boolean last = i == network.layers().size() - 1;
      Elementwise f = last ? Elementwise.IDENTITY : network.activation().function();
      TimeLayer layer = network.layers().get(i);
      prepared.layers.add(
          layer instanceof TimeLayer.Concat concat
              ? prepared.timed(tape, concat.layer(), 0, f)
              : prepared.layer(tape, layer, f));
    }
    return prepared;
  }

  private static ColumnField of(MlpField plain, Tape tape, ColumnField prepared) {
    List<Dense> layers = plain.network().layers();
    Elementwise f = plain.network().activation().function();
    Dense last = layers.get(layers.size() - 1);
    prepared.layers.add(prepared.timed(tape, layers.get(0), last.weight().value().rows(), f));
    for (Dense layer : layers.subList(1, layers.size() - 1)) {
      prepared.layers.add(prepared.plain(tape, layer, f));
    }
    prepared.layers.add(prepared.plain(tape, last, Elementwise.IDENTITY));
    return prepared;
  }

  /** More than are made where weights depend on time, or a gate is not finite. */
  private static int terms(FfjordField network, Backend backend, double half) {
    double steepest = network.layers().size() < 2 ? Double.NaN : 0;
    for (TimeLayer layer : network.layers()) {
      if (layer instanceof TimeLayer.Hyper || layer instanceof TimeLayer.Blend) {
        return Integer.MAX_VALUE;
      }
      Dense gate = gate(layer);
      if (gate != null) {
        for (double slope : values(backend, gate.weight())) {
          steepest = Math.max(steepest, Math.abs(slope));
        }
      }
    }
    return Double.isFinite(steepest) ? terms(backend.dtype(), steepest * half) : Integer.MAX_VALUE;
  }

  /**
   * Returns how many terms a gate needs whose argument changes by so much over half an interval.
   */
  static int terms(DType dtype, double slope) {
    double digits = dtype == DType.FLOAT32 ? 1e-8 : 1e-17;
    double y = Math.PI / slope;
    double rho = y + Math.sqrt(1 + y * y);
    // Beyond any number of terms where the interval is endless.
    double terms = Math.ceil(-Math.log(digits) / Math.log(rho));
    return (int) Math.max(FEWEST_TERMS, Math.min(terms, Integer.MAX_VALUE));
  }

  private Layer layer(Tape tape, TimeLayer layer, Elementwise f) {
    Dense linear = layer.maps().get(0);
    double[] bias = values(tape.backend(), linear.bias());
    int units = layer.outputs();
    double[] gate = {};
    double[] offset = {};
    double[] drift = {};
    if (layer instanceof TimeLayer.Squash squash) {
      drift = values(tape.backend(), squash.drift());
    }
    Dense gates = gate(layer);
    if (gates != null) {
      gate = values(tape.backend(), gates.weight());
      offset = values(tape.backend(), gates.bias());
    }
    boolean gated = gate.length > 0;
    int shifts = gated ? units * terms : 0;
    double[] all = new double[shifts + units * terms];
    Chebyshev basis = new Chebyshev(terms);
    double[] samples = new double[terms];
    for (int u = 0; u < units; u++) {
      int at = shifts + u * terms;
      double shift = bias.length > 0 ? bias[u] : 0;
      if (gated) {
        for (int j = 0; j < terms; j++) {
          double time = middle + half * basis.node(j);
          samples[j] = 1 / (1 + Math.exp(-gate[u] * time - offset[u]));
        }
        basis.fit(samples, all, u * terms);
        for (int k = 0; k < terms; k++) {
          all[at + k] = shift * all[u * terms + k];
        }
      } else {
        all[at] = shift;
      }
      if (drift.length > 0) {
        all[at] += drift[u] * middle;
        all[at + 1] += drift[u] * half;
      }
    }
    Matrix polynomials = tape.constant(all, all.length / terms, terms).value();
    return new Layer(linear.weight().value(), gated, polynomials, f);
  }

  private Layer plain(Tape tape, Dense layer, Elementwise f) {
    int units = layer.weight().value().rows();
    return shifted(tape, layer, layer.weight().value(), new double[units], f);
  }

  /** A layer that has the time as an input, in column {@code at}: it becomes a shift. */
  private Layer timed(Tape tape, Dense layer, int at, Elementwise f) {
    int units = layer.weight().value().rows();
    int inputs = layer.weight().value().cols();
    double[] weight = values(tape.backend(), layer.weight());
    double[] others = new double[units * (inputs - 1)];
    double[] drift = new double[units];
    for (int u = 0; u < units; u++) {
      int row = u * inputs;
      int target = u * (inputs - 1);
      drift[u] = weight[row + at];
      System.arraycopy(weight, row, others, target, at);
      System.arraycopy(weight, row + at + 1, others, target + at, inputs - 1 - at);
    }
    return shifted(tape, layer, tape.constant(others, units, inputs - 1).value(), drift, f);
  }

  private Layer shifted(Tape tape, Dense layer, Matrix weight, double[] drift, Elementwise f) {
    double[] bias = values(tape.backend(), layer.bias());
    double[] shifts = new double[drift.length * terms];
    for (int u = 0; u < drift.length; u++) {
      shifts[u * terms] = (bias.length > 0 ? bias[u] : 0) + drift[u] * middle;
      shifts[u * terms + 1] = drift[u] * half;
    }
    Matrix polynomials = tape.constant(shifts, drift.length, terms).value();
    return new Layer(weight, false, polynomials, f);
  }

  private static @Nullable Dense gate(TimeLayer layer) {
    return layer instanceof TimeLayer.Squash squash ? squash.gate() : null;
  }

  private static double[] values(Backend backend, @Nullable Parameter parameter) {
    if (parameter == null) {
      return new double[0];
    }
    double[] values = new double[parameter.value().size()];
    backend.download(parameter.value(), values, 0);
    return values;
  }

  /**
   * Writes Chebyshev's polynomials at times.
   *
   * @param times Not modified
   * @param count how many
   * @param columns at least as many; the others are as at the middle of the interval
   * @param basis receives terms x columns. Modified
   */
  void basis(double[] times, int count, int columns, double[] basis) {
    for (int i = 0; i < columns; i++) {
      double x = i < count ? (times[i] - middle) / half : 0;
      basis[i] = 1;
      basis[columns + i] = Math.max(-1, Math.min(1, x));
    }
    for (int k = 2; k < terms; k++) {
      int at = k * columns;
      for (int i = 0; i < columns; i++) {
        basis[at + i] =
            2 * basis[columns + i] * basis[at - columns + i] - basis[at - 2 * columns + i];
      }
    }
  }
}
