package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.cnf.ContinuousConfig.Images.Network;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fields of images: derivatives of both orders against differences, rows one by one. */
final class ImageFieldsTest {

  private static final ImageShape SHAPE = new ImageShape(3, 2, 2);
  private static final int CONTEXT = 2;
  private static final int ROWS = 3;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static Stream<Network> networks() {
    return Stream.of(
        new Network.Convolutions("concat", List.of(3), "softplus"),
        new Network.Convolutions("concatsquash", List.of(3, 3), "tanh"),
        new Network.Convolutions("gated", List.of(3), "tanh"),
        new Network.Unet(List.of(4, 8), 1));
  }

  private VectorField field(Network network) {
    SplittableRandom random = new SplittableRandom(SEED);
    VectorField field = network.field(SHAPE, CONTEXT, parameters, "f", random);
    double[] values = parameters.get();
    Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.3, 0.3));
    parameters.set(values);
    return field;
  }

  /** Value, tangents, and what is swept back of both, with one time and with times of rows. */
  @ParameterizedTest
  @MethodSource("networks")
  void derivativesAgreeWithFiniteDifferences(Network network) {
    VectorField field = field(network);
    for (int times : new int[] {1, 2}) {
      GradientCheck check = new GradientCheck(backend, SEED, network + " at " + times);
      check.input(check.uniform(times, 1, 0, 1), times);
      check.input(check.uniform(2 * 2, SHAPE.size(), -1, 1), 2);
      check.input(check.uniform(2, CONTEXT, -1, 1), 2);
      check.assertDerivatives(1e-7, (tape, in) -> field.at(tape, in.get(0), in.get(1), in.get(2)));
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void rowsTogetherAreRowsOneByOne(Network network) {
    VectorField field = field(network);
    double[] times = SmallModels.rows(ROWS, 1, SEED);
    double[] z = SmallModels.rows(ROWS, SHAPE.size(), SEED + 1);
    double[] context = SmallModels.rows(ROWS, CONTEXT, SEED + 2);
    double[] together = stack(field, times, z, context);
    double[] alone =
        IntStream.range(0, ROWS)
            .mapToObj(
                i ->
                    stack(
                        field,
                        Arrays.copyOfRange(times, i, i + 1),
                        Arrays.copyOfRange(z, i * SHAPE.size(), (i + 1) * SHAPE.size()),
                        Arrays.copyOfRange(context, i * CONTEXT, (i + 1) * CONTEXT)))
            .flatMapToDouble(Arrays::stream)
            .toArray();
    assertArrayEquals(alone, together, 1e-12, network + ", seed " + SEED);
  }

  /** Value and one tangent of each row, side by side. */
  private double[] stack(VectorField field, double[] times, double[] z, double[] context) {
    int n = times.length;
    Tape tape = Tape.evaluating(backend);
    double[] both = Arrays.copyOf(z, 2 * z.length);
    for (int i = 0; i < z.length; i++) {
      both[z.length + i] = Math.sin(i % SHAPE.size());
    }
    Matrix given = backend.allocate(2 * n, SHAPE.size());
    backend.upload(both, 0, given);
    Var y =
        field.at(
            tape,
            tape.constant(times, n, 1),
            tape.input(given, n),
            tape.constant(context, n, CONTEXT));
    return SmallModels.read(backend, tape.concat(tape.value(y), tape.tangent(y, 0)).value());
  }
}
