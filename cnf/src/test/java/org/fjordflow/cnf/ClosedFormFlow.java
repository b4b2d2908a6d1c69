package org.fjordflow.cnf;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;

/**
 * A hand-written field whose flow is affine and known: {@code z(T) = M x + b}.
 *
 * @param name for failures
 * @param end the end time T
 * @param field the field
 * @param map M
 * @param shift b
 * @param logDet log |det M|
 */
@SuppressWarnings("ArrayRecordComponent") // held together, not compared
record ClosedFormFlow(
    String name, double end, VectorField field, double[][] map, double[] shift, double logDet) {

  private static final double[][] GENERATOR = {
    {0.6, -1.1, 0.3}, {0.9, -0.4, 0.7}, {-0.2, 0.5, 0.1}
  };

  /** Mean and deviation of the normal that {@link #gaussianToGaussian} carries to the standard. */
  static final double[] MEAN = {1.5, -0.7};

  /** See {@link #MEAN}. */
  static final double[] DEVIATION = {0.4, 2.5};

  /** All of them. */
  static List<ClosedFormFlow> all() {
    return List.of(
        translation(),
        scaling(),
        timeDependentScaling(),
        rotation(),
        linear(),
        gaussianToGaussian());
  }

  int dim() {
    return shift.length;
  }

  /** The image of a row. */
  double[] image(double[] x) {
    double[] z = MatrixUtils.createRealMatrix(map).operate(x);
    Arrays.setAll(z, i -> z[i] + shift[i]);
    return z;
  }

  @Override
  public String toString() {
    return name;
  }

  static ClosedFormFlow translation() {
    VectorField field = (tape, t, z, context) -> tape.repeat(row(tape, 2, -0.5), z.rows());
    return new ClosedFormFlow("translation", 1.5, field, identity(2), new double[] {3, -0.75}, 0);
  }

  /** {@code dz/dt = -0.8 z}. */
  static ClosedFormFlow scaling() {
    VectorField field = (tape, t, z, context) -> tape.affine(-0.8, z, 0);
    double[][] map =
        MatrixUtils.createRealIdentityMatrix(3).scalarMultiply(Math.exp(-1.6)).getData();
    return new ClosedFormFlow("scaling", 2, field, map, new double[3], -4.8);
  }

  /** {@code dz/dt = (t z_1, -cos(t) z_2)}. */
  private static ClosedFormFlow timeDependentScaling() {
    VectorField field =
        (tape, t, z, context) ->
            tape.multiply(z, tape.concat(t, tape.affine(-1, tape.apply(Elementwise.COS, t), 0)));
    double end = 1.2;
    double[] rates = {end * end / 2, -Math.sin(end)};
    double[][] map = {{Math.exp(rates[0]), 0}, {0, Math.exp(rates[1])}};
    return new ClosedFormFlow(
        "time-dependent scaling", end, field, map, new double[2], rates[0] + rates[1]);
  }

  private static ClosedFormFlow rotation() {
    double angle = 2.2;
    double[][] map = {{Math.cos(angle), -Math.sin(angle)}, {Math.sin(angle), Math.cos(angle)}};
    double[][] generator = {{0, -2}, {2, 0}};
    return new ClosedFormFlow("rotation", angle / 2, linear(generator), map, new double[2], 0);
  }

  private static ClosedFormFlow linear() {
    double end = 1.3;
    RealMatrix exponent = MatrixUtils.createRealMatrix(GENERATOR).scalarMultiply(end);
    return new ClosedFormFlow(
        "linear",
        end,
        linear(GENERATOR),
        MatrixUtils.matrixExponential(exponent).getData(),
        new double[3],
        exponent.getTrace());
  }

  /**
   * Carries the normal with {@link #MEAN} m and {@link #DEVIATION} s to the standard one along
   * {@code z(t) = (1 - t) m + s^(1 - t) u}: {@code dz/dt = -m - log s (z - (1 - t) m)}.
   */
  static ClosedFormFlow gaussianToGaussian() {
    double[] logDeviation = Arrays.stream(DEVIATION).map(Math::log).toArray();
    VectorField field =
        (tape, t, z, context) -> {
          Var mean = row(tape, MEAN);
          Var left = tape.affine(-1, tape.repeat(t, z.rows()), 1);
          Var path = tape.multiply(tape.repeat(mean, z.rows()), left);
          Var pull = tape.multiply(tape.subtract(z, path), row(tape, logDeviation));
          return tape.sum(-1, pull, -1, mean);
        };
    double[][] map = {{1 / DEVIATION[0], 0}, {0, 1 / DEVIATION[1]}};
    double[] shift = {-MEAN[0] / DEVIATION[0], -MEAN[1] / DEVIATION[1]};
    double logDet = -Arrays.stream(logDeviation).sum();
    return new ClosedFormFlow("Gaussian to Gaussian", 1, field, map, shift, logDet);
  }

  static VectorField linear(double[][] generator) {
    double[] flat = Arrays.stream(generator).flatMapToDouble(Arrays::stream).toArray();
    int dim = generator.length;
    return (tape, t, z, context) ->
        tape.layer(Elementwise.IDENTITY, z, tape.constant(flat, dim, dim), null, null);
  }

  private static Var row(Tape tape, double... values) {
    return tape.constant(values, 1, values.length);
  }

  private static double[][] identity(int dim) {
    return MatrixUtils.createRealIdentityMatrix(dim).getData();
  }
}
