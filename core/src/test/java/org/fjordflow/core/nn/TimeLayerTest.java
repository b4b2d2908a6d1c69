package org.fjordflow.core.nn;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** FFJORD's layers against {@link PlainNetworks}, and their derivatives against differences. */
final class TimeLayerTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int IN = 3;
  private static final int OUT = 4;
  private static final int ROWS = 5;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator seeded() {
    return new SplittableRandom(SEED);
  }

  private TimeLayer create(TimeLayerKind kind) {
    TimeLayer layer = kind.create(parameters, "l", IN, OUT, seeded());
    // Initial zeros would hide what they are multiplied with.
    double[] values = parameters.get();
    RandomGenerator random = seeded();
    Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.5, 0.5));
    parameters.set(values);
    return layer;
  }

  /** The arrays of FFJORD's code with their shapes, in the order of its state dictionary. */
  private static Map<String, List<Integer>> arrays(TimeLayerKind kind) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    switch (kind) {
      case IGNORE -> linear(shapes, "l._layer", IN, OUT);
      case CONCAT, CONCATCOORD -> linear(shapes, "l._layer", IN + 1, OUT);
      case CONCAT_V2 -> {
        linear(shapes, "l._layer", IN, OUT);
        shapes.put("l._hyper_bias.weight", List.of(OUT, 1));
      }
      case SQUASH -> {
        linear(shapes, "l._layer", IN, OUT);
        linear(shapes, "l._hyper", 1, OUT);
      }
      case CONCATSQUASH -> {
        linear(shapes, "l._layer", IN, OUT);
        shapes.put("l._hyper_bias.weight", List.of(OUT, 1));
        linear(shapes, "l._hyper_gate", 1, OUT);
      }
      case HYPER -> {
        linear(shapes, "l._hypernet.0", 1, 8);
        linear(shapes, "l._hypernet.2", 8, OUT * IN + OUT);
      }
      case BLEND -> {
        linear(shapes, "l._layer0", IN, OUT);
        linear(shapes, "l._layer1", IN, OUT);
      }
    }
    return shapes;
  }

  private static void linear(Map<String, List<Integer>> shapes, String name, int in, int out) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }

  @ParameterizedTest
  @EnumSource
  void namesAndShapesAreThoseOfFfjordsCode(TimeLayerKind kind) {
    kind.create(parameters, "l", IN, OUT, seeded());
    Map<String, List<Integer>> got = new LinkedHashMap<>();
    parameters.entries().forEach(e -> got.put(e.parameter().name(), e.shape()));
    assertEquals(arrays(kind), got);
    assertEquals(List.copyOf(arrays(kind).keySet()), List.copyOf(got.keySet()));
  }

  private static Var at(TimeLayer layer, Tape tape, Var t, Var x, Elementwise f) {
    return layer.apply(tape, layer.prepare(tape, t), x, f);
  }

  @ParameterizedTest
  @EnumSource
  void valuesAreThoseOfTheFormula(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    PlainNetworks plain = new PlainNetworks(parameters);
    double[] x = seeded().doubles(ROWS * IN, -2, 2).toArray();
    for (double t : new double[] {0, 0.37, 1, -1.5}) {
      for (Elementwise f : new Elementwise[] {Elementwise.IDENTITY, Elementwise.SOFTPLUS}) {
        Tape tape = Tape.evaluating(backend);
        Var y = at(layer, tape, tape.constant(t), tape.constant(x, ROWS, IN), f);
        double[] got = new double[ROWS * OUT];
        backend.download(y.value(), got, 0);
        for (int i = 0; i < ROWS; i++) {
          double[] row = Arrays.copyOfRange(x, i * IN, (i + 1) * IN);
          assertArrayEquals(
              PlainNetworks.map(plain.timeLayer(kind, "l", t, row), f::value),
              Arrays.copyOfRange(got, i * OUT, (i + 1) * OUT),
              1e-13,
              "t = %s, row %d, seed %d".formatted(t, i, SEED));
        }
      }
    }
  }

  /** Every row of what is prepared for several times belongs to one of them alone. */
  @ParameterizedTest
  @EnumSource
  void timesArePreparedTogetherAsOneByOne(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    double[] times = {0, 0.37, 1, -1.5, 0.37};
    Tape tape = Tape.evaluating(backend);
    Var all = layer.prepare(tape, tape.constant(times, times.length, 1));
    int width = layer.prepared();
    assertEquals(times.length, all.rows());
    assertEquals(width, all.cols());
    assertEquals(OUT, layer.outputs());
    double[] together = new double[times.length * width];
    backend.download(all.value(), together, 0);
    for (int i = 0; i < times.length; i++) {
      double[] alone = new double[width];
      backend.download(layer.prepare(tape, tape.constant(times[i])).value(), alone, 0);
      double[] row = Arrays.copyOfRange(together, i * width, (i + 1) * width);
      assertArrayEquals(alone, row, 1e-15, "t = " + times[i]);
    }
    assertEquals(0, layer.prepare(tape, tape.constant(new double[0], 0, 1)).rows());
  }

  @ParameterizedTest
  @EnumSource
  void derivativesAgreeWithFiniteDifferences(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    for (int tangents = 0; tangents <= 2; tangents++) {
      GradientCheck check = new GradientCheck(backend, SEED, kind.id());
      check.input(check.uniform((1 + tangents) * ROWS, IN, -1, 1), ROWS);
      check.input(check.uniform(1, 1, 0.2, 0.8));
      parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
      // The check moves every input along its tangents; time has none.
      check.assertDerivatives(
          1e-8, (tape, in) -> at(layer, tape, in.get(1), in.get(0), Elementwise.TANH));
    }
  }

  @ParameterizedTest
  @EnumSource
  void derivativesWithATimeOfEachRowAgreeWithFiniteDifferences(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    for (int tangents = 0; tangents <= 2; tangents++) {
      for (boolean timesMove : new boolean[] {false, true}) {
        GradientCheck check = new GradientCheck(backend, SEED, kind.id());
        check.input(check.uniform((1 + tangents) * ROWS, IN, -1, 1), ROWS);
        int times = timesMove ? (1 + tangents) * ROWS : ROWS;
        check.input(check.uniform(times, 1, 0.2, 0.8), ROWS);
        parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
        check.assertDerivatives(
            1e-8, (tape, in) -> at(layer, tape, in.get(1), in.get(0), Elementwise.TANH));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void onlyWhatIgnoresTimeHasNoGradientForIt(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    Tape tape = Tape.recording(backend);
    Var t = tape.input(tape.constant(0.4).value());
    double[] x = seeded().doubles(ROWS * IN, -2, 2).toArray();
    Var y = at(layer, tape, t, tape.constant(x, ROWS, IN), Elementwise.TANH);
    tape.backward(tape.mean(y));
    double[] gradient = new double[1];
    backend.download(t.gradient(), gradient, 0);
    assertEquals(kind == TimeLayerKind.IGNORE, gradient[0] == 0);
    double[] ofParameters = parameters.gradient();
    for (Parameters.Entry e : parameters.entries()) {
      int to = e.offset() + e.parameter().value().size();
      assertTrue(
          Arrays.stream(ofParameters, e.offset(), to).anyMatch(g -> g != 0), e.parameter().name());
    }
  }

  @ParameterizedTest
  @EnumSource
  void noRowsGiveNone(TimeLayerKind kind) {
    TimeLayer layer = create(kind);
    Tape tape = Tape.recording(backend);
    Var x = tape.constant(new double[0], 0, IN);
    Var y = at(layer, tape, tape.constant(0.5), x, Elementwise.TANH);
    assertEquals(0, y.rows());
    assertEquals(OUT, y.cols());
    tape.backward(tape.mean(y));
    assertArrayEquals(new double[parameters.size()], parameters.gradient());
    Var noTimes = tape.constant(new double[0], 0, 1);
    assertEquals(OUT, at(layer, tape, noTimes, x, Elementwise.TANH).cols());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HYPER")
  void initialValuesArePyTorchsDefaults(TimeLayerKind kind) {
    kind.create(parameters, "l", 16, 50, seeded());
    double[] values = parameters.get();
    int inputs = 1;
    for (Parameters.Entry entry : parameters.entries()) {
      // A bias follows its weight and is bounded by the same number of inputs.
      inputs = entry.shape().size() == 2 ? entry.shape().get(1) : inputs;
      double bound = 1 / Math.sqrt(inputs);
      int to = entry.offset() + entry.parameter().value().size();
      double largest = Arrays.stream(values, entry.offset(), to).map(Math::abs).max().orElse(0);
      String name = entry.parameter().name() + ", seed " + SEED;
      assertTrue(largest <= bound && largest > 0.8 * bound, name + ": " + largest);
    }
  }

  @Test
  void theNetworkOfHyperStartsAlmostAtZero() {
    TimeLayerKind.HYPER.create(parameters, "l", 16, 50, seeded());
    for (Parameters.Entry entry : parameters.entries()) {
      double[] values = new PlainNetworks(parameters).array(entry.parameter().name());
      double squares = Arrays.stream(values).map(v -> v * v).average().orElse(0);
      boolean weight = entry.shape().size() == 2;
      if (weight || values.length > 100) {
        assertEquals(weight ? 0 : 0.01, Math.sqrt(squares), 1e-3, entry.parameter().name());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameSeedSameInitialValues(TimeLayerKind kind) {
    List<double[]> drawn =
        Stream.of(SEED, SEED, SEED + 1)
            .map(
                seed -> {
                  Parameters p = new Parameters(backend);
                  kind.create(p, "l", IN, OUT, new SplittableRandom(seed));
                  return p.get();
                })
            .toList();
    assertArrayEquals(drawn.get(0), drawn.get(1));
    assertTrue(!Arrays.equals(drawn.get(0), drawn.get(2)));
  }

  @Test
  void kindsAreFoundByFfjordsNames() {
    List<String> names =
        List.of(
            "ignore",
            "concat",
            "concat_v2",
            "squash",
            "concatsquash",
            "concatcoord",
            "hyper",
            "blend");
    assertEquals(names, Stream.of(TimeLayerKind.values()).map(TimeLayerKind::id).toList());
    names.forEach(name -> assertEquals(name, TimeLayerKind.of(name).id()));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> TimeLayerKind.of("concatenate"), "concat_v2");
  }
}
