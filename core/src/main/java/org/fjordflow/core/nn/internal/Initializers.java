package org.fjordflow.core.nn.internal;

import java.util.random.RandomGenerator;

/** Initial values of layers. */
public final class Initializers {

  private Initializers() {}

  /**
   * Uniform on (-1/sqrt(inputs), 1/sqrt(inputs)): what PyTorch's {@code nn.Linear} does for weights
   * and biases alike, and so what published recipes were trained with.
   *
   * @param inputs number of inputs of the layer
   * @param count number of values
   * @param random source of randomness
   * @return the values
   */
  public static double[] linear(int inputs, int count, RandomGenerator random) {
    double bound = 1 / Math.sqrt(Math.max(1, inputs));
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = (2 * random.nextDouble() - 1) * bound;
    }
    return values;
  }

  /**
   * Normal with mean zero.
   *
   * @param deviation standard deviation
   * @param count number of values
   * @param random source of randomness
   * @return the values
   */
  public static double[] normal(double deviation, int count, RandomGenerator random) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }
}
