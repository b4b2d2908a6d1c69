package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Matrix;

/** Causal self-attention; the formulas are those of {@code Backend.attention}. */
final class AttentionNode extends Node {

  private final Var qkv;
  private final int tokens;
  private final int heads;
  private final Var y;

  private AttentionNode(Var qkv, int tokens, int heads, Var y) {
    this.qkv = qkv;
    this.tokens = tokens;
    this.heads = heads;
    this.y = y;
  }

  static Var apply(Tape tape, Var qkv, int tokens, int heads) {
    int n = qkv.rows();
    Matrix result = tape.take((1 + qkv.tangents()) * n, qkv.cols() / 3);
    tape.backend().attention(qkv.value(), tokens, heads, result.rows(0, n));
    Var y = new Var(tape, result, n, qkv.tangents(), qkv.isDifferentiable(), true);
    if (qkv.tangents() > 0) {
      new AttentionTangents(qkv, tokens, heads).forward(result);
    }
    tape.record(new AttentionNode(qkv, tokens, heads, y));
    return y.withUnits(qkv.units().ofResult());
  }

  @Override
  void reverse() {
    if (!y.reached() || !qkv.isDifferentiable()) {
      return;
    }
    if (qkv.tangents() > 0) {
      new AttentionTangents(qkv, tokens, heads).reverse(y.adjoint());
      return;
    }
    boolean accumulate = qkv.beginAdjoint() != 0;
    y.tape()
        .backend()
        .attentionBackward(qkv.value(), tokens, heads, y.adjoint(), accumulate, qkv.adjoint());
  }
}
