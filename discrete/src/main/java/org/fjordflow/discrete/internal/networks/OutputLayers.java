package org.fjordflow.discrete.internal.networks;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.discrete.transform.ColumnTransform;

/** Last layers of networks that give a transform its parameters. */
public final class OutputLayers {

  private OutputLayers() {}

  /**
   * Makes a layer give the identity's parameters for every input: weights of zero, and a bias that
   * repeats them.
   *
   * @param layer with a bias. Modified.
   * @param cols how many columns the transform has
   */
  public static void startAtIdentity(
      Backend backend, Dense layer, ColumnTransform transform, int cols) {
    double[] identity = transform.identity();
    double[] bias = new double[cols * identity.length];
    Arrays.setAll(bias, i -> identity[i % identity.length]);
    startAt(backend, layer, bias);
  }

  /**
   * Makes a layer give the same for every input: weights of zero, and a bias.
   *
   * @param layer with a bias. Modified.
   * @param outputs what it gives. Not modified.
   */
  public static void startAt(Backend backend, Dense layer, double[] outputs) {
    startNear(backend, layer, outputs);
    backend.fill(0, layer.weight().value());
  }

  /** The same without the zeros: weights as they are. */
  public static void startNear(Backend backend, Dense layer, double[] outputs) {
    if (layer.bias() == null) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "the last layer has no bias");
    }
    backend.upload(outputs, 0, layer.bias().value());
  }
}
