package org.fjordflow.core.nn;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * An affine map {@code x W^T + b} followed by an activation.
 *
 * @param weight out x in
 * @param bias 1 x out, or null for none
 */
public record Dense(Parameter weight, @Nullable Parameter bias) {

  /**
   * Creates a layer with a bias, initialised by {@link Initializers#linear}.
   *
   * @param parameters where {@code name.weight} and {@code name.bias} are added. Modified.
   * @param name prefix of the names
   * @param in inputs
   * @param out outputs
   * @param random source of the initial values
   * @return the layer
   */
  public static Dense create(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    Dense unbiased = withoutBias(parameters, name, in, out, random);
    double[] bias = Initializers.linear(in, out, random);
    return new Dense(unbiased.weight(), parameters.add(name + ".bias", bias, out));
  }

  /** Creates a layer without a bias; see {@link #create}. */
  public static Dense withoutBias(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    double[] weight =
        Initializers.linear(in, parameters.require(name + ".weight", out, in), random);
    return new Dense(parameters.add(name + ".weight", weight, out, in), null);
  }

  /**
   * Multiplies weight and bias.
   *
   * @param backend where they live
   * @param factor of all their values, which are modified
   */
  public void scale(Backend backend, double factor) {
    scale(backend, weight, factor);
    if (bias != null) {
      scale(backend, bias, factor);
    }
  }

  private static void scale(Backend backend, Parameter parameter, double factor) {
    double[] values = new double[parameter.value().size()];
    backend.download(parameter.value(), values, 0);
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    backend.upload(values, 0, parameter.value());
  }

  /**
   * Applies the layer.
   *
   * @param tape where operations are made
   * @param x n x in
   * @param f activation
   * @return n x out
   */
  public Var apply(Tape tape, Var x, Elementwise f) {
    Var shift = bias == null ? null : tape.parameter(bias);
    return tape.layer(f, x, tape.parameter(weight), null, shift);
  }
}
