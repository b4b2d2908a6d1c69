package org.fjordflow.core.nn;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.backend.Elementwise;

/** The non-linearities that a network's configuration can name. */
public enum Activation {
  /** Hyperbolic tangent. */
  TANH(Elementwise.TANH),
  /** log(1 + exp(x)). */
  SOFTPLUS(Elementwise.SOFTPLUS),
  /** Exponential linear unit, alpha 1. */
  ELU(Elementwise.ELU),
  /** x sigmoid(x). */
  SWISH(Elementwise.SWISH),
  /** max(x, 0). */
  RELU(Elementwise.RELU),
  /** x squared. */
  SQUARE(Elementwise.SQUARE),
  /** x. */
  IDENTITY(Elementwise.IDENTITY);

  private final Elementwise function;

  Activation(Elementwise function) {
    this.function = function;
  }

  /** Returns the scalar function. */
  public Elementwise function() {
    return function;
  }

  /** Returns the name used in configurations, such as {@code tanh}. */
  @JsonValue
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds an activation by its {@link #id()}.
   *
   * @param id a name such as {@code tanh}
   * @return the activation
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  @JsonCreator
  public static Activation of(String id) {
    return Ids.find(values(), Activation::id, "activation", id);
  }
}
