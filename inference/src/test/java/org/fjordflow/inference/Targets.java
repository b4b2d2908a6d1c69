package org.fjordflow.inference;

import java.util.function.Function;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.inference.TargetDensity.Evaluated;

/** Densities with known integrals. */
final class Targets {

  private Targets() {}

  /** A density of x that is computed on a tape. */
  @FunctionalInterface
  interface OfTape {
    Var apply(Tape tape, Var x);
  }

  /** A density of real numbers named x. */
  static TargetDensity onTape(int dim, OfTape density) {
    return onTape(ParameterSpace.builder().real("x", dim).build(), density);
  }

  static TargetDensity onTape(ParameterSpace space, OfTape density) {
    return new TargetDensity.OnTape() {
      @Override
      public ParameterSpace parameters() {
        return space;
      }

      @Override
      public Var logDensity(Tape tape, Draws draws) {
        return density.apply(tape, draws.get("x"));
      }
    };
  }

  static TargetDensity onRows(int dim, Function<double[], Evaluated> density) {
    ParameterSpace space = ParameterSpace.builder().real("x", dim).build();
    return new TargetDensity.OnRows() {
      @Override
      public ParameterSpace parameters() {
        return space;
      }

      @Override
      public Evaluated logDensity(double[] values) {
        return density.apply(values);
      }
    };
  }

  /** exp(3 - |(x - m) L|^2 / 2), L upper triangular: its integral is e^3 2 pi / det L. */
  static TargetDensity normal() {
    return onTape(
        2,
        (tape, x) -> {
          Var centred = tape.subtract(x, tape.constant(new double[] {1000, -0.5}, 1, 2));
          Var matrix = tape.constant(new double[] {1.25, -500, 0, 800}, 2, 2);
          Var u = tape.layer(Elementwise.IDENTITY, centred, matrix, null, null);
          return tape.affine(-0.5, tape.rowSum(tape.apply(Elementwise.SQUARE, u)), 3);
        });
  }

  static final double LOG_Z_NORMAL = 3 + Math.log(2 * Math.PI) - Math.log(1.25 * 800);

  /** x ~ normal(0, 2), y ~ normal(x^2 / 4, 1), times e. */
  static TargetDensity banana() {
    return onTape(
        2,
        (tape, x) -> {
          Var first = tape.columns(x, 0, 1);
          Var square = tape.apply(Elementwise.SQUARE, first);
          Var rest = tape.sum(1, tape.columns(x, 1, 2), -0.25, square);
          return tape.affine(
              1, tape.sum(-0.125, square, -0.5, tape.apply(Elementwise.SQUARE, rest)), 1);
        });
  }

  static final double LOG_Z_BANANA = 1 + Math.log(2 * Math.PI * 2);

  /** 0.3 normal((-2, 0), I) + 0.7 normal((2, 1), I / 4), times e^2. */
  static TargetDensity mixture() {
    return onTape(
        2,
        (tape, x) -> {
          Var first = component(tape, x, -2, 0, 1, Math.log(0.3));
          Var second = component(tape, x, 2, 1, 0.5, Math.log(0.7));
          return tape.affine(1, tape.logSumExp(tape.concat(first, second)), 2);
        });
  }

  static final double LOG_Z_MIXTURE = 2;

  private static Var component(
      Tape tape, Var x, double a, double b, double deviation, double logWeight) {
    Var centred = tape.subtract(x, tape.constant(new double[] {a, b}, 1, 2));
    Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, centred));
    double constant = logWeight - Math.log(2 * Math.PI) - 2 * Math.log(deviation);
    return tape.affine(-0.5 / (deviation * deviation), squares, constant);
  }
}
