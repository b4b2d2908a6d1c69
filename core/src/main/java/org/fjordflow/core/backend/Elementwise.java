package org.fjordflow.core.backend;

/**
 * Scalar functions that a {@link Backend} applies to every element, with their first and second
 * derivatives. The methods here are the definition, in double precision; backends may compute the
 * functions otherwise within the accuracy that they state.
 *
 * <p>At a kink (relu and elu at zero) the derivative from the left is taken, as PyTorch does for
 * relu.
 */
public enum Elementwise {
  /** x. */
  IDENTITY,
  /** Hyperbolic tangent. */
  TANH,
  /** 1 / (1 + exp(-x)). */
  SIGMOID,
  /** log(1 + exp(x)). */
  SOFTPLUS,
  /** x where x is positive, else exp(x) - 1 (Clevert, Unterthiner and Hochreiter 2016, alpha 1). */
  ELU,
  /** x sigmoid(x) (Ramachandran, Zoph and Le 2017, beta 1; also called SiLU). */
  SWISH,
  /** max(x, 0). */
  RELU,
  /** x squared. */
  SQUARE,
  /** Exponential. */
  EXP,
  /** Natural logarithm. */
  LOG,
  /** 1 / x. */
  RECIPROCAL,
  /** Square root. */
  SQRT,
  /** Sine. */
  SIN,
  /** Cosine. */
  COS;

  /** Returns f(x). */
  public double value(double x) {
    return switch (this) {
      case IDENTITY -> x;
      case TANH -> Math.tanh(x);
      case SIGMOID -> sigmoid(x);
      case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      case ELU -> x > 0 ? x : Math.expm1(x);
      case SWISH -> x * sigmoid(x);
      case RELU -> x <= 0 ? 0 : x;
      case SQUARE -> x * x;
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case RECIPROCAL -> 1 / x;
      case SQRT -> Math.sqrt(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
    };
  }

  /** Returns f'(x). */
  public double first(double x) {
    return switch (this) {
      case IDENTITY -> 1;
      case TANH -> 1 - square(Math.tanh(x));
      case SIGMOID -> sigmoid(x) * sigmoid(-x);
      case SOFTPLUS -> sigmoid(x);
      case ELU -> x > 0 ? 1 : Math.exp(x);
      case SWISH -> sigmoid(x) * (1 + x * sigmoid(-x));
      case RELU -> step(x);
      case SQUARE -> 2 * x;
      case EXP -> Math.exp(x);
      case LOG -> 1 / x;
      case RECIPROCAL -> -1 / (x * x);
      case SQRT -> 0.5 / Math.sqrt(x);
      case SIN -> Math.cos(x);
      case COS -> -Math.sin(x);
    };
  }

  /** Returns f''(x). */
  public double second(double x) {
    return switch (this) {
      case IDENTITY -> 0;
      case TANH -> -2 * Math.tanh(x) * (1 - square(Math.tanh(x)));
      case SIGMOID -> sigmoid(x) * sigmoid(-x) * (sigmoid(-x) - sigmoid(x));
      case SOFTPLUS -> sigmoid(x) * sigmoid(-x);
      case ELU -> x > 0 ? 0 : Math.exp(x);
      case SWISH -> sigmoid(x) * sigmoid(-x) * (2 + x * (sigmoid(-x) - sigmoid(x)));
      case RELU -> 0 * step(x);
      case SQUARE -> 2;
      case EXP -> Math.exp(x);
      case LOG -> -1 / (x * x);
      case RECIPROCAL -> 2 / (x * x * x);
      case SQRT -> -0.25 / (x * Math.sqrt(x));
      case SIN -> -Math.sin(x);
      case COS -> -Math.cos(x);
    };
  }

  private static double sigmoid(double x) {
    // exp of a negative number never overflows, so both tails keep their relative accuracy.
    double e = Math.exp(-Math.abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
  }

  private static double step(double x) {
    return Double.isNaN(x) ? x : x > 0 ? 1 : 0;
  }

  private static double square(double x) {
    return x * x;
  }
}
