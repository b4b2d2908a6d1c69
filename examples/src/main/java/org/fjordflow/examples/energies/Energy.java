package org.fjordflow.examples.energies;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.inference.Draws;
import org.fjordflow.inference.ParameterSpace;
import org.fjordflow.inference.TargetDensity;

/**
 * The energies U of table 1 of Rezende and Mohamed (2015); the density is exp(-U), not normalised.
 * The paper's second to fourth go on without end along z1, and have no integral; here a factor
 * exp(-(z1 / 4)^8) ends them where the paper's pictures end.
 */
enum Energy implements TargetDensity.OnTape {
  /** Two modes on a ring. */
  U1 {
    @Override
    Var of(Tape tape, Var z) {
      Var first = tape.columns(z, 0, 1);
      Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, z));
      Var radius = tape.apply(Elementwise.SQRT, tape.affine(1, squares, SMALLEST));
      Var modes = bothOf(tape, tape.affine(1, first, -2), 0.6, tape.affine(1, first, 2), 0.6);
      return tape.add(gaussian(tape, tape.affine(1, radius, -2), 0.4), modes);
    }
  },
  /** A sine. */
  U2 {
    @Override
    Var of(Tape tape, Var z) {
      return tape.add(gaussian(tape, aboveSine(tape, z), 0.4), end(tape, z));
    }
  },
  /** A sine that parts in the middle. */
  U3 {
    @Override
    Var of(Tape tape, Var z) {
      Var above = aboveSine(tape, z);
      Var bump = gaussian(tape, tape.affine(1, tape.columns(z, 0, 1), -1), 0.6);
      Var other = tape.sum(1, above, 3, tape.apply(Elementwise.EXP, bump));
      return tape.add(bothOf(tape, above, 0.35, other, 0.35), end(tape, z));
    }
  },
  /** A sine that becomes two. */
  U4 {
    @Override
    Var of(Tape tape, Var z) {
      Var above = aboveSine(tape, z);
      Var step = tape.affine(1 / 0.3, tape.columns(z, 0, 1), -1 / 0.3);
      Var other = tape.sum(1, above, 3, tape.apply(Elementwise.SIGMOID, step));
      return tape.add(bothOf(tape, above, 0.4, other, 0.35), end(tape, z));
    }
  };

  /** Keeps the radius differentiable at the origin. */
  private static final double SMALLEST = 1e-12;

  private static final ParameterSpace SPACE = ParameterSpace.builder().real("z", 2).build();

  @Override
  public ParameterSpace parameters() {
    return SPACE;
  }

  /** -U(z), n x 1, of points z, n x 2. */
  abstract Var of(Tape tape, Var z);

  @Override
  public Var logDensity(Tape tape, Draws draws) {
    return of(tape, draws.get("z"));
  }

  /** Evaluates -U at points. */
  double[] logDensity(double[][] rows) {
    double[] values = new double[rows.length];
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Tape tape = Tape.evaluating(backend);
      backend.download(of(tape, tape.constant(flat, rows.length, 2)).value(), values, 0);
    }
    return values;
  }

  /** z2 - w1, with w1 = sin(2 pi z1 / 4). */
  private static Var aboveSine(Tape tape, Var z) {
    Var angle = tape.affine(Math.PI / 2, tape.columns(z, 0, 1), 0);
    return tape.subtract(tape.columns(z, 1, 2), tape.apply(Elementwise.SIN, angle));
  }

  /** -(x / deviation)^2 / 2. */
  private static Var gaussian(Tape tape, Var x, double deviation) {
    return tape.affine(-0.5 / (deviation * deviation), tape.apply(Elementwise.SQUARE, x), 0);
  }

  /** The logarithm of the sum of two bells. */
  private static Var bothOf(Tape tape, Var a, double deviationA, Var b, double deviationB) {
    Var first = gaussian(tape, a, deviationA);
    return tape.logSumExp(tape.concat(first, gaussian(tape, b, deviationB)));
  }

  private static Var end(Tape tape, Var z) {
    Var power = tape.affine(0.25, tape.columns(z, 0, 1), 0);
    for (int i = 0; i < 3; i++) {
      power = tape.apply(Elementwise.SQUARE, power);
    }
    return tape.affine(-1, power, 0);
  }
}
