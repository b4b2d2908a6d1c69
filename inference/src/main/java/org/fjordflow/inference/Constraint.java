package org.fjordflow.inference;

import java.util.Arrays;
import java.util.Locale;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.jspecify.annotations.Nullable;

/**
 * Where a parameter may be, with a bijection from all real numbers onto it. The bijections are
 * those of the Stan reference manual (Stan Development Team 2024, chapter 10), which names them
 * alike.
 */
public sealed interface Constraint
    permits Constraint.None,
        Constraint.Above,
        Constraint.Below,
        Constraint.Interval,
        Constraint.Simplex,
        Constraint.Ordered,
        CorrelationConstraint {

  /** Returns how many real numbers stand for so many values of the parameter. */
  default int free(int size) {
    return size;
  }

  /**
   * Maps real numbers to values of the parameter.
   *
   * @param tape where operations are made
   * @param free n x {@link #free}
   * @return n x size, with the logarithm of the Jacobian determinant
   */
  Constrained constrain(Tape tape, Var free);

  /**
   * Maps values of the parameter to real numbers.
   *
   * @param values of the parameter. Not modified.
   * @return {@link #free} numbers
   * @throws FjordException INVALID_ARGUMENT for values that the constraint excludes
   */
  double[] unconstrain(double[] values);

  /**
   * Values of a parameter.
   *
   * @param value n x size
   * @param logJacobian n x 1, in nats; null where it is zero
   * @param factor n x k k, row by row the lower triangular factor L of the correlation matrix L L';
   *     null for other parameters
   */
  record Constrained(Var value, @Nullable Var logJacobian, @Nullable Var factor) {
    static Constrained of(Var value, @Nullable Var logJacobian) {
      return new Constrained(value, logJacobian, null);
    }
  }

  /** All real numbers. */
  record None() implements Constraint {
    @Override
    public Constrained constrain(Tape tape, Var free) {
      return Constrained.of(free, null);
    }

    @Override
    public double[] unconstrain(double[] values) {
      require(Arrays.stream(values).allMatch(Double::isFinite), values, "finite numbers");
      return values.clone();
    }
  }

  /**
   * Numbers above a bound: {@code lower + exp(u)}.
   *
   * @param lower finite
   */
  record Above(double lower) implements Constraint {
    /** Checks the bound. */
    public Above {
      requireBounds(Double.isFinite(lower), "above " + lower);
    }

    @Override
    public Constrained constrain(Tape tape, Var free) {
      Var exp = tape.apply(Elementwise.EXP, free);
      return Constrained.of(lower == 0 ? exp : tape.affine(1, exp, lower), tape.rowSum(free));
    }

    @Override
    public double[] unconstrain(double[] values) {
      require(Arrays.stream(values).allMatch(v -> v > lower), values, "numbers above " + lower);
      return Arrays.stream(values).map(v -> Math.log(v - lower)).toArray();
    }
  }

  /**
   * Numbers below a bound: {@code upper - exp(u)}.
   *
   * @param upper finite
   */
  record Below(double upper) implements Constraint {
    /** Checks the bound. */
    public Below {
      requireBounds(Double.isFinite(upper), "below " + upper);
    }

    @Override
    public Constrained constrain(Tape tape, Var free) {
      Var exp = tape.apply(Elementwise.EXP, free);
      return Constrained.of(tape.affine(-1, exp, upper), tape.rowSum(free));
    }

    @Override
    public double[] unconstrain(double[] values) {
      require(Arrays.stream(values).allMatch(v -> v < upper), values, "numbers below " + upper);
      return Arrays.stream(values).map(v -> Math.log(upper - v)).toArray();
    }
  }

  /**
   * Numbers between two bounds: {@code lower + (upper - lower) sigmoid(u)}.
   *
   * @param lower finite
   * @param upper finite, above lower
   */
  record Interval(double lower, double upper) implements Constraint {
    /** Checks the bounds. */
    public Interval {
      requireBounds(
          Double.isFinite(lower) && Double.isFinite(upper) && lower < upper,
          "from " + lower + " to " + upper);
    }

    @Override
    public Constrained constrain(Tape tape, Var free) {
      Var value = tape.affine(upper - lower, tape.apply(Elementwise.SIGMOID, free), lower);
      Var logSlopes = tape.add(logSigmoid(tape, free, 1), logSigmoid(tape, free, -1));
      double width = free.cols() * Math.log(upper - lower);
      return Constrained.of(value, tape.affine(1, tape.rowSum(logSlopes), width));
    }

    @Override
    public double[] unconstrain(double[] values) {
      require(
          Arrays.stream(values).allMatch(v -> v > lower && v < upper),
          values,
          "numbers between %s and %s".formatted(lower, upper));
      return Arrays.stream(values).map(v -> Math.log((v - lower) / (upper - v))).toArray();
    }
  }

  /**
   * Positive numbers whose sum is one, by sticks that are broken; the density is of all but one.
   */
  record Simplex() implements Constraint {
    @Override
    public int free(int size) {
      return size - 1;
    }

    @Override
    public Constrained constrain(Tape tape, Var free) {
      int rest = free.cols();
      double[] shift = new double[rest];
      Arrays.setAll(shift, k -> -Math.log(rest - k));
      Var stick = tape.add(free, tape.constant(shift, 1, rest));
      Var logPart = logSigmoid(tape, stick, 1);
      Var logLeft = logSigmoid(tape, stick, -1);
      Var logStick = sums(tape, logLeft, rest + 1, 0);
      Var none = tape.constant(new double[free.rows()], free.rows(), 1);
      Var value = tape.apply(Elementwise.EXP, tape.add(logStick, tape.concat(logPart, none)));
      Var logSlopes = tape.add(tape.add(logPart, logLeft), tape.columns(logStick, 0, rest));
      return Constrained.of(value, tape.rowSum(logSlopes));
    }

    @Override
    public double[] unconstrain(double[] values) {
      double sum = Arrays.stream(values).sum();
      require(
          Arrays.stream(values).allMatch(v -> v > 0) && Math.abs(sum - 1) < 1e-8,
          values,
          "positive numbers whose sum is one");
      double[] free = new double[values.length - 1];
      double left = 1;
      for (int k = 0; k < free.length; k++) {
        free[k] = Math.log(values[k] / (left - values[k])) + Math.log(free.length - k);
        left -= values[k];
      }
      return free;
    }
  }

  /** Numbers in ascending order: the first one, and then by what each is larger than the last. */
  record Ordered() implements Constraint {
    @Override
    public Constrained constrain(Tape tape, Var free) {
      int size = free.cols();
      if (size == 1) {
        return Constrained.of(free, null);
      }
      Var rises = tape.columns(free, 1, size);
      Var steps = tape.concat(tape.columns(free, 0, 1), tape.apply(Elementwise.EXP, rises));
      return Constrained.of(sums(tape, steps, size, 1), tape.rowSum(rises));
    }

    @Override
    public double[] unconstrain(double[] values) {
      double[] free = values.clone();
      for (int k = 1; k < free.length; k++) {
        require(values[k] > values[k - 1], values, "numbers in ascending order");
        free[k] = Math.log(values[k] - values[k - 1]);
      }
      return free;
    }
  }

  /** log sigmoid(sign x). */
  private static Var logSigmoid(Tape tape, Var x, double sign) {
    return tape.affine(-1, tape.apply(Elementwise.SOFTPLUS, tape.affine(-sign, x, 0)), 0);
  }

  /**
   * Sums of the first columns.
   *
   * @param count how many sums, n x count
   * @param more by how many columns the first sum has more than none
   */
  private static Var sums(Tape tape, Var x, int count, int more) {
    double[] ones = new double[count * x.cols()];
    for (int k = 0; k < count; k++) {
      Arrays.fill(ones, k * x.cols(), k * x.cols() + Math.min(x.cols(), k + more), 1);
    }
    Var weights = tape.constant(ones, count, x.cols());
    return tape.layer(Elementwise.IDENTITY, x, weights, null, null);
  }

  private static void require(boolean holds, double[] values, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "given %s; expected %s".formatted(Arrays.toString(values), expected));
    }
  }

  private static void requireBounds(boolean holds, String given) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          String.format(Locale.ROOT, "a parameter %s; expected finite bounds in order", given));
    }
  }
}
