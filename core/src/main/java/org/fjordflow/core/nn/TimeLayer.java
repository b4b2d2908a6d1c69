package org.fjordflow.core.nn;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer that depends on time, followed by an activation; made by {@link TimeLayerKind}.
 *
 * <p>All kinds come down to {@code f((x W^T) gate + shift)} with a weight, gate and shift that
 * depend on time alone, so the work on the batch is one product and one pass. That holds for a time
 * of each row too, but for {@link Hyper} and {@link Blend}: there each row then has a weight of its
 * own, which takes n out in numbers and as many small products as there are rows and tangents.
 */
public sealed interface TimeLayer {

  /** Returns the number of columns of the result. */
  int outputs();

  /** Returns the linear maps that x goes through or its weight is made of: no gates, no drifts. */
  List<Dense> maps();

  /** Returns how many columns {@link #prepare} gives. */
  int prepared();

  /**
   * Computes what depends on time alone, for several times at once.
   *
   * @param tape where operations are made
   * @param times m x 1
   * @return m x {@link #prepared}
   */
  Var prepare(Tape tape, Var times);

  /**
   * Applies the layer.
   *
   * @param tape where operations are made
   * @param row the row of {@link #prepare} that belongs to the time, 1 x {@link #prepared}; or one
   *     for each row of x, n x {@link #prepared}
   * @param x n x in
   * @param f activation
   * @return n x out
   */
  Var apply(Tape tape, Var row, Var x, Elementwise f);

  /**
   * Applies the layer at a time of each row: {@link #prepare} and {@link #apply} in one, without
   * putting side by side what is taken apart again.
   *
   * @param tape where operations are made
   * @param times a time of each row of x, n x 1, or of all, 1 x 1
   * @param x n x in
   * @param f activation
   * @return n x out
   */
  default Var at(Tape tape, Var times, Var x, Elementwise f) {
    return apply(tape, prepare(tape, times), x, f);
  }

  /** See {@link TimeLayerKind#IGNORE}. */
  record Ignore(Dense layer) implements TimeLayer {
    @Override
    public int outputs() {
      return layer.weight().value().rows();
    }

    @Override
    public List<Dense> maps() {
      return List.of(layer);
    }

    @Override
    public int prepared() {
      return 0;
    }

    @Override
    public Var prepare(Tape tape, Var times) {
      return tape.columns(times, 0, 0);
    }

    @Override
    public Var apply(Tape tape, Var row, Var x, Elementwise f) {
      return layer.apply(tape, x, f);
    }
  }

  /** See {@link TimeLayerKind#CONCAT}. */
  record Concat(Dense layer) implements TimeLayer {
    @Override
    public int outputs() {
      return layer.weight().value().rows();
    }

    @Override
    public List<Dense> maps() {
      return List.of(layer);
    }

    @Override
    public int prepared() {
      return 1;
    }

    @Override
    public Var prepare(Tape tape, Var times) {
      return times;
    }

    @Override
    public Var apply(Tape tape, Var row, Var x, Elementwise f) {
      return layer.apply(tape, tape.concat(tape.repeat(row, x.rows()), x), f);
    }
  }

  /**
   * See {@link TimeLayerKind#CONCAT_V2}, {@link TimeLayerKind#SQUASH} and {@link
   * TimeLayerKind#CONCATSQUASH}.
   *
   * @param layer the linear layer, with a bias
   * @param gate 1 to out, or null for ones
   * @param drift the factor of t that is added, out x 1, or null for zeros
   */
  record Squash(Dense layer, @Nullable Dense gate, @Nullable Parameter drift) implements TimeLayer {
    @Override
    public int outputs() {
      return layer.weight().value().rows();
    }

    @Override
    public List<Dense> maps() {
      return List.of(layer);
    }

    @Override
    public int prepared() {
      return gate == null ? outputs() : 2 * outputs();
    }

    @Override
    public Var prepare(Tape tape, Var times) {
      Var gates = gates(tape, times);
      Var shifts = shifts(tape, times, gates);
      return gates == null ? shifts : tape.concat(gates, shifts);
    }

    private @Nullable Var gates(Tape tape, Var times) {
      return gate == null ? null : gate.apply(tape, times, Elementwise.SIGMOID);
    }

    /** The shift: gate bias + drift t. */
    private Var shifts(Tape tape, Var times, @Nullable Var gates) {
      Var bias = bias(tape, layer);
      if (gates == null) {
        return drift == null
            ? tape.repeat(bias, times.rows())
            : tape.layer(Elementwise.IDENTITY, times, tape.parameter(drift), null, bias);
      }
      Var shifts = tape.multiply(gates, bias);
      if (drift != null) {
        Var moved = tape.layer(Elementwise.IDENTITY, times, tape.parameter(drift), null, null);
        shifts = tape.add(shifts, moved);
      }
      return shifts;
    }

    @Override
    public Var at(Tape tape, Var times, Var x, Elementwise f) {
      Var weight = tape.parameter(layer.weight());
      if (gate == null) {
        return tape.layer(f, x, weight, null, shifts(tape, times, null));
      }
      Var gateWeight = tape.parameter(gate.weight());
      Var drifts = drift == null ? null : tape.parameter(drift);
      Var bias = bias(tape, layer);
      return tape.timedLayer(f, x, weight, bias, times, gateWeight, bias(tape, gate), drifts);
    }

