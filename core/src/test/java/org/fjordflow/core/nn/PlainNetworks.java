package org.fjordflow.core.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import org.fjordflow.core.backend.Backend;

/**
 * Layers in plain loops, from the formulas of FFJORD's layers: each output is computed from the
 * named arrays of a state dictionary. Weights are out x in, row-major.
 */
final class PlainNetworks {

  private final Map<String, double[]> arrays = new TreeMap<>();

  PlainNetworks(Parameters parameters) {
    Backend backend = parameters.backend();
    for (Parameters.Entry entry : parameters.entries()) {
      double[] values = new double[entry.parameter().value().size()];
      backend.download(entry.parameter().value(), values, 0);
      arrays.put(entry.parameter().name(), values);
    }
  }

  double[] array(String name) {
    double[] values = arrays.get(name);
    if (values == null) {
      throw new IllegalArgumentException("no parameter " + name + " among " + arrays.keySet());
    }
    return values;
  }

  /** {@code W x + b} with {@code name.weight} and {@code name.bias}. */
  double[] linear(String name, double[] x) {
    return affine(array(name + ".weight"), array(name + ".bias"), x);
  }

  private static double[] affine(double[] weight, double[] bias, double[] x) {
    double[] y = new double[bias.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = bias[i];
      for (int j = 0; j < x.length; j++) {
        y[i] += weight[i * x.length + j] * x[j];
      }
    }
    return y;
  }

  /** A layer of FFJORD's under a prefix, for a row x at time t. */
  double[] timeLayer(TimeLayerKind kind, String prefix, double t, double[] x) {
    double[] time = {t};
    return switch (kind) {
      case IGNORE -> linear(prefix + "._layer", x);
      case CONCAT, CONCATCOORD -> {
        double[] tx = new double[x.length + 1];
        tx[0] = t;
        System.arraycopy(x, 0, tx, 1, x.length);
        yield linear(prefix + "._layer", tx);
      }
      case CONCAT_V2 -> drifted(prefix, t, linear(prefix + "._layer", x));
      case SQUASH -> gated(linear(prefix + "._layer", x), linear(prefix + "._hyper", time));
      case CONCATSQUASH -> {
        double[] gate = linear(prefix + "._hyper_gate", time);
        yield drifted(prefix, t, gated(linear(prefix + "._layer", x), gate));
      }
      case HYPER -> {
        double[] hidden = map(linear(prefix + "._hypernet.0", time), Math::tanh);
        double[] all = linear(prefix + "._hypernet.2", hidden);
        int out = all.length / (x.length + 1);
        double[] bias = Arrays.copyOfRange(all, 0, out);
        yield affine(Arrays.copyOfRange(all, out, all.length), bias, x);
      }
      case BLEND -> {
        double[] first = linear(prefix + "._layer0", x);
        double[] second = linear(prefix + "._layer1", x);
        double[] y = new double[first.length];
        for (int i = 0; i < y.length; i++) {
          y[i] = (1 - t) * first[i] + t * second[i];
        }
        yield y;
      }
    };
  }

  private double[] drifted(String prefix, double t, double[] y) {
    double[] drift = array(prefix + "._hyper_bias.weight");
    for (int i = 0; i < y.length; i++) {
      y[i] += t * drift[i];
    }
    return y;
  }

  private static double[] gated(double[] y, double[] gate) {
    for (int i = 0; i < y.length; i++) {
      y[i] /= 1 + Math.exp(-gate[i]);
    }
    return y;
  }

  /** Linear maps in sequence, a function after each but the last. */
  double[] mlp(List<String> names, DoubleUnaryOperator f, double[] x) {
    double[] h = x;
    for (int i = 0; i < names.size(); i++) {
      h = linear(names.get(i), h);
      h = i + 1 < names.size() ? map(h, f) : h;
    }
    return h;
  }

  static double[] map(double[] x, DoubleUnaryOperator f) {
    return Arrays.stream(x).map(f).toArray();
  }
}
