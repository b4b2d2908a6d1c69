package org.fjordflow.core.autodiff;

import org.fjordflow.core.autodiff.internal.Gradients;
import org.jspecify.annotations.Nullable;

/** A parameter; its adjoint goes to the parameter's gradient when gradients are accumulated. */
final class Leaf extends Node {

  private final Var var;
  private final Parameter parameter;

  Leaf(Var var, Parameter parameter) {
    this.var = var;
    this.parameter = parameter;
    var.bind(parameter);
  }

  Parameter parameter() {
    return parameter;
  }

  @Override
  void reverse() {}

  @Override
  void accumulate(double weight, @Nullable Gradients sums) {
    if (var.reached()) {
      var.tape().backend().add(weight, var.adjoint(), 1, target(parameter, sums));
    }
  }
}
