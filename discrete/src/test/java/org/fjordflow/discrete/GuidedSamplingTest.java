package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.internal.layers.TarFlowBlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guidance mixes parameters as the paper says, and without weight does nothing. */
final class GuidedSamplingTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int DIM = 6;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  private Flow flow(int layers) {
    Flow flow = Flows.tarFlow(DIM, 3, layers, 8).withContext(2).create(parameters, random());
    TarFlowTest.shake(parameters, 0.3);
    return flow;
  }

  private static double[][] contexts(int n) {
    double[][] contexts = new double[n][2];
    for (int i = 0; i < n; i++) {
      contexts[i][i % 2] = 1;
    }
    return contexts;
  }

  private static double largestDifference(double[][] a, double[][] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        largest = Math.max(largest, Math.abs(a[i][j] - b[i][j]));
      }
    }
    return largest;
  }

  @Test
  void withoutWeightSamplesAreThoseOfTheFlow() {
    Flow flow = flow(3);
    double[][] plain = flow.sample(7, Context.of(contexts(7)), random());
    for (boolean growing : new boolean[] {true, false}) {
      double[][] zero = new GuidedSampling(flow, 0, growing).sample(contexts(7), random());
      assertEquals(0, largestDifference(plain, zero));
      // The mixture itself, too.
      double[][] tiny = new GuidedSampling(flow, 1e-12, growing).sample(contexts(7), random());
      assertTrue(largestDifference(plain, tiny) < 1e-9);
      double[][] some = new GuidedSampling(flow, 1, growing).sample(contexts(7), random());
      assertTrue(largestDifference(plain, some) > 1e-3);
    }
    // Without a context there is nothing to be guided away from.
    double[][] none = new double[7][2];
    double[][] free = flow.sample(7, Context.of(none), random());
    double[][] guided = GuidedSampling.growing(flow, 2).sample(none, random());
    assertTrue(largestDifference(free, guided) < 1e-9);
  }

  /** One block: z follows from x by parameters of x, which are mixed here once more. */
  @Test
  void parametersAreMixedWithGrowingWeights() {
    Flow flow = flow(1);
    TarFlowBlock block = (TarFlowBlock) ((Composition) flow.bijection()).parts().get(0);
    double weight = 1.7;
    int n = 4;
    double[][] base = DiagonalNormal.standard(DIM).sample(n, random());
    double[][] x = GuidedSampling.growing(flow, weight).sample(contexts(n), random());
    double[] conditional = affine(block, x, contexts(n));
    double[] free = affine(block, x, new double[n][2]);
    for (int e = 0; e < n * DIM; e++) {
      int token = e % DIM / 2;
      double w = weight * token / 2;
      double mu = mixed(w, conditional[2 * e], free[2 * e]);
      double alpha =
          mixed(
              w,
              TarFlowBlock.logScale(conditional[2 * e + 1]),
              TarFlowBlock.logScale(free[2 * e + 1]));
      double expected = base[e / DIM][e % DIM] * Math.exp(alpha) + mu;
      assertEquals(expected, x[e / DIM][e % DIM], 1e-10, "element " + e + ", seed " + SEED);
    }
  }

  private static double mixed(double w, double conditional, double free) {
    return (1 + w) * conditional - w * free;
  }

  private double[] affine(TarFlowBlock block, double[][] x, double[][] contexts) {
    Tape tape = Tape.evaluating(backend);
    Var rows = tape.constant(flat(x), x.length, DIM);
    Var context = tape.constant(flat(contexts), contexts.length, 2);
    return Elements.of(backend, block.network().apply(tape, rows, context).value());
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  @Test
  void chunksAndOtherPartsChangeNothing() {
    Flow flow = flow(2);
    double[][] all = GuidedSampling.growing(flow, 1).sample(contexts(9), random());
    double[][] parts =
        GuidedSampling.growing(flow.withChunkRows(4), 1).sample(contexts(9), random());
    assertTrue(largestDifference(all, parts) < 1e-9);
    double[] two = new double[DIM];
    Arrays.fill(two, 2);
    Flow scaled =
        new Flow(
            flow.base(),
            new Composition(List.of(new Standardization(two, two), flow.bijection())),
            backend);
    double[][] moved = GuidedSampling.growing(scaled, 1).sample(contexts(9), random());
    for (int i = 0; i < moved.length; i++) {
      double[] expected = Arrays.stream(all[i]).map(v -> 2 + 2 * v).toArray();
      assertArrayEquals(expected, moved[i], 1e-9);
    }
  }

  @Test
  void flowsWithoutBlocksAndWeightsAreChecked() {
    Flow flow = flow(1);
    Flow unconditional = Flows.tarFlow(DIM, 3, 1, 8).create(new Parameters(backend), random());
    Flow other = Flows.maf(2, 1, 4).withContext(2).create(new Parameters(backend), random());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> GuidedSampling.growing(unconditional, 1).weight());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> GuidedSampling.growing(other, 1).weight());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> GuidedSampling.growing(flow, -1).weight());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> GuidedSampling.growing(flow, Double.POSITIVE_INFINITY).weight());
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> GuidedSampling.growing(flow, 1).sample(new double[2][3], random()));
  }
}
