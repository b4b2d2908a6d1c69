package org.fjordflow.core.nn;

import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.nn.internal.Initializers;

/**
 * FFJORD's linear layers that depend on time (Grathwohl et al. 2019, appendix B, and their code's
 * {@code diffeq_layers}). Names and shapes of the parameters are those of that code.
 */
public enum TimeLayerKind {
  /** {@code W x + b}: time is left out. */
  IGNORE,
  /** {@code W [t, x] + b}. */
  CONCAT,
  /** {@code W x + b + t h}. */
  CONCAT_V2,
  /** {@code (W x + b) sigmoid(g t + c)}. */
  SQUASH,
  /** {@code (W x + b) sigmoid(g t + c) + t h}. */
  CONCATSQUASH,
  /** {@code W [t, x] + b}: for rows the same as concat; it differs for images. */
  CONCATCOORD,
  /** {@code W(t) x + b(t)} with both from a small network of t. */
  HYPER,
  /** {@code (1 - t)(W0 x + b0) + t (W1 x + b1)}. */
  BLEND;

  /** Returns the name used in configurations, such as {@code concatsquash}. */
  public String id() {
    return Ids.of(this);
  }

  /**
   * Creates a layer of this kind with the initial values of FFJORD's code: PyTorch's defaults
   * ({@link Initializers#linear}), but for the network of {@link #HYPER}, whose weights are zero
   * and whose biases are normal with deviation 0.01.
   *
   * @param parameters where the layer's arrays are added. Modified.
   * @param name prefix of their names
   * @param in inputs
   * @param out outputs
   * @param random source of the initial values
   * @return the layer
   */
  public TimeLayer create(
      Parameters parameters, String name, int in, int out, RandomGenerator random) {
    return switch (this) {
      case IGNORE -> TimeLayer.ignore(parameters, name, in, out, random);
      case CONCAT, CONCATCOORD -> TimeLayer.concat(parameters, name, in, out, random);
      case CONCAT_V2 -> TimeLayer.concatV2(parameters, name, in, out, random);
      case SQUASH -> TimeLayer.squash(parameters, name, in, out, random);
      case CONCATSQUASH -> TimeLayer.concatSquash(parameters, name, in, out, random);
      case HYPER -> TimeLayer.hyper(parameters, name, in, out, random);
      case BLEND -> TimeLayer.blend(parameters, name, in, out, random);
    };
  }

  /**
   * Finds a kind by its {@link #id()}.
   *
   * @param id a name such as {@code concatsquash}
   * @return the kind
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  public static TimeLayerKind of(String id) {
    return Ids.find(values(), TimeLayerKind::id, "layer", id);
  }
}
