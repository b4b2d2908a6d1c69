package org.fjordflow.core.nn;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.internal.Initializers;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dense layers and networks of them against plain loops. */
final class NetworksTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int ROWS = 6;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  private double[] row(Var y, int i) {
    double[] values = new double[y.cols()];
    backend.download(y.value().rows(i, i + 1), values, 0);
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void aNetworkIsItsFormula(Activation activation) {
    Mlp mlp = Mlp.create(parameters, "net", List.of(3, 7, 5, 2), activation, random);
    double[] x = random.doubles(ROWS * 3L, -2, 2).toArray();
    Tape tape = Tape.evaluating(backend);
    Var y = mlp.apply(tape, tape.constant(x, ROWS, 3));
    assertEquals(2, y.cols());
    PlainNetworks plain = new PlainNetworks(parameters);
    for (int i = 0; i < ROWS; i++) {
      double[] in = Arrays.copyOfRange(x, i * 3, (i + 1) * 3);
      double[] expected =
          plain.mlp(List.of("net.0", "net.1", "net.2"), activation.function()::value, in);
      assertArrayEquals(expected, row(y, i), 1e-12, "row " + i + ", seed " + SEED);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RELU") // its kinks are everywhere
  void derivativesOfANetworkAgreeWithFiniteDifferences(Activation activation) {
    Mlp mlp = Mlp.create(parameters, "net", List.of(3, 5, 2), activation, random);
    GradientCheck check = new GradientCheck(backend, SEED, activation.id());
    check.input(check.uniform(3 * ROWS, 3, -1, 1), ROWS);
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    // Second derivatives of elu jump at zero, which some of the samples pass.
    double rtol = activation == Activation.ELU ? 1e-3 : 1e-7;
    check.assertDerivatives(rtol, (tape, in) -> mlp.apply(tape, in.get(0)));
  }

  @Test
  void aLayerWithoutBiasIsALinearMap() {
    Dense dense = Dense.withoutBias(parameters, "d", 3, 2, random);
    assertNull(dense.bias());
    assertEquals(List.of("d.weight"), names());
    double[] w = parameters.get();
    Tape tape = Tape.evaluating(backend);
    Var y = dense.apply(tape, tape.constant(new double[] {1, -2, 3}, 1, 3), Elementwise.SQUARE);
    double first = w[0] - 2 * w[1] + 3 * w[2];
    double second = w[3] - 2 * w[4] + 3 * w[5];
    assertArrayEquals(new double[] {first * first, second * second}, row(y, 0), 1e-14);
  }

  private List<String> names() {
    return parameters.entries().stream().map(e -> e.parameter().name()).toList();
  }

  @Test
  void arraysAreNamedByTheirPlace() {
    Mlp mlp = Mlp.create(parameters, "net", List.of(4, 6, 1), Activation.ELU, random);
    assertEquals(2, mlp.layers().size());
    assertEquals(List.of("net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias"), names());
    assertEquals(
        List.of(List.of(6, 4), List.of(6), List.of(1, 6), List.of(1)),
        parameters.entries().stream().map(Parameters.Entry::shape).toList());
    assertEquals(6 * 4 + 6 + 6 + 1, parameters.size());
  }

  @Test
  void aNetworkOfNothingIsRefused() {
    for (List<Integer> sizes : List.of(List.<Integer>of(), List.of(3), List.of(3, 0, 2))) {
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> Mlp.create(parameters, "net", sizes, Activation.TANH, random));
    }
  }

  @Test
  void anInputOfAnotherWidthIsRefused() {
    Dense dense = Dense.create(parameters, "d", 3, 2, random);
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(new double[4], 1, 4);
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> dense.apply(tape, x, Elementwise.TANH));
  }

  @Test
  void initialValuesAreUniformBetweenTheirBounds() {
    double bound = 1 / Math.sqrt(7);
    double[] values = Initializers.linear(7, 20_000, new SplittableRandom(SEED));
    assertTrue(Arrays.stream(values).allMatch(v -> Math.abs(v) < bound));
    double[][] rows =
        Arrays.stream(values).mapToObj(v -> new double[] {v}).toArray(double[][]::new);
    String what = "seed " + SEED;
    Statistics.assertMean(rows, row -> row[0], 0, what);
    Statistics.assertMean(rows, row -> row[0] * row[0], bound * bound / 3, what);
    Statistics.assertMean(rows, row -> Math.abs(row[0]), bound / 2, what);
    assertArrayEquals(values, Initializers.linear(7, 20_000, new SplittableRandom(SEED)));
  }

  @Test
  void normalInitialValuesHaveTheirDeviation() {
    double[] values = Initializers.normal(0.3, 20_000, new SplittableRandom(SEED));
    double[][] rows =
        Arrays.stream(values).mapToObj(v -> new double[] {v}).toArray(double[][]::new);
    Statistics.assertMoments(rows, new double[1], new double[][] {{0.09}}, "seed " + SEED);
  }

  @Test
  void activationsAreFoundByTheirNames() {
    List<String> names = List.of("tanh", "softplus", "elu", "swish", "relu", "square", "identity");
    assertEquals(names, Stream.of(Activation.values()).map(Activation::id).toList());
    for (String name : names) {
      Activation activation = Activation.of(name);
      assertEquals(name, activation.id());
      assertEquals(activation.name(), activation.function().name());
    }
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Activation.of("Tanh"), "tanh, softplus");
  }
}
