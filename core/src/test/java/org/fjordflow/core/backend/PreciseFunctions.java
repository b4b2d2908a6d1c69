package org.fjordflow.core.backend;

import org.hipparchus.dfp.Dfp;
import org.hipparchus.dfp.DfpField;

/**
 * Activations and their derivatives to some sixty decimal digits, for finite arguments. Beyond 800
 * the limits of exponentials are taken, which no double tells from them.
 */
final class PreciseFunctions {
  private static final DfpField FIELD = new DfpField(60);
  private static final Dfp ONE = FIELD.getOne();

  private PreciseFunctions() {}

  /** Returns a number in this arithmetic. */
  static Dfp exact(double x) {
    return FIELD.newDfp(x);
  }

  /** Returns value, first and second derivative of an activation. */
  static Dfp[] evaluate(Elementwise f, double x) {
    Dfp v = exact(x);
    Dfp s = sigmoid(x);
    Dfp c = sigmoid(-x);
    Dfp slope = s.multiply(c);
    Dfp skew = c.subtract(s);
    return switch (f) {
      case TANH -> {
        // tanh(x) = sigmoid(2 x) - sigmoid(-2 x), and 1 - tanh(x)^2 = 4 sigmoid(2 x) sigmoid(-2 x).
        Dfp t = sigmoid(2 * x).subtract(sigmoid(-2 * x));
        Dfp d = sigmoid(2 * x).multiply(sigmoid(-2 * x)).multiply(4);
        yield new Dfp[] {t, d, t.multiply(d).multiply(-2)};
      }
      case SIGMOID -> new Dfp[] {s, slope, slope.multiply(skew)};
      case SOFTPLUS -> {
        Dfp e = exp(-Math.abs(x));
        Dfp positive = x > 0 ? v : FIELD.getZero();
        // log(1 + e) by its series where 1 + e would lose the digits of e.
        Dfp log = exact(-Math.abs(x)).lessThan(exact(-80)) ? series(e) : e.add(ONE).log();
        yield new Dfp[] {positive.add(log), s, slope};
      }
      case SWISH ->
          new Dfp[] {
            v.multiply(s),
            s.multiply(v.multiply(c).add(ONE)),
            slope.multiply(v.multiply(skew).add(ONE).add(ONE))
          };
      case ELU -> {
        Dfp e = exp(Math.min(x, 0));
        Dfp bend = x > 0 ? FIELD.getZero() : e;
        yield new Dfp[] {x > 0 ? v : e.subtract(ONE), e, bend};
      }
      default -> throw new IllegalArgumentException(f.toString());
    };
  }

  private static Dfp series(Dfp e) {
    return e.subtract(e.multiply(e).divide(2)).add(e.multiply(e).multiply(e).divide(3));
  }

  private static Dfp sigmoid(double x) {
    Dfp e = exp(-Math.abs(x));
    return (x >= 0 ? ONE : e).divide(e.add(ONE));
  }

  private static Dfp exp(double x) {
    return exact(Math.max(x, -800)).exp();
  }
}
