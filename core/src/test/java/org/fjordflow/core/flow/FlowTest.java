package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flow against the closed form of {@link AffineFlow}, and its parts against each other. */
final class FlowTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int N = 23;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final AffineFlow known = new AffineFlow(backend, seeded());
  private final Flow flow = known.flow;
  private final double[][] x = rows(2, 1);
  private final double[][] c = rows(1, 2);
  private final Context context = Context.of(c);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator seeded() {
    return new SplittableRandom(SEED);
  }

  private static double[][] rows(int cols, long stream) {
    RandomGenerator random = new SplittableRandom(SEED + stream);
    double[][] rows = new double[N][];
    for (int i = 0; i < N; i++) {
      rows[i] = random.doubles(cols, -1.5, 1.5).toArray();
    }
    return rows;
  }

  private static void close(double[][] expected, double[][] got, double tolerance) {
    assertEquals(expected.length, got.length);
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], got[i], tolerance, "row " + i + ", seed " + SEED);
    }
  }

  @Test
  void sizesAreThoseOfTheParts() {
    assertEquals(2, flow.dim());
    assertEquals(1, flow.contextSize());
    assertEquals(Flow.DEFAULT_CHUNK_ROWS, flow.chunkRows());
    assertEquals(3, flow.withChunkRows(3).chunkRows());
  }

  @Test
  void logProbIsItsClosedForm() {
    LogDensity density = flow.score(x, context, seeded());
    for (int i = 0; i < N; i++) {
      assertEquals(known.logProb(x[i], c[i][0]), density.logProb()[i], 1e-12, "seed " + SEED);
    }
    assertArrayEquals(new double[N], density.standardError());
    assertArrayEquals(density.logProb(), flow.logProb(x, context, seeded()));
  }

  @Test
  void toBaseIsItsClosedFormAndFromBaseItsInverse() {
    double[][] z = flow.toBase(x, context, seeded());
    for (int i = 0; i < N; i++) {
      assertArrayEquals(known.base(x[i], c[i][0]), z[i], 1e-12, "seed " + SEED);
    }
    close(x, flow.fromBase(z, context, seeded()), 1e-12);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.8, 0, 1.2})
  void samplesHaveTheMomentsOfTheirContext(double given) {
    Context shared = Context.shared(new double[] {given});
    double[][] samples = flow.sample(40_000, shared, seeded());
    String what = "context " + given + ", seed " + SEED;
    Statistics.assertMoments(samples, known.mean(given), known.covariance(given), what);
  }

  @Test
  void aSampleAndItsDensityBelongTogether() {
    Sample sample = flow.sampleAndLogProb(N, context, seeded());
    assertArrayEquals(flow.logProb(sample.rows(), context, seeded()), sample.logProb(), 1e-12);
    close(flow.sample(N, context, seeded()), sample.rows(), 1e-12);
  }

  @Test
  void densityIntegratesToOne() {
    double given = 0.3;
    double[] mean = known.mean(given);
    double[][] covariance = known.covariance(given);
    int cells = 160;
    double[] side = {
      16 * Math.sqrt(covariance[0][0]) / cells, 16 * Math.sqrt(covariance[1][1]) / cells
    };
    double[][] grid = new double[cells * cells][2];
    for (int i = 0; i < grid.length; i++) {
      grid[i][0] = mean[0] + (i % cells - 0.5 * cells) * side[0];
      grid[i][1] = mean[1] + (Math.floorDiv(i, cells) - 0.5 * cells) * side[1];
    }
    double sum = 0;
    for (double logProb : flow.logProb(grid, Context.shared(new double[] {given}), seeded())) {
      sum += Math.exp(logProb) * side[0] * side[1];
    }
    assertEquals(1, sum, 1e-9);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, N - 1, N, N + 1})
  void chunksChangeNothing(int chunkRows) {
    Flow chunked = flow.withChunkRows(chunkRows);
    assertArrayEquals(
        flow.logProb(x, context, seeded()), chunked.logProb(x, context, seeded()), 1e-13);
    close(flow.toBase(x, context, seeded()), chunked.toBase(x, context, seeded()), 1e-13);
    close(flow.fromBase(x, context, seeded()), chunked.fromBase(x, context, seeded()), 1e-13);
    close(flow.sample(N, context, seeded()), chunked.sample(N, context, seeded()), 1e-13);
    Sample whole = flow.sampleAndLogProb(N, context, seeded());
    Sample parts = chunked.sampleAndLogProb(N, context, seeded());
    close(whole.rows(), parts.rows(), 1e-13);
    assertArrayEquals(whole.logProb(), parts.logProb(), 1e-13);
    Context shared = Context.shared(new double[] {0.7});
    close(flow.toBase(x, shared, seeded()), chunked.toBase(x, shared, seeded()), 1e-13);
  }

  @Test
  void noRowsGiveNone() {
    double[][] none = new double[0][];
    for (Context nothing : List.of(Context.of(none), Context.shared(new double[] {1}))) {
      assertEquals(0, flow.logProb(none, nothing, seeded()).length);
      assertEquals(0, flow.toBase(none, nothing, seeded()).length);
      assertEquals(0, flow.fromBase(none, nothing, seeded()).length);
      assertEquals(0, flow.sample(0, nothing, seeded()).length);
      assertEquals(0, flow.sampleAndLogProb(0, nothing, seeded()).rows().length);
    }
  }

  @Test
  void aSharedContextIsTheSameRowForAll() {
    double[][] repeated = new double[N][];
    Arrays.fill(repeated, new double[] {0.7});
    double[] expected = flow.logProb(x, Context.of(repeated), seeded());
    Context shared = Context.shared(new double[] {0.7});
    assertArrayEquals(expected, flow.logProb(x, shared, seeded()), 1e-13);
    double[][] one = {x[4]};
    assertEquals(expected[4], flow.logProb(one, shared, seeded())[0], 1e-13);
  }

  @Test
  void gradientsOfADensityAgreeWithFiniteDifferences() {
    GradientCheck check = new GradientCheck(backend, SEED, "logProb");
    check.input(check.uniform(4, 2, -1, 1));
    check.input(check.uniform(4, 1, -1, 1));
    known.parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(
        1e-8, (tape, in) -> flow.logProb(Pass.training(tape, seeded()), in.get(0), in.get(1)));
  }

  @Test
  void gradientsOfASampleAgreeWithFiniteDifferences() {
    GradientCheck check = new GradientCheck(backend, SEED, "sampleAndLogProb");
    check.input(check.uniform(4, 1, -1, 1));
    known.parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(
        1e-8,
        (tape, in) -> {
          Pass pass = Pass.training(tape, seeded());
          Transformed sample = flow.sampleAndLogProb(pass, 4, in.get(0));
          return tape.concat(sample.value(), Objects.requireNonNull(sample.logDet()).value());
        });
  }

  @Test
  void aDensityNeedsLogDeterminants() {
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, seeded()).withoutLogDet();
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> flow.logProb(pass, tape.constant(new double[2], 1, 2), tape.constant(0.0)));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> flow.sampleAndLogProb(pass, 1, tape.constant(0.0)));
  }

  @Test
  void impossibleFlowsAreRefused() {
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> new Flow(DiagonalNormal.standard(3), flow.bijection(), backend));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> flow.withChunkRows(0));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> flow.sample(-1, context, seeded()));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> flow.sampleAndLogProb(-1, context, seeded()));
  }
}
