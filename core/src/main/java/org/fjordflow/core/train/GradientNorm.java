package org.fjordflow.core.train;

/** Norms of flat vectors. */
final class GradientNorm {

  private static final double CLIP_EPSILON = 1e-6;

  private GradientNorm() {}

  /** Euclidean norm; not finite if an element is not, or if the sum of squares overflows. */
  static double norm(double[] vector) {
    double sum = 0;
    for (double value : vector) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  /**
   * Shortens a gradient, as PyTorch's clip_grad_norm_ does.
   *
   * @param gradient Modified.
   * @param norm its norm
   * @param limit greatest norm, 0 for none
   */
  static void clip(double[] gradient, double norm, double limit) {
    double factor = limit / (norm + CLIP_EPSILON);
    if (limit == 0 || factor >= 1) {
      return;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= factor;
    }
  }
}
