package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;

/**
 * Compares what a {@link Tape} differentiates with finite differences, in FLOAT64: tangents against
 * the function's values, and gradients (through value and tangents, so second derivatives too)
 * against values and tangents.
 *
 * <p>Differences are the four-point central ones, {@code (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12
 * h} with h = 2.5e-4: their error is about 1e-12, from rounding, for smooth functions of size of
 * order one, and the same where these bend as sharply as splines do. Kinks must be farther from the
 * samples than 2 h. Failures say the seed.
 *
 * <p>A check is used for one function: draw its inputs, register them, then assert.
 */
public final class GradientCheck {

  private static final double STEP = 2.5e-4;

  /** A function made of tape operations; it must give the same value each time. */
  @FunctionalInterface
  public interface TapeFunction {

    /**
     * Evaluates the function.
     *
     * @param tape where operations are made; recording or not
     * @param inputs the registered inputs in their order
     * @return any shape, with or without tangents
     */
    Var apply(Tape tape, List<Var> inputs);
  }

  private record Input(Matrix stack, int rows) {
    Matrix value() {
      return stack.rows(0, rows);
    }

    Matrix tangent(int k) {
      return stack.rows((k + 1) * rows, (k + 2) * rows);
    }

    int tangents() {
      return rows == 0 ? 0 : stack.rows() / rows - 1;
    }
  }

  private final Backend backend;
  private final long seed;
  private final String name;
  private final RandomGenerator random;
  private final Tape evaluating;
  private final List<Input> inputs = new ArrayList<>();
  private final List<Parameter> parameters = new ArrayList<>();

  /**
   * Creates a check.
   *
   * @param backend a FLOAT64 backend
   * @param seed seed of everything that is drawn
   * @param name what is checked, for failures
   */
  public GradientCheck(Backend backend, long seed, String name) {
    if (backend.dtype() != DType.FLOAT64) {
      throw new IllegalArgumentException("finite differences need FLOAT64");
    }
    this.backend = backend;
    this.seed = seed;
    this.name = name;
    this.random = new SplittableRandom(seed);
    this.evaluating = used(Tape.evaluating(backend));
  }

