package org.fjordflow.discrete.internal.networks;

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
    startNearIdentity(backend, layer, transform, cols);
    backend.fill(0, layer.weight().value());
  }

  /** The same without the zeros: a bias of the identity's parameters, and weights as they are. */
  public static void startNearIdentity(
      Backend backend, Dense layer, ColumnTransform transform, int cols) {
    double[] identity = transform.identity();
    double[] bias = new double[cols * identity.length];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = identity[i % identity.length];
    }
    if (layer.bias() == null) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "the last layer has no bias");
    }
    backend.upload(bias, 0, layer.bias().value());
  }
}
