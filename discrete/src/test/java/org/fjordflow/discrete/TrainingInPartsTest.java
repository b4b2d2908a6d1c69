package org.fjordflow.discrete;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Loss and gradient of a batch in parts are those of the whole batch, with any number of threads.
 */
final class TrainingInPartsTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int DIM = 5;
  private static final int WIDE = 256;

  /** The same map, of which it is not known that it maps each row by itself. */
  private record Together(Bijection bijection) implements Bijection {
    @Override
    public int dim() {
      return bijection.dim();
    }

    @Override
    public int contextSize() {
      return bijection.contextSize();
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      return bijection.forward(pass, x, context);
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      return bijection.inverse(pass, z, context);
    }
  }

  static Stream<FlowConfig> flows() {
    return Stream.of(
        Flows.maf(DIM, 2, 16),
        Flows.maf(DIM, 2, 16).withContext(2).withOrdering(AutoregressiveConfig.Ordering.RANDOM),
        Flows.iaf(DIM, 2, 8),
        Flows.autoregressiveNsf(DIM, 2, 16),
        Flows.nsf(DIM, 2, 16),
        Flows.glow(DIM, 2, 16).withContext(2),
        Flows.maf(DIM, 2, 16).withBatchNormalization(),
        Flows.planar(DIM, 2),
        // Of rows as wide as images a part has few.
        Flows.maf(WIDE, 1, 4));
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  private static double[][] normal(int rows, int cols, RandomGenerator random) {
    return Stream.generate(() -> DoubleStream.generate(random::nextGaussian).limit(cols).toArray())
        .limit(rows)
        .toArray(double[][]::new);
  }

  private static Batch batch(int rows, int dim, int contextSize) {
    RandomGenerator random = random();
    double[][] x = normal(rows, dim, random);
    return contextSize == 0 ? Batch.of(x) : new Batch(x, normal(rows, contextSize, random));
  }

  /** Loss and gradient, twice with other parameters between. */
  private static double[] twoSteps(FlowConfig config, Backend backend, int rows, boolean parts) {
    Parameters parameters = new Parameters(backend);
    Flow flow = config.create(parameters, random());
    if (!parts) {
      flow = new Flow(flow.base(), new Together(flow.bijection()), backend);
    }
    Objective objective = Objectives.negativeLogLikelihood(flow);
    Batch batch = batch(rows, config.dim(), config.contextSize());
    Tape tape = Tape.recording(backend);
    double[] result = {};
    for (int step = 1; step <= 2; step++) {
      move(parameters, step);
      tape.reset();
      parameters.zeroGradient();
      Pass pass = Pass.training(tape, random());
      // Two losses on one tape: what the first one keeps must outlive the second.
      Var first = objective.loss(pass, batch);
      Var second = objective.loss(pass, batch.slice(0, (rows + 1) / 2));
      Var loss = tape.sum(3, first, -1, second);
      tape.backward(loss);
      result = joined(result, Elements.of(backend, loss.value()), parameters.gradient());
      Tape evaluating = Tape.evaluating(backend);
      Var again = objective.loss(Pass.training(evaluating, random()), batch);
      assertArrayEquals(Elements.of(backend, first.value()), Elements.of(backend, again.value()));
    }
    return result;
  }

  private static void move(Parameters parameters, int step) {
    double[] values = parameters.get();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.2 * Math.sin(step + i);
    }
    parameters.set(values);
  }

  private static double[] joined(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
  }

  @ParameterizedTest
  @MethodSource("flows")
  void lossAndGradientAreThoseOfTheWholeBatch(FlowConfig config) {
    for (int rows : new int[] {1, 129, 1700}) {
      try (Backend backend = new CpuBackend(DType.FLOAT64)) {
        double[] expected = twoSteps(config, backend, rows, false);
        double[] got = twoSteps(config, backend, rows, true);
        double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertEquals(expected.length, got.length);
        assertArrayEquals(expected, got, 1e-12 * size, rows + " rows, seed " + SEED);
        assertTrue(Arrays.stream(got).filter(g -> g != 0).count() > got.length / 10);
      }
    }
  }

  static Stream<FlowConfig> dropping() {
    return Stream.of(
        Flows.maf(DIM, 2, 16).withDropout(0.2),
        Flows.iaf(DIM, 1, 8).withContext(2).withDropout(0.2),
        Flows.nsf(DIM, 2, 16).withDropout(0.5));
  }

  @ParameterizedTest
  @MethodSource({"flows", "dropping"})
  void threadsChangeNoBit(FlowConfig config) {
    double[] one = {};
    for (int threads : new int[] {1, 2, 5}) {
      try (Backend backend = new CpuBackend(DType.FLOAT32, threads)) {
        double[] got = twoSteps(config, backend, 700, true);
        one = threads == 1 ? got : one;
        assertArrayEquals(one, got, threads + " threads, seed " + SEED);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("flows")
  void otherBackendsAgree(FlowConfig config) {
    try (Backend cpu = new CpuBackend(DType.FLOAT64);
        Backend other = Backends.create("nd4j", DType.FLOAT64, 2)) {
      double[] expected = twoSteps(config, cpu, 300, true);
      double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      assertArrayEquals(expected, twoSteps(config, other, 300, true), 1e-10 * size);
    }
  }
}
