package org.fjordflow.core.nn;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer that depends on time, followed by an activation; made by {@link TimeLayerKind}.
 *
 * <p>All kinds come down to {@code f((x W^T) gate + shift)} with a weight, gate and shift that
 * depend on time alone, so the work on the batch is one product and one pass.
 */
public sealed interface TimeLayer {

  /**
   * Applies the layer.
   *
   * @param tape where operations are made
   * @param t time, 1 x 1
   * @param x n x in
   * @param f activation
   * @return n x out
   */
  Var apply(Tape tape, Var t, Var x, Elementwise f);

  /** See {@link TimeLayerKind#IGNORE}. */
  record Ignore(Dense layer) implements TimeLayer {
    @Override
    public Var apply(Tape tape, Var t, Var x, Elementwise f) {
      return layer.apply(tape, x, f);
    }
  }

  /** See {@link TimeLayerKind#CONCAT}. */
  record Concat(Dense layer) implements TimeLayer {
    @Override
    public Var apply(Tape tape, Var t, Var x, Elementwise f) {
      return layer.apply(tape, tape.concat(tape.repeat(t, x.rows()), x), f);
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
    public Var apply(Tape tape, Var t, Var x, Elementwise f) {
      Var gateRow = gate == null ? null : gate.apply(tape, t, Elementwise.SIGMOID);
      Var shift = bias(tape, layer);
      if (gateRow != null) {
        shift = tape.multiply(shift, gateRow);
      }
      if (drift != null) {
        Var row = tape.reshape(tape.parameter(drift), 1, drift.value().size());
        shift = tape.add(shift, tape.multiply(row, t));
      }
      return tape.layer(f, x, tape.parameter(layer.weight()), gateRow, shift);
    }
  }

  /** See {@link TimeLayerKind#HYPER}. */
  record Hyper(Dense hidden, Dense output, int in, int out) implements TimeLayer {
    @Override
    public Var apply(Tape tape, Var t, Var x, Elementwise f) {
      Var h = hidden.apply(tape, t, Elementwise.TANH);
      Var all = output.apply(tape, h, Elementwise.IDENTITY);
      Var shift = tape.columns(all, 0, out);
      Var weight = tape.reshape(tape.columns(all, out, all.cols()), out, in);
      return tape.layer(f, x, weight, null, shift);
    }
  }

  /** See {@link TimeLayerKind#BLEND}. */
  record Blend(Dense first, Dense second) implements TimeLayer {
    @Override
    public Var apply(Tape tape, Var t, Var x, Elementwise f) {
      Var weight =
          between(tape, t, tape.parameter(first.weight()), tape.parameter(second.weight()));
      Var shift = between(tape, t, bias(tape, first), bias(tape, second));
      return tape.layer(f, x, weight, null, shift);
    }

    private static Var between(Tape tape, Var t, Var a, Var b) {
      return tape.add(a, tape.multiply(tape.subtract(b, a), t));
    }
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
    Dense hidden = almostZero(parameters, name + "._hypernet.0", 1, 8, random);
    Dense output = almostZero(parameters, name + "._hypernet.2", 8, out * in + out, random);
    return new Hyper(hidden, output, in, out);
  }

  private static Dense almostZero(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Parameter weight = parameters.add(name + ".weight", new double[in * out], out, in);
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
