package org.fjordflow.cnf.internal.field;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.estimators.ExactTrace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a potential gives, against the formula of the potential and against tangents. */
final class PotentialFieldTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int ROWS = 4;
  private static final int WIDTH = 6;
  private static final double STEP = 1e-3;

  private final Backend backend = new CpuBackend(DType.FLOAT64, 1);
  private final Parameters parameters = new Parameters(backend);
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  private PotentialField field(int dim, int context, int depth) {
    PotentialField field =
        PotentialField.create(parameters, "p", dim, context, WIDTH, depth, 1, random);
    double[] values = parameters.get();
    Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.5, 0.5));
    parameters.set(values);
    return field;
  }

  private double[] values(String name) {
    Matrix value =
        Objects.requireNonNull(parameters.entries()).stream()
            .map(Parameters.Entry::parameter)
            .filter(parameter -> parameter.name().equals("p." + name))
            .findFirst()
            .orElseThrow()
            .value();
    double[] read = new double[value.size()];
    backend.download(value, read, 0);
    return read;
  }

  private static double[] affine(double[] weight, double[] x) {
    return IntStream.range(0, weight.length / x.length)
        .mapToDouble(i -> dot(weight, i * x.length, x))
        .toArray();
  }

  private static double dot(double[] a, int from, double[] x) {
    return IntStream.range(0, x.length).mapToDouble(j -> a[from + j] * x[j]).sum();
  }

  /** The formula of the potential, by s = [z, t, context]. */
  private double potential(double[] s, int dim, int depth) {
    double[] u = s;
    for (int l = 0; l < depth; l++) {
      double[] q = affine(values(l + ".weight"), u);
      double[] bias = values(l + ".bias");
      double[] before = u;
      boolean opening = l == 0;
      double h = opening ? 1 : 1.0 / (depth - 1);
      u =
          IntStream.range(0, WIDTH)
              .mapToDouble(
                  i -> {
                    double x = q[i] + bias[i];
                    double g = Math.log(Math.exp(x) + Math.exp(-x));
                    return opening ? g : before[i] + h * g;
                  })
              .toArray();
    }
    double[] y = affine(values("potential.factor"), s);
    double[] ahead = Arrays.copyOf(s, dim + 1);
    return dot(values("potential.weight"), 0, u)
        + dot(y, 0, y) / 2
        + dot(values("potential.slope"), 0, ahead);
  }

  /** Four-point differences, with an error of the fourth power of the step. */
  private static double first(DoubleUnaryOperator f) {
    return (8 * (f.applyAsDouble(STEP) - f.applyAsDouble(-STEP))
            - (f.applyAsDouble(2 * STEP) - f.applyAsDouble(-2 * STEP)))
        / (12 * STEP);
  }

  private static double second(DoubleUnaryOperator f) {
    double near = f.applyAsDouble(STEP) + f.applyAsDouble(-STEP);
    double far = f.applyAsDouble(2 * STEP) + f.applyAsDouble(-2 * STEP);
    return (16 * near - far - 30 * f.applyAsDouble(0)) / (12 * STEP * STEP);
  }

  private static double[] moved(double[] s, int j, double by) {
    double[] copy = s.clone();
    copy[j] += by;
    return copy;
  }

  private double[] read(Var x) {
    double[] values = new double[x.rows() * x.cols()];
    backend.download(x.value(), values, 0);
    return values;
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 2", "2, 0, 1", "2, 0, 2", "3, 2, 2", "2, 1, 3", "11, 0, 4"})
  void itIsThatOfTheFormula(int dim, int context, int depth) {
    PotentialField field = field(dim, context, depth);
    int inputs = dim + 1 + context;
    double[][] s = new double[ROWS][];
    Arrays.setAll(s, i -> random.doubles(inputs, -1, 1).toArray());
    Tape tape = Tape.evaluating(backend);
    Var z = tape.constant(part(s, 0, dim), ROWS, dim);
    Var times = tape.constant(part(s, dim, dim + 1), ROWS, 1);
    Var given = context == 0 ? null : tape.constant(part(s, dim + 1, inputs), ROWS, context);
    PotentialField.Slopes slopes = field.slopes(tape, times, z, given, true);
    double[] f = read(slopes.field());
    double[] byTime = read(slopes.timeDerivative());
    double[] divergence = read(Objects.requireNonNull(slopes.divergence()));
    double[] residual = read(slopes.residual(tape));
    for (int i = 0; i < ROWS; i++) {
      double[] row = s[i];
      double laplacian = 0;
      double square = 0;
      for (int j = 0; j < dim; j++) {
        int column = j;
        DoubleUnaryOperator line = x -> potential(moved(row, column, x), dim, depth);
        assertEquals(-first(line), f[i * dim + j], 1e-8, "row " + i + ", seed " + SEED);
        laplacian += second(line);
        square += f[i * dim + j] * f[i * dim + j];
      }
      assertEquals(-laplacian, divergence[i], 1e-6 * dim, "row " + i + ", seed " + SEED);
      double slope = first(x -> potential(moved(row, dim, x), dim, depth));
      assertEquals(slope, byTime[i], 1e-8, "row " + i + ", seed " + SEED);
      assertEquals(Math.abs(slope - square / 2), residual[i], 1e-7, "row " + i);
    }
  }

  private static double[] part(double[][] rows, int from, int to) {
    return Arrays.stream(rows).flatMapToDouble(r -> Arrays.stream(r, from, to)).toArray();
  }

  /** At one time of all rows. */
  @ParameterizedTest
  @CsvSource({"1, 0, 2", "2, 0, 1", "2, 0, 2", "5, 2, 3", "9, 0, 2", "20, 1, 2"})
  void itsDivergenceIsTheTraceByTangents(int dim, int context, int depth) {
    PotentialField field = field(dim, context, depth);
    double[] rows = random.doubles((long) ROWS * dim, -2, 2).toArray();
    double[] units = ExactTrace.units(ROWS, dim);
    Tape tape = Tape.evaluating(backend);
    Var given =
        context == 0
            ? null
            : tape.constant(random.doubles((long) ROWS * context, -1, 1).toArray(), ROWS, context);
    Matrix directions = tape.constant(units, ROWS * dim, dim).value();
    Matrix stack = tape.take(ROWS * (1 + dim), dim);
    backend.upload(rows, 0, stack.rows(0, ROWS));
    backend.copy(directions, stack.rows(ROWS, ROWS * (1 + dim)));
    Var time = tape.constant(0.37);
    Var moving = field.at(tape, time, tape.input(stack, ROWS), given);
    double[] byTangents = read(new ExactTrace().trace(tape, moving, directions));
    PotentialField.Slopes slopes =
        field.slopes(tape, time, tape.constant(rows, ROWS, dim), given, true);
    double[] closed = read(Objects.requireNonNull(slopes.divergence()));
    assertArrayEquals(byTangents, closed, 1e-10, "seed " + SEED);
    assertArrayEquals(
        read(tape.value(moving)), read(slopes.field()), 1e-14, "the same field either way");
  }

  /** The gradient of everything it gives, by states, times, contexts and parameters. */
  @ParameterizedTest
  @CsvSource({"2, 0, 1", "2, 0, 2", "3, 1, 3"})
  void itsReverseIsRight(int dim, int context, int depth) {
    PotentialField field = field(dim, context, depth);
    GradientCheck check = new GradientCheck(backend, SEED, "potential");
    check.input(check.uniform(ROWS, dim, -1, 1));
    check.input(check.uniform(ROWS, 1, 0, 1));
    if (context > 0) {
      check.input(check.uniform(ROWS, context, -1, 1));
    }
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(
        1e-7,
        (tape, in) -> {
          Var given = context == 0 ? null : in.get(2);
          PotentialField.Slopes slopes = field.slopes(tape, in.get(1), in.get(0), given, true);
          return tape.concat(
              slopes.field(),
              slopes.timeDerivative(),
              Objects.requireNonNull(slopes.divergence()),
              slopes.residual(tape));
        });
  }
}