    @Override
    public Var apply(Tape tape, Var row, Var x, Elementwise f) {
      int out = outputs();
      Var gateRow = gate == null ? null : tape.slice(row, 0, out);
      Var shift = tape.slice(row, row.cols() - out, row.cols());
      return tape.layer(f, x, tape.parameter(layer.weight()), gateRow, shift);
    }
  }

  /** See {@link TimeLayerKind#HYPER}. */
  record Hyper(Dense hidden, Dense output, int in, int out) implements TimeLayer {
    @Override
    public int outputs() {
      return out;
    }

    @Override
    public List<Dense> maps() {
      return List.of(output);
    }

    @Override
    public int prepared() {
      return out + out * in;
    }

    @Override
    public Var prepare(Tape tape, Var times) {
      return output.apply(tape, hidden.apply(tape, times, Elementwise.TANH), Elementwise.IDENTITY);
    }

    @Override
    public Var apply(Tape tape, Var row, Var x, Elementwise f) {
      Var shift = tape.slice(row, 0, out);
      return affine(tape, f, x, tape.slice(row, out, row.cols()), shift);
    }
  }

  /** See {@link TimeLayerKind#BLEND}. */
  record Blend(Dense first, Dense second) implements TimeLayer {
    @Override
    public int outputs() {
      return first.weight().value().rows();
    }

    @Override
    public List<Dense> maps() {
      return List.of(first, second);
    }

    @Override
    public int prepared() {
      return first.weight().value().size() + first.weight().value().rows();
    }

    @Override
    public Var prepare(Tape tape, Var times) {
      Var weights =
          between(tape, times, tape.parameter(first.weight()), tape.parameter(second.weight()));
      return tape.concat(weights, between(tape, times, bias(tape, first), bias(tape, second)));
    }

    private static Var between(Tape tape, Var times, Var a, Var b) {
      int size = a.rows() * a.cols();
      Var slope = tape.reshape(tape.subtract(b, a), size, 1);
      return tape.layer(Elementwise.IDENTITY, times, slope, null, tape.reshape(a, 1, size));
    }

    @Override
    public Var apply(Tape tape, Var row, Var x, Elementwise f) {
      int out = outputs();
      int size = row.cols() - out;
      return affine(tape, f, x, tape.slice(row, 0, size), tape.slice(row, size, row.cols()));
    }
  }

  /**
   * A layer whose weight was made of the time.
   *
   * @param weights 1 x (out in), or n x (out in) for a weight of each row
   * @param shift as many rows x out
   */
  private static Var affine(Tape tape, Elementwise f, Var x, Var weights, Var shift) {
    if (weights.rows() == 1) {
      Var weight = tape.reshape(weights, shift.cols(), x.cols());
      return tape.layer(f, x, weight, null, shift);
    }
    return tape.apply(f, tape.add(tape.rowProduct(x, weights), shift));
  }

  private static Var bias(Tape tape, Dense layer) {
    Parameter bias = layer.bias();
    if (bias == null) {
      throw new IllegalStateException("this layer always has a bias");
    }
    return tape.parameter(bias);
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer ignore(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    return new Ignore(Dense.create(parameters, name + "._layer", in, out, random));
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer concat(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    return new Concat(Dense.create(parameters, name + "._layer", in + 1, out, random));
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer concatV2(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Dense layer = Dense.create(parameters, name + "._layer", in, out, random);
    Dense drift = Dense.withoutBias(parameters, name + "._hyper_bias", 1, out, random);
    return new Squash(layer, null, drift.weight());
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer squash(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Dense layer = Dense.create(parameters, name + "._layer", in, out, random);
    return new Squash(layer, Dense.create(parameters, name + "._hyper", 1, out, random), null);
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer concatSquash(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Dense layer = Dense.create(parameters, name + "._layer", in, out, random);
    Dense drift = Dense.withoutBias(parameters, name + "._hyper_bias", 1, out, random);
    Dense gate = Dense.create(parameters, name + "._hyper_gate", 1, out, random);
    return new Squash(layer, gate, drift.weight());
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer hyper(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    int weights = parameters.require(name, out, in);
    Dense hidden = almostZero(parameters, name + "._hypernet.0", 1, 8, random);
    Dense output = almostZero(parameters, name + "._hypernet.2", 8, weights + out, random);
    return new Hyper(hidden, output, in, out);
  }

  private static Dense almostZero(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Parameter weight =
        parameters.add(
            name + ".weight", new double[parameters.require(name + ".weight", out, in)], out, in);
    double[] bias = Initializers.normal(0.01, out, random);
    return new Dense(weight, parameters.add(name + ".bias", bias, out));
  }

  /** See {@link TimeLayerKind#create}. */
  static TimeLayer blend(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    return new Blend(
        Dense.create(parameters, name + "._layer0", in, out, random),
        Dense.create(parameters, name + "._layer1", in, out, random));
  }
}
