package org.fjordflow.cnf.ffjord;

import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.internal.Tensor;

/**
 * FFJORD's swish, x sigmoid(beta x), has a trained slope beta; ours has slope one. Since x
 * sigmoid(beta x) = swish(beta x) / beta, the slope moves into the layers around it: what the layer
 * before gives is multiplied by beta, and what the layer behind takes is divided by it. Every layer
 * type is linear in both, so the field stays the same but for rounding; a slope of one changes
 * nothing.
 */
final class SwishFolding {

  private SwishFolding() {}

  /**
   * Moves all slopes into the weights.
   *
   * @param tensors by FFJORD's names. Modified: slopes are taken out, weights replaced.
   * @param config the model's
   * @param source what the tensors are called in messages
   * @throws FjordException UNSUPPORTED for a slope of zero, which makes the activation linear
   */
  static void fold(Map<String, Tensor> tensors, ModelConfig config, String source) {
    if (!config.field().activation().equals("swish")) {
      return;
    }
    for (int b = 0; b < config.chain().blocks(); b++) {
      for (int i = 0; i < config.field().hidden().size(); i++) {
        String name = FfjordNames.slope(b, i);
        Tensor slope = tensors.remove(name);
        if (slope == null || slope.values().length != 1 || slope.values()[0] == 1) {
          continue;
        }
        double beta = slope.values()[0];
        if (beta == 0 || !Double.isFinite(beta)) {
          throw new FjordException(
              ErrorKey.UNSUPPORTED,
              source + ": " + name + " is " + beta + "; expected a finite slope other than zero");
        }
        int width = config.field().hidden().get(i);
        scaleOutputs(tensors, FfjordNames.layer(b, i), config.field().layer(), beta);
        scaleInputs(tensors, FfjordNames.layer(b, i + 1), config.field().layer(), width, 1 / beta);
      }
    }
  }

  private static void scaleOutputs(
      Map<String, Tensor> tensors, String layer, String kind, double factor) {
    String[] linear =
        switch (kind) {
          case "blend" ->
              new String[] {"._layer0.weight", "._layer0.bias", "._layer1.weight", "._layer1.bias"};
          case "hyper" -> new String[] {"._hypernet.2.weight", "._hypernet.2.bias"};
          default -> new String[] {"._layer.weight", "._layer.bias", "._hyper_bias.weight"};
        };
    for (String part : linear) {
      tensors.computeIfPresent(layer + part, (name, tensor) -> scaled(tensor, 0, 0, 1, factor));
    }
  }

  /** Scales the columns of the weight that belong to the layer's inputs, time not among them. */
  private static void scaleInputs(
      Map<String, Tensor> tensors, String layer, String kind, int width, double factor) {
    if (kind.equals("hyper")) {
      // The first out values are the bias; the others the weight, whole.
      for (String part : new String[] {"._hypernet.2.weight", "._hypernet.2.bias"}) {
        tensors.computeIfPresent(
            layer + part,
            (name, tensor) -> {
              int rows = tensor.shape()[0];
              int columns = tensor.values().length / rows;
              int out = rows / (width + 1);
              return scaled(tensor, out * columns, 0, 1, factor);
            });
      }
      return;
    }
    boolean timeFirst = kind.equals("concat") || kind.equals("concatcoord");
    int columns = timeFirst ? width + 1 : width;
    for (String part : new String[] {"._layer.weight", "._layer0.weight", "._layer1.weight"}) {
      tensors.computeIfPresent(
          layer + part, (name, tensor) -> scaled(tensor, 0, timeFirst ? 1 : 0, columns, factor));
    }
  }

  /** Scales values from an index on, in rows of {@code columns}, from a column of each row on. */
  private static Tensor scaled(
      Tensor tensor, int from, int firstColumn, int columns, double factor) {
    double[] values = tensor.values().clone();
    for (int k = from; k < values.length; k++) {
      if (k % columns >= firstColumn) {
        values[k] *= factor;
      }
    }
    return new Tensor(tensor.type(), tensor.shape(), values);
  }
}
