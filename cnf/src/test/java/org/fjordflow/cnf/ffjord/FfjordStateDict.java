package org.fjordflow.cnf.ffjord;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.internal.Tensor;

/**
 * A random state dict as FFJORD's code would write it, and its field in plain loops over those
 * tensors, after the formulas of that code.
 */
final class FfjordStateDict {

  private final String kind;
  private final String activation;
  private final int[] sizes;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  FfjordStateDict(
      String kind,
      String activation,
      int dim,
      List<Integer> hidden,
      int blocks,
      RandomGenerator random) {
    this.kind = kind;
    this.activation = activation;
    this.sizes = new int[hidden.size() + 2];
    sizes[0] = dim;
    sizes[sizes.length - 1] = dim;
    for (int i = 0; i < hidden.size(); i++) {
      sizes[i + 1] = hidden.get(i);
    }
    for (int b = 0; b < blocks; b++) {
      tensors.put("chain." + b + ".sqrt_end_time", Tensor.float64(new double[] {0.8 + 0.1 * b}));
      tensors.put("chain." + b + ".odefunc._num_evals", Tensor.float64(new double[] {26}));
      for (int i = 0; i + 1 < sizes.length; i++) {
        addLayer(FfjordNames.layer(b, i), sizes[i], sizes[i + 1], random);
        if (activation.equals("swish") && i + 2 < sizes.length) {
          tensors.put(
              FfjordNames.slope(b, i), Tensor.float64(new double[] {0.5 + random.nextDouble()}));
        }
      }
    }
  }

  Map<String, Tensor> tensors() {
    return tensors;
  }

  private void addLayer(String layer, int in, int out, RandomGenerator random) {
    switch (kind) {
      case "ignore" -> addLinear(layer + "._layer", in, out, true, random);
      case "concat", "concatcoord" -> addLinear(layer + "._layer", in + 1, out, true, random);
      case "blend" -> {
        addLinear(layer + "._layer0", in, out, true, random);
        addLinear(layer + "._layer1", in, out, true, random);
      }
      case "hyper" -> {
        addLinear(layer + "._hypernet.0", 1, 8, true, random);
        addLinear(layer + "._hypernet.2", 8, out * in + out, true, random);
      }
      default -> {
        addLinear(layer + "._layer", in, out, true, random);
        if (!kind.equals("squash")) {
          addLinear(layer + "._hyper_bias", 1, out, false, random);
        }
        if (kind.equals("squash")) {
          addLinear(layer + "._hyper", 1, out, true, random);
        } else if (kind.equals("concatsquash")) {
          addLinear(layer + "._hyper_gate", 1, out, true, random);
        }
      }
    }
  }

  private void addLinear(String name, int in, int out, boolean bias, RandomGenerator random) {
    double scale = 1 / Math.sqrt(in);
    tensors.put(
        name + ".weight",
        Tensor.float64(random.doubles((long) out * in, -scale, scale).toArray(), out, in));
    if (bias) {
      tensors.put(
          name + ".bias", Tensor.float64(random.doubles(out, -scale, scale).toArray(), out));
    }
  }

  /** The field of a block at a time and a state. */
  double[] field(int block, double t, double[] x) {
    double[] h = x;
    for (int i = 0; i + 1 < sizes.length; i++) {
      h = layer(FfjordNames.layer(block, i), t, h, sizes[i + 1]);
      if (i + 2 < sizes.length) {
        double slope =
            activation.equals("swish") ? values(FfjordNames.slope(block, i))[0] : Double.NaN;
        for (int j = 0; j < h.length; j++) {
          h[j] = activate(h[j], slope);
        }
      }
    }
    return h;
  }

  private double activate(double x, double slope) {
    return switch (activation) {
      case "tanh" -> Math.tanh(x);
      case "relu" -> Math.max(x, 0);
      case "softplus" -> Math.log1p(Math.exp(x));
      case "elu" -> x > 0 ? x : Math.expm1(x);
      case "swish" -> x * sigmoid(slope * x);
      case "square" -> x * x;
      default -> x;
    };
  }

  private double[] layer(String layer, double t, double[] x, int out) {
    return switch (kind) {
      case "ignore" -> linear(layer + "._layer", x);
      case "concat", "concatcoord" -> {
        double[] joined = new double[x.length + 1];
        joined[0] = t;
        System.arraycopy(x, 0, joined, 1, x.length);
        yield linear(layer + "._layer", joined);
      }
      case "blend" -> {
        double[] first = linear(layer + "._layer0", x);
        double[] second = linear(layer + "._layer1", x);
        for (int j = 0; j < out; j++) {
          first[j] += (second[j] - first[j]) * t;
        }
        yield first;
      }
      case "hyper" -> hyper(layer, t, x, out);
      default -> squash(layer, t, x, out);
    };
  }

  private double[] hyper(String layer, double t, double[] x, int out) {
    double[] inner = linear(layer + "._hypernet.0", new double[] {t});
    for (int j = 0; j < inner.length; j++) {
      inner[j] = Math.tanh(inner[j]);
    }
    double[] all = linear(layer + "._hypernet.2", inner);
    double[] y = new double[out];
    for (int j = 0; j < out; j++) {
      y[j] = all[j];
      for (int i = 0; i < x.length; i++) {
        y[j] += all[out + j * x.length + i] * x[i];
      }
    }
    return y;
  }

  /** Those with a gate, a drift or both. */
  private double[] squash(String layer, double t, double[] x, int out) {
    double[] y = linear(layer + "._layer", x);
    double[] time = {t};
    if (!kind.equals("concat_v2")) {
      double[] gate = linear(layer + (kind.equals("squash") ? "._hyper" : "._hyper_gate"), time);
      for (int j = 0; j < out; j++) {
        y[j] *= sigmoid(gate[j]);
      }
    }
    if (!kind.equals("squash")) {
      double[] drift = linear(layer + "._hyper_bias", time);
      for (int j = 0; j < out; j++) {
        y[j] += drift[j];
      }
    }
    return y;
  }

  private double[] linear(String name, double[] x) {
    double[] weight = values(name + ".weight");
    Tensor bias = tensors.get(name + ".bias");
    double[] y = new double[weight.length / x.length];
    for (int j = 0; j < y.length; j++) {
      y[j] = bias == null ? 0 : bias.values()[j];
      for (int i = 0; i < x.length; i++) {
        y[j] += weight[j * x.length + i] * x[i];
      }
    }
    return y;
  }

  private double[] values(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(name);
    }
    return tensor.values();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
