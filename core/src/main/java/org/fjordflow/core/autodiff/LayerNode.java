package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f((x W^T) gate + shift)}, or the same with a convolution in the place of the product;
 * the formulas are those of {@link Backend#layerBackward}.
 *
 * <p>Where the tangents of x are unit vectors, their products are columns of the weight; see {@link
 * UnitProducts}. Where they are derivatives by as many columns as there are outputs, as in the last
 * layer of a field, tangents of a layer without activation are deferred: their diagonal is often
 * all that is wanted, and {@link DiagonalNode} has it without the others.
 */
final class LayerNode extends Node {

  /** Products of so many times fewer inputs than outputs are multiplied anew, not kept. */
  private static final int CHEAP = 8;

  private final Elementwise f;
  private final Var x;
  private final Backend.@Nullable Window window;
  private final Var weight;
  private final @Nullable Var gate;
  private final @Nullable Var shift;
  private final Var y;
  private final boolean recomputes;
  private Matrix product;
  private @Nullable Matrix first;
  private @Nullable Matrix second;
  private @Nullable Matrix unitSums;

  private LayerNode(
      Elementwise f,
      Var x,
      Backend.@Nullable Window window,
      Var weight,
      @Nullable Var gate,
      @Nullable Var shift,
      Var y,
      Matrix product,
      boolean recomputes,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    this.f = f;
    this.x = x;
    this.window = window;
    this.weight = weight;
    this.gate = gate;
    this.shift = shift;
    this.y = y;
    this.product = product;
    this.recomputes = recomputes;
    this.first = first;
    this.second = second;
  }

  static Var apply(
      Tape tape, Elementwise f, Var x, Var weight, @Nullable Var gate, @Nullable Var shift) {
    return apply(tape, f, x, null, weight, gate, shift);
  }

  /** With a window a convolution. */
  static Var apply(
      Tape tape,
      Elementwise f,
      Var x,
      Backend.@Nullable Window window,
      Var weight,
      @Nullable Var gate,
      @Nullable Var shift) {
    int n = window == null ? x.rows() : x.rows() / window.pixels() * window.results();
    boolean differentiable = x.isDifferentiable() || weight.isDifferentiable();
    boolean moves = weight.tangents() > 0;
    for (Var row : new Var[] {gate, shift}) {
      if (row != null) {
        requireRows(row, n, weight.rows());
        differentiable |= row.isDifferentiable();
        moves |= row.tangents() > 0;
      }
    }
    if (moves) {
      return composed(tape, f, x, window, weight, gate, shift);
    }
    Backend backend = tape.backend();
    int out = weight.rows();
    boolean curved = f != Elementwise.IDENTITY;
    boolean keep = tape.isRecording() && differentiable;
    boolean lean = keep && curved && tape.isLean();
    boolean recomputes = lean && weight.cols() <= out / CHEAP;
    boolean defer = window == null && !curved && x.units().areDerived() && x.tangents() == out;
    int rows = defer ? n : (1 + x.tangents()) * n;
    Matrix product = recomputes ? tape.takeBriefly(rows, out) : tape.take(rows, out);
    multiply(x, window, weight, product);
    // Products are needed again by gates and second derivatives alone.
    Matrix result = product;
    if (lean) {
      result = recomputes ? product : tape.takeBriefly(rows, out);
    } else if (keep && (gate != null || (curved && x.tangents() > 0))) {
      result = tape.take(rows, out);
    }
    Matrix first = keep && curved && !lean ? tape.take(n, out) : null;
    Matrix second = first != null && x.tangents() > 0 ? tape.take(n, out) : null;
    backend.layerForward(f, product, n, valueOf(gate), valueOf(shift), result, first, second);
    Var y = new Var(tape, result, n, x.tangents(), differentiable, true);
    LayerNode node =
        new LayerNode(f, x, window, weight, gate, shift, y, product, recomputes, first, second);
    if (defer) {
      y.defer(node);
    }
    if (keep) {
      tape.record(node);
    }
    return y.withUnits(x.units().ofResult());
  }

  /** See {@link Operations#timedLayer}. */
  static Var applyAt(
      Tape tape,
      Elementwise f,
      Var x,
      Var weight,
      Var bias,
      Var times,
      Var gateWeight,
      Var gateBias,
      @Nullable Var drift) {
    boolean moves = weight.tangents() > 0 || times.tangents() > 0;
    for (Var made : new Var[] {bias, gateWeight, gateBias, drift}) {
      moves |= made != null && made.tangents() > 0;
    }
    int out = weight.rows();
    boolean defers = f == Elementwise.IDENTITY && x.units().areDerived();
    if (tape.isRecording() || moves || defers || times.rows() == 1) {
      Var gates = apply(tape, Elementwise.SIGMOID, times, gateWeight, null, gateBias);
      Var shifts = tape.multiply(gates, bias);
      if (drift != null) {
        shifts = tape.add(shifts, apply(tape, Elementwise.IDENTITY, times, drift, null, null));
      }
      return apply(tape, f, x, weight, gates, shifts);
    }
    Backend backend = tape.backend();
    Matrix product = tape.take(x.stack().rows(), out);
    multiply(x, null, weight, product);
    backend.timedLayerForward(
        f,
        product,
        times.value(),
        gateWeight.value().view(0, 1, out),
        gateBias.value(),
        bias.value(),
        drift == null ? null : drift.value().view(0, 1, out),
        product);
    Var y = new Var(tape, product, x.rows(), x.tangents(), false, true);
    return y.withUnits(x.units().ofResult());
  }

  /** The layer of several operations, where it is not x alone that has tangents. */
  private static Var composed(
      Tape tape,
      Elementwise f,
      Var x,
      Backend.@Nullable Window window,
      Var weight,
      @Nullable Var gate,
      @Nullable Var shift) {
    Var u =
        weight.tangents() > 0
            ? MatrixProductNode.apply(tape, window == null ? x : patches(tape, x, window), weight)
            : apply(tape, Elementwise.IDENTITY, x, window, weight, null, null);
    Var gated = gate == null ? u : tape.multiply(u, gate);
    return tape.apply(f, shift == null ? gated : tape.add(gated, shift));
  }

  private static Var patches(Tape tape, Var x, Backend.Window window) {
    int images = x.rows() / window.pixels();
    Var rows = tape.reshape(x, images, window.pixels() * x.cols());
    Var patches = tape.gather(rows, window.patches(x.cols()));
    return tape.reshape(patches, images * window.results(), window.taps() * x.cols());
  }

  static void requireRows(Var row, int n, int out) {
    if ((row.rows() != 1 && row.rows() != n) || row.cols() != out) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a gate or shift of %d x %d in a layer of %d rows and %d outputs; expected one row, or one for each"
              .formatted(row.rows(), row.cols(), n, out));
    }
  }

  /** Computes the tangents that were deferred, and the value again with them. */
  void computeTangents() {
    Tape tape = y.tape();
    product = tape.take(x.stack().rows(), weight.rows());
    multiply(x, window, weight, product);
    Matrix result = gate == null ? product : tape.take(product.rows(), product.cols());
    tape.backend()
        .layerForward(f, product, x.rows(), valueOf(gate), valueOf(shift), result, null, null);
    y.rebind(result);
  }

  /** Result and derivatives anew, from the products where those cost more than a pass over them. */
  @Override
  void restore() {
    if (f == Elementwise.IDENTITY) {
      return;
    }
    Tape tape = y.tape();
    if (recomputes) {
      product = tape.takeBriefly(product.rows(), product.cols());
      multiply(x, window, weight, product);
    }
    Matrix result = tape.takeBriefly(product.rows(), product.cols());
    first = tape.takeBriefly(y.rows(), product.cols());
    second = x.tangents() > 0 ? tape.takeBriefly(y.rows(), product.cols()) : null;
    tape.backend()
        .layerForward(f, product, y.rows(), valueOf(gate), valueOf(shift), result, first, second);
    y.rebind(result);
  }

  /** Products with the value, and with as many tangents as the target has room for. */
  private static void multiply(Var x, Backend.@Nullable Window window, Var weight, Matrix product) {
    Backend backend = x.tape().backend();
    if (window != null) {
      backend.convolve(x.stack(), window, weight.value(), product);
      return;
    }
    Matrix transpose = x.tape().transpose(weight);
    boolean units = x.units().areUnits();
    Matrix input = units || product.rows() == x.rows() ? x.value() : x.stack();
    Matrix target = product.rows(0, input.rows());
    if (transpose == null) {
      backend.gemm(false, true, 1, input, weight.value(), 0, target);
    } else {
      backend.gemm(false, false, 1, input, transpose, 0, target);
    }
    if (units) {
      UnitProducts.write(x, weight, transpose, product);
    }
  }

  static @Nullable Matrix valueOf(@Nullable Var row) {
    return row == null ? null : row.value();
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    Backend backend = y.tape().backend();
    Matrix bar = y.takeAdjoint();
    Matrix gateBar = adjointOf(gate);
    Matrix shiftBar = adjointOf(shift);
    backend.layerBackward(
        product, y.rows(), valueOf(gate), first, second, bar, bar, gateBar, shiftBar);
    addRow(gate, gateBar);
    addRow(shift, shiftBar);
    if (window == null && x.units().areUnits()) {
      unitSums = UnitProducts.sums(x, bar);
    }
    if (x.isDifferentiable()) {
      int seen = x.tangentsDifferentiable() ? bar.rows() : y.rows();
      addInput(bar.rows(0, Math.min(bar.rows(), seen)));
    }
    if (weight.isDifferentiable() && weight.parameter() == null) {
      double beta = weight.beginAdjoint();
      addWeight(1, beta, weight.adjoint());
    }
  }

  private void addInput(Matrix bar) {
    Backend backend = y.tape().backend();
    double beta = x.beginAdjoint();
    int rows = window == null ? bar.rows() : bar.rows() / window.results() * window.pixels();
    if (beta == 0 && rows < x.adjointRows()) {
      backend.fill(0, x.adjoint().rows(rows, x.adjointRows()));
    }
    Matrix target = x.adjoint().rows(0, rows);
    if (window == null) {
      backend.gemm(false, false, 1, bar, weight.value(), beta, target);
    } else {
      backend.convolveInputs(bar, window, weight.value(), beta != 0, target);
    }
  }

  private void addWeight(double factor, double beta, Matrix target) {
    Backend backend = y.tape().backend();
    Matrix bar = y.adjoint();
    if (window != null) {
      Matrix input = bar.rows() == y.rows() ? x.value() : x.stack();
      backend.convolveWeights(factor, bar, input, window, beta, target);
    } else if (unitSums != null) {
      backend.gemm(true, false, factor, bar.rows(0, x.rows()), x.value(), beta, target);
      UnitProducts.addGradient(x, unitSums, factor, target);
    } else {
      Matrix input = bar.rows() == x.rows() ? x.value() : x.stack();
      backend.gemm(true, false, factor, bar, input, beta, target);
    }
  }

  @Override
  void accumulate(double weightOfSweep, @Nullable Gradients sums) {
    Parameter parameter = weight.parameter();
    if (parameter != null && y.reached()) {
      addWeight(weightOfSweep, 1, target(parameter, sums));
    }
  }

  Var input() {
    return x;
  }

  Var weight() {
    return weight;
  }

  @Nullable Var gate() {
    return gate;
  }

  /** Memory for the adjoint of a gate or shift, null where none is wanted. */
  static @Nullable Matrix adjointOf(@Nullable Var row) {
    return row == null || !row.isDifferentiable() ? null : row.tape().take(row.rows(), row.cols());
  }

  static void addRow(@Nullable Var row, @Nullable Matrix bar) {
    if (row != null && bar != null) {
      double beta = row.beginAdjoint();
      row.tape().backend().add(1, bar, beta, row.adjoint());
    }
  }
}
