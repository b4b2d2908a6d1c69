package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.internal.layers.TarFlowBlock;
import org.fjordflow.discrete.internal.layers.TokenDecoder;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.fjordflow.nd4j.Nd4jBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens, patches and caches of TarFlow; all else is in the contract. */
final class TarFlowTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int TOKENS = 5;
  private static final int SIZE = 2;

  /** Values that hide nothing: random, beside those that a flow starts with. */
  static void shake(Parameters parameters, double width) {
    RandomGenerator random = new SplittableRandom(SEED);
    double[] values = parameters.get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-width, width);
    }
    parameters.set(values);
  }

  private static double[][] rows(int n, int cols, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> random.doubles(cols, -1.5, 1.5).toArray());
    return rows;
  }

  private static TarFlowBlock block(Parameters parameters, int contextSize) {
    TarFlowBlock block =
        TarFlowBlock.create(
            parameters,
            "b",
            TOKENS,
            SIZE,
            contextSize,
            new TransformerConfig(2, 6, 3, Activation.SWISH),
            new SplittableRandom(SEED));
    shake(parameters, 0.3);
    return block;
  }

  private static double[] parametersOf(TarFlowBlock block, Backend backend, Matrix x) {
    Tape tape = Tape.evaluating(backend);
    return Elements.of(backend, block.network().apply(tape, tape.constant(x), null).value());
  }

  @Test
  void parametersOfATokenDependOnTheTokensBeforeItAlone() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      TarFlowBlock block = block(new Parameters(backend), 0);
      GradientCheck check = new GradientCheck(backend, SEED, "causality");
      Matrix x = check.uniform(3, TOKENS * SIZE, -1, 1);
      double[] before = parametersOf(block, backend, x);
      int token = 2;
      double[] values = Elements.of(backend, x);
      for (int e = 0; e < values.length; e++) {
        values[e] += e % (TOKENS * SIZE) / SIZE >= token ? 1 : 0;
      }
      backend.upload(values, 0, x);
      double[] after = parametersOf(block, backend, x);
      int perToken = 2 * SIZE;
      for (int e = 0; e < after.length; e++) {
        boolean same = e / perToken % TOKENS <= token;
        assertEquals(same, before[e] == after[e], "parameter " + e + ", seed " + SEED);
      }
    }
  }

  /** Token after token, with caches, what all tokens get at once. */
  @ParameterizedTest
  @EnumSource
  void cachesChangeNothing(DType dtype) {
    try (Backend cpu = new CpuBackend(dtype);
        Backend nd4j = new Nd4jBackend(dtype)) {
      for (Backend backend : new Backend[] {cpu, nd4j}) {
        cachesChangeNothing(backend);
      }
    }
  }

  private static void cachesChangeNothing(Backend backend) {
    int n = 4;
    int contextSize = 3;
    TarFlowBlock block = block(new Parameters(backend), contextSize);
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(flat(rows(n, TOKENS * SIZE, 1)), n, TOKENS * SIZE);
    Var context = tape.constant(flat(rows(n, contextSize, 2)), n, contextSize);
    double[] all = Elements.of(backend, block.network().apply(tape, x, context).value());
    TokenDecoder decoder = block.decoder(tape, 0, n, context.value());
    Tape step = Tape.evaluating(backend);
    int perToken = 2 * SIZE;
    for (int t = 0; t < TOKENS; t++) {
      step.reset();
      Matrix previous = t == 0 ? null : step.columns(x, (t - 1) * SIZE, t * SIZE).value();
      double[] one = Elements.of(backend, decoder.next(step, previous).value());
      double[] expected = new double[one.length];
      for (int i = 0; i < n; i++) {
        System.arraycopy(all, (i * TOKENS + t) * perToken, expected, i * perToken, perToken);
      }
      double tolerance = backend.dtype() == DType.FLOAT32 ? 2e-5 : 1e-12;
      assertArrayEquals(expected, one, tolerance, backend.name() + ", token " + t);
    }
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  @Test
  void bothBackendsAgree() {
    double[][] x = rows(6, 8, 3);
    double[][] context = rows(6, 2, 4);
    double[][] scores = new double[2][];
    double[][][] samples = new double[2][][];
    try (Backend cpu = new CpuBackend(DType.FLOAT64);
        Backend nd4j = new Nd4jBackend(DType.FLOAT64)) {
      Backend[] backends = {cpu, nd4j};
      for (int i = 0; i < 2; i++) {
        Parameters parameters = new Parameters(backends[i]);
        Flow flow =
            Flows.tarFlow(8, 4, 2, 6).withContext(2).create(parameters, new SplittableRandom(SEED));
        shake(parameters, 0.2);
        scores[i] = flow.logProb(x, Context.of(context), new SplittableRandom(5));
        samples[i] = flow.sample(6, Context.of(context), new SplittableRandom(5));
      }
    }
    assertArrayEquals(scores[0], scores[1], 1e-10);
    assertArrayEquals(flat(samples[0]), flat(samples[1]), 1e-10);
  }

  /** Rows in several parts, as many as memory allows, and one at a time. */
  @Test
  void partsOfRowsChangeNothing() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      Flow flow = Flows.tarFlow(64, 32, 2, 8).create(parameters, new SplittableRandom(SEED));
      shake(parameters, 0.1);
      int n = 1300;
      double[][] x = rows(n, 64, 7);
      double[][] z = flow.toBase(x, Context.none(), new SplittableRandom(1));
      double[][] back = flow.fromBase(z, Context.none(), new SplittableRandom(1));
      assertArrayEquals(flat(x), flat(back), 1e-9);
      double[] all = flow.logProb(x, Context.none(), new SplittableRandom(1));
      double[] some = flow.withChunkRows(7).logProb(x, Context.none(), new SplittableRandom(1));
      assertArrayEquals(all, some, 1e-9);
    }
  }

  @Test
  void patchesAreSquaresOfPixels() {
    ImagePatches patches = new ImagePatches(new ImageShape(4, 6, 1), 2);
    assertEquals(6, patches.tokens());
    int[] order = patches.permutation().positions();
    // Pixel (row 2, column 5) is in the last patch of the second row of patches, in its corner.
    assertEquals(5 * 4 + 1, order[2 * 6 + 5]);
    assertEquals(0, order[0]);
    assertEquals(2, order[6]);
    ImagePatches colours = new ImagePatches(new ImageShape(2, 2, 3), 1);
    assertArrayEquals(new int[] {0, 1, 2, 3}, Arrays.copyOf(colours.permutation().positions(), 4));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> new ImagePatches(new ImageShape(4, 5, 1), 2).patch());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new TarFlowConfig(24, 0, 4, 1, TransformerConfig.of(1, 4), patches).dim(),
        "6 patches");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new TransformerConfig(1, 6, 4, Activation.RELU).depth());
  }

  @Test
  void imagesOf28By28() {
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Parameters parameters = new Parameters(backend);
      Flow flow =
          Flows.tarFlow(new ImagePatches(new ImageShape(28, 28, 1), 4), 2, 32)
              .withContext(10)
              .create(parameters, new SplittableRandom(SEED));
      shake(parameters, 0.01);
      double[][] context = new double[3][10];
      context[1][4] = 1;
      double[][] samples = flow.sample(3, Context.of(context), new SplittableRandom(2));
      assertEquals(784, samples[0].length);
      double[][] z = flow.toBase(samples, Context.of(context), new SplittableRandom(2));
      double[][] again = flow.fromBase(z, Context.of(context), new SplittableRandom(2));
      assertArrayEquals(flat(samples), flat(again), 1e-3);
      double[] scores = flow.logProb(samples, Context.of(context), new SplittableRandom(2));
      assertTrue(Arrays.stream(scores).allMatch(Double::isFinite));
    }
  }

  @Test
  void sizesOfABlockAreChecked() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      TransformerConfig config = TransformerConfig.of(1, 4);
      RandomGenerator random = new SplittableRandom(SEED);
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> TarFlowBlock.create(parameters, "a", 0, 1, 0, config, random).dim());
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> TarFlowBlock.create(parameters, "a", 1, 1, -1, config, random).dim());
    }
    assertEquals(4, TransformerConfig.of(1, 64).heads());
    assertEquals(1, TransformerConfig.of(1, 10).heads());
  }
}
