package org.fjordflow.core.testing;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every distribution of one or two columns must do. To join:
 *
 * <pre>{@code
 * DistributionContract.of("student-t", (p, random) -> new StudentT(3).create(p, 2, random)).tests()
 * }</pre>
 *
 * @param name in the names of tests and in failures
 * @param factory makes the distribution
 * @param tolerance of integrals over the density
 * @param least least value inside the support
 * @param greatest greatest value inside the support
 */
public record DistributionContract(
    String name, Factory factory, double tolerance, double least, double greatest) {

  private static final int ROWS = 6;
  private static final int BATCHES = 40;
  private static final int BATCH = 500;

  /** Makes the distribution to test; called anew for each test. */
  @FunctionalInterface
  public interface Factory {

    /**
     * Creates the distribution.
     *
     * @param parameters where its trained arrays go; random numbers up to 0.3 are then added to
     *     them, so that initial zeros hide nothing. Modified.
     * @param random source of initial values, seeded
     * @return the distribution, of one or two columns
     */
    Distribution create(Parameters parameters, RandomGenerator random);
  }

  /** The contract of a smooth density on all of the plane or the line. */
  public static DistributionContract of(String name, Factory factory) {
    return new DistributionContract(
        name, factory, 1e-7, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** The same contract with another tolerance of integrals. */
  public DistributionContract within(double bound) {
    return new DistributionContract(name, factory, bound, least, greatest);
  }

  /** The same contract of a density that is zero where a column is out of bounds. */
  public DistributionContract on(double from, double to) {
    return new DistributionContract(name, factory, tolerance, from, to);
  }

  /** Returns the tests. */
  public Stream<DynamicTest> tests() {
    return Stream.of(
        test("the density integrates to one", this::integratesToOne),
        test("samples follow the density", this::samplesFollowTheDensity),
        test("derivatives agree with finite differences", this::derivatives),
        test("gradients of samples are those of expectations", this::gradientsOfSamples),
        test("log-densities are never NaN", this::neverNan),
        test("same seed, same samples", this::sameSamples),
        test("saved and loaded, same bits", this::savedAndLoaded),
        test("single precision agrees", this::singlePrecision),
        test("other sizes are refused", this::otherSizes));
  }

  private DynamicTest test(String property, Consumer<DistributionBench> check) {
    return dynamicTest(
        name + ": " + property,
        () -> {
          try (DistributionBench bench = new DistributionBench(this, DType.FLOAT64)) {
            check.accept(bench);
          }
        });
  }

  private void integratesToOne(DistributionBench bench) {
    assertEquals(1, bench.expectation((row, logProb) -> 1), tolerance, context());
  }

  /** Bounded functions, since heavy tails have no moments; on a line the distribution function. */
  private void samplesFollowTheDensity(DistributionBench bench) {
    double[][] rows = bench.distribution().sample(20_000, bench.random());
    for (int f = 0; f < DistributionBench.FUNCTIONS; f++) {
      int index = f;
      double expected = bench.expectation((row, logProb) -> DistributionBench.bounded(index, row));
      Statistics.assertMean(
          rows,
          row -> DistributionBench.bounded(index, row),
          expected,
          "function " + f + context());
    }
    double entropy = bench.expectation((row, logProb) -> logProb);
    double[] logProb = bench.logProb(rows);
    double[][] logs =
        Arrays.stream(logProb).mapToObj(p -> new double[] {p}).toArray(double[][]::new);
    Statistics.assertMean(logs, row -> row[0], entropy, "log p" + context());
    if (bench.distribution().dim() == 1) {
      double distance = bench.kolmogorov(rows) * Math.sqrt(rows.length);
      assertTrue(distance < 2.2, () -> "Kolmogorov and Smirnov: " + distance + context());
    }
  }

  private void derivatives(DistributionBench bench) {
    double from = Math.max(-1.5, least + 0.1);
    double to = Math.min(1.5, greatest - 0.1);
    GradientCheck check = new GradientCheck(bench.backend(), bench.seed(), name);
    int dim = bench.distribution().dim();
    check.input(check.uniform(3 * ROWS, dim, from, to), ROWS);
    bench.parameters().entries().forEach(e -> check.parameter(e.parameter()));
    check.assertDerivatives(1e-7, (tape, x) -> bench.distribution().logProb(tape, x.get(0)));
  }

  /** Mean gradients of a bounded function of samples, against differences of its integral. */
  private void gradientsOfSamples(DistributionBench bench) {
    int size = bench.parameters().size();
    double[][] gradients = new double[BATCHES][];
    Arrays.setAll(gradients, b -> bench.gradientOfSamples(BATCH));
    for (int p = 0; p < size; p++) {
      int element = p;
      double expected = bench.expectationByParameter(p);
      Statistics.assertMean(gradients, row -> row[element], expected, "parameter " + p + context());
    }
  }

  private void neverNan(DistributionBench bench) {
    try (DistributionBench single = new DistributionBench(this, DType.FLOAT32)) {
      for (double size = 1; size < 1e301; size *= 1e10) {
        for (double sign : new double[] {1, -1}) {
          requireNumber(bench, sign * size);
          if (size < Float.MAX_VALUE) {
            requireNumber(single, sign * size);
          }
        }
      }
      requireNumber(single, Float.MAX_VALUE);
      requireNumber(bench, Double.MAX_VALUE);
    }
  }

  private void requireNumber(DistributionBench bench, double value) {
    double[] row = new double[bench.distribution().dim()];
    Arrays.fill(row, value);
    double logProb = bench.logProb(new double[][] {row})[0];
    boolean outside = value < least || value > greatest;
    assertTrue(
        logProb < Double.POSITIVE_INFINITY && (!outside || logProb == Double.NEGATIVE_INFINITY),
        () -> "log p(" + value + ") = " + logProb + context());
    for (double g : bench.gradients(row)) {
      assertFalse(Double.isNaN(g), () -> "gradient at " + value + context());
    }
  }

  private void sameSamples(DistributionBench bench) {
    Distribution distribution = bench.distribution();
    double[][] first = distribution.sample(20, new SplittableRandom(bench.seed()));
    double[][] second = distribution.sample(20, new SplittableRandom(bench.seed()));
    double[][] onTape = bench.samplesOnTape(20, new SplittableRandom(bench.seed()));
    for (int i = 0; i < first.length; i++) {
      assertArrayEquals(first[i], second[i], context());
      for (int j = 0; j < first[i].length; j++) {
        assertEquals(
            first[i][j], onTape[i][j], 1e-12 * (1 + Math.abs(first[i][j])), "on tape" + context());
      }
    }
    assertEquals(0, distribution.sample(0, bench.random()).length);
    assertEquals(0, bench.samplesOnTape(0, bench.random()).length);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> distribution.sample(-1, bench.random()));
  }

  private void savedAndLoaded(DistributionBench bench) {
    try {
      Path file = Files.createTempFile("distribution", ".safetensors");
      try (DistributionBench loaded = bench.savedAndLoaded(file)) {
        double[][] rows = bench.distribution().sample(50, bench.random());
        assertArrayEquals(bench.logProb(rows), loaded.logProb(rows), context());
        double[][] expected = bench.distribution().sample(5, new SplittableRandom(1));
        double[][] got = loaded.distribution().sample(5, new SplittableRandom(1));
        for (int i = 0; i < got.length; i++) {
          assertArrayEquals(expected[i], got[i], context());
        }
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void singlePrecision(DistributionBench bench) {
    try (DistributionBench single = new DistributionBench(this, DType.FLOAT32)) {
      single.parameters().set(bench.parameters().get());
      double[][] rows = bench.distribution().sample(50, bench.random());
      double[] expected = bench.logProb(rows);
      double[] got = single.logProb(rows);
      for (int i = 0; i < got.length; i++) {
        assertEquals(expected[i], got[i], 2e-5 * (1 + Math.abs(expected[i])), context());
      }
    }
  }

  private void otherSizes(DistributionBench bench) {
    int cols = bench.distribution().dim() + 1;
    Tape tape = Tape.evaluating(bench.backend());
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> bench.distribution().logProb(tape, tape.constant(new double[cols], 1, cols)),
        "expected " + (cols - 1));
    assertEquals(0, bench.logProb(new double[0][]).length);
  }

  private String context() {
    return "; " + name + ", seed " + GradientCheck.defaultSeed();
  }
}