  /** Returns the seed given by the system property {@code fjord.test.seed}, or the usual one. */
  public static long defaultSeed() {
    return Long.getLong("fjord.test.seed", 20_260_101L);
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /** Returns the source of what is drawn. */
  public RandomGenerator random() {
    return random;
  }

  /** Draws a matrix with elements uniform in [from, to). */
  public Matrix uniform(int rows, int cols, double from, double to) {
    double[] values = new double[rows * cols];
    Arrays.setAll(values, i -> random.nextDouble(from, to));
    Matrix m = backend.allocate(rows, cols);
    backend.upload(values, 0, m);
    return m;
  }

  /**
   * Registers an input without tangents.
   *
   * @param value its gradient is checked. Moved while checking, put back after.
   */
  public void input(Matrix value) {
    inputs.add(new Input(value, value.rows()));
  }

  /**
   * Registers an input with constant tangents; all such inputs need the same number of them.
   *
   * @param stack [value; tangent 1; ...]. Moved while checking, put back after.
   * @param rows rows of the value
   */
  public void input(Matrix stack, int rows) {
    inputs.add(new Input(stack, rows));
  }

  /**
   * Registers a parameter that the function reads by {@link Tape#parameter}.
   *
   * @param parameter its gradient is checked. Moved while checking, put back after; the gradient is
   *     overwritten.
   */
  public void parameter(Parameter parameter) {
    parameters.add(parameter);
  }

  /**
   * Asserts that tangent k of the function is the derivative of its value as every input moves
   * along its own tangent k, and that it has as many tangents as they.
   *
   * @param rtol tolerance, relative to the largest derivative
   */
  public void assertTangents(double rtol, TapeFunction f) {
    int tangents = inputs.stream().mapToInt(Input::tangents).max().orElse(0);
    Tape tape = Tape.evaluating(backend);
    Var y = f.apply(tape, vars(tape));
    double scale = largest(download(y.value()));
    assertEquals(y.rows() == 0 ? 0 : tangents, y.tangents(), () -> "tangents" + context());
    for (int k = 0; k < y.tangents(); k++) {
      double[] expected = directional(k, f);
      compare(rtol, scale, expected, download(y.tangent(k)), "tangent " + k);
    }
  }

  /**
   * Asserts that gradients of a random linear functional of the function's value and tangents are
   * its derivatives, for every registered input and parameter; and that a tape that only evaluates
   * gives the same bits.
   *
   * @param rtol tolerance, relative to the largest derivative by the same input or parameter
   */
  public void assertGradients(double rtol, TapeFunction f) {
    TapeFunction scalar = (tape, vars) -> functional(tape, f.apply(tape, vars));
    for (Parameter parameter : parameters) {
      backend.fill(0, parameter.gradient());
    }
    Tape tape = used(Tape.recording(backend));
    List<Var> vars = vars(tape);
    Var loss = scalar.apply(tape, vars);
    double value = download(loss.value())[0];
    tape.backward(loss);
    // A backend may add up in another order where nothing is kept.
    double rounding = 8 * Math.ulp(Math.max(1, Math.abs(value)));
    assertEquals(
        value, values(scalar)[0], rounding, () -> "recorded and evaluated only" + context());
    for (int i = 0; i < inputs.size(); i++) {
      double[] expected = gradient(inputs.get(i).value(), scalar);
      compare(rtol, value, expected, download(vars.get(i).gradient()), "gradient of input " + i);
    }
    for (Parameter parameter : parameters) {
      double[] expected = gradient(parameter.value(), scalar);
      double[] got = download(parameter.gradient());
      compare(rtol, value, expected, got, "gradient of parameter " + parameter.name());
    }
  }

  /** Asserts both; see {@link #assertTangents} and {@link #assertGradients}. */
  public void assertDerivatives(double rtol, TapeFunction f) {
    assertTangents(rtol, f);
    assertGradients(rtol, f);
  }

  /**
   * Reduces a value and its tangents to a scalar: the sum of all elements, each with its own fixed
   * factor of size 1/2 to 3/2 and random sign.
   */
  public Var functional(Tape tape, Var y) {
    return functional(seed, tape, y);
  }

  /** The same functional of a seed, on a backend of any type. */
  static Var functional(long seed, Tape tape, Var y) {
    RandomGenerator factors = new SplittableRandom(~seed);
    Var sum = dot(tape, tape.value(y), factors);
    for (int k = 0; k < y.tangents(); k++) {
      sum = tape.add(sum, dot(tape, tape.tangent(y, k), factors));
    }
    return sum;
  }

  private static Var dot(Tape tape, Var x, RandomGenerator factors) {
    Matrix weights = tape.take(x.rows(), x.cols());
    double[] w = new double[weights.size()];
    for (int i = 0; i < w.length; i++) {
      w[i] = (factors.nextBoolean() ? 1 : -1) * factors.nextDouble(0.5, 1.5);
    }
    tape.backend().upload(w, 0, weights);
    return tape.columnSum(tape.rowSum(tape.multiply(x, tape.constant(weights))));
  }

  /** Leaves NaN in a tape's memory, where reading before writing shows. */
  private Tape used(Tape tape) {
    backend.fill(Double.NaN, tape.take(1, 1 << 14));
    tape.reset();
    return tape;
  }

  private List<Var> vars(Tape tape) {
    return inputs.stream().map(input -> tape.input(input.stack(), input.rows())).toList();
  }

  private double[] values(TapeFunction f) {
    evaluating.reset();
    return download(f.apply(evaluating, vars(evaluating)).value());
  }

  /** The derivatives of a scalar by every element of a matrix. */
  private double[] gradient(Matrix at, TapeFunction scalar) {
    double[] x = download(at);
    double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      int element = i;
      DoubleConsumer move =
          h -> {
            double[] moved = x.clone();
            moved[element] += h;
            backend.upload(moved, 0, at);
          };
      result[i] = difference(move, () -> values(scalar))[0];
    }
    return result;
  }

  /** The derivative of a value as all inputs move along their tangents k. */
  private double[] directional(int k, TapeFunction f) {
    List<double[]> values = inputs.stream().map(input -> download(input.value())).toList();
    DoubleConsumer move =
        h -> {
          for (int i = 0; i < values.size(); i++) {
            Input input = inputs.get(i);
            backend.upload(values.get(i), 0, input.value());
            if (input.tangents() > 0 && h != 0) {
              backend.add(h, input.tangent(k), 1, input.value());
            }
          }
        };
    return difference(move, () -> values(f));
  }

  /** Moves there and back, and ends where it began. */
  private static double[] difference(DoubleConsumer move, Supplier<double[]> function) {
    double[] far = change(2 * STEP, move, function);
    double[] near = change(STEP, move, function);
    move.accept(0);
    double[] result = new double[near.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (8 * near[i] - far[i]) / (12 * STEP);
    }
    return result;
  }

  private static double[] change(double h, DoubleConsumer move, Supplier<double[]> function) {
    move.accept(h);
    double[] ahead = function.get();
    move.accept(-h);
    double[] behind = function.get();
    for (int i = 0; i < ahead.length; i++) {
      ahead[i] -= behind[i];
    }
    return ahead;
  }

  private double[] download(Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }

  /** Below a thousandth of the function's own size, differences are rounding errors. */
  private void compare(double rtol, double value, double[] expected, double[] got, String what) {
    double bound = rtol * (largest(expected) + 1e-3 * Math.max(1, Math.abs(value)));
    for (int i = 0; i < expected.length; i++) {
      if (!(Math.abs(got[i] - expected[i]) <= bound)) {
        fail(
            "%s, element %d: %s, expected %s within %s%s"
                .formatted(what, i, got[i], expected[i], bound, context()));
      }
    }
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).max().orElse(0);
  }

  private String context() {
    return "; %s on %s, seed %d".formatted(name, backend.name(), seed);
  }
}
