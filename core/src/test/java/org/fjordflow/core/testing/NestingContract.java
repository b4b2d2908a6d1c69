package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.junit.jupiter.api.DynamicTest;

/**
 * What a bijection that uses others must do with log-determinants that are estimates: the variance
 * of a row's is the sum of the variances of all that it is made of. To join:
 *
 * <pre>{@code
 * new NestingContract("inverse", 2, Inverse::new).tests()
 * }</pre>
 *
 * @param name in the names of tests
 * @param dim of the bijection within
 * @param nesting makes a bijection, without context, that uses the one given
 */
public record NestingContract(String name, int dim, UnaryOperator<Bijection> nesting) {

  private static final int ROWS = 7;
  private static final int DRAWS = 4000;

  private record Bench(Backend backend, NoisyLogDet within, Bijection all, RandomGenerator random) {

    Transformed image(boolean forward, double[][] rows, boolean logDet) {
      Tape tape = Tape.evaluating(backend);
      Pass evaluation = Pass.evaluation(tape, random);
      Pass pass = logDet ? evaluation : evaluation.withoutLogDet();
      double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
      Var x = tape.constant(flat, rows.length, all.dim());
      return forward ? all.forward(pass, x, null) : all.inverse(pass, x, null);
    }

    Estimate logDet(boolean forward, double[][] rows) {
      return Objects.requireNonNull(image(forward, rows, true).logDet());
    }

    double[] variance(boolean forward, double[][] rows) {
      double[] variance = logDet(forward, rows).variance();
      assertNotNull(variance, "the variance went missing");
      return variance;
    }

    double[][] rows(int n) {
      double[][] rows = new double[n][];
      Arrays.setAll(rows, i -> random.doubles(all.dim(), -1.5, 1.5).toArray());
      return rows;
    }
  }

  /** Returns the tests. */
  public Stream<DynamicTest> tests() {
    return Stream.of(
        test("variances within add up, row by row", NestingContract::variancesAddUp),
        test("log-determinants have that variance", NestingContract::variancesAreTrue),
        test("standard errors of a flow are their roots", NestingContract::standardErrors),
        test("without log-determinant no variance", NestingContract::withoutLogDet));
  }

  private DynamicTest test(String property, Consumer<Bench> check) {
    long seed = GradientCheck.defaultSeed();
    return dynamicTest(
        name + ": " + property + ", seed " + seed,
        () -> {
          try (Backend backend = new CpuBackend(DType.FLOAT64)) {
            NoisyLogDet within = new NoisyLogDet(dim);
            check.accept(
                new Bench(backend, within, nesting.apply(within), new SplittableRandom(seed)));
          }
        });
  }

  /** A row alone has the sum of all that was told within; among others it has the same. */
  private static void variancesAddUp(Bench bench) {
    double[][] rows = bench.rows(ROWS);
    for (boolean forward : new boolean[] {true, false}) {
      double[] variance = bench.variance(forward, rows);
      assertEquals(ROWS, variance.length);
      bench.within().told();
      for (int i = 0; i < ROWS; i++) {
        double alone = bench.variance(forward, new double[][] {rows[i]})[0];
        assertEquals(bench.within().told(), alone, 1e-12 * alone, "row " + i);
        assertEquals(alone, variance[i], 1e-12 * alone, "row " + i + " among others");
      }
    }
  }

  /** The spread of a sample's variance is sqrt(2 / draws) of it; five of those are allowed. */
  private static void variancesAreTrue(Bench bench) {
    double[][] copies = new double[DRAWS][];
    Arrays.fill(copies, bench.rows(1)[0]);
    for (boolean forward : new boolean[] {true, false}) {
      Estimate logDet = bench.logDet(forward, copies);
      double[] values = Elements.of(bench.backend(), logDet.value().value());
      double mean = Arrays.stream(values).average().orElseThrow();
      double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
      double told = Objects.requireNonNull(logDet.variance())[0];
      assertEquals(told, squares / (DRAWS - 1), 5 * Math.sqrt(2.0 / DRAWS) * told);
    }
  }

  private static void standardErrors(Bench bench) {
    Flow flow =
        new Flow(DiagonalNormal.standard(bench.all().dim()), bench.all(), bench.backend())
            .withChunkRows(3);
    double[][] rows = bench.rows(ROWS);
    double[] variance = bench.variance(true, rows);
    double[] errors = flow.score(rows, Context.none(), bench.random()).standardError();
    for (int i = 0; i < ROWS; i++) {
      assertEquals(Math.sqrt(variance[i]), errors[i], 1e-12, "row " + i);
    }
    bench.within().told();
    Sample sample = flow.sampleAndLogProb(ROWS, Context.none(), bench.random());
    double sum = Arrays.stream(sample.standardError()).map(e -> e * e).sum();
    assertEquals(bench.within().told(), sum, 1e-12 * sum, "variances of samples");
  }

  private static void withoutLogDet(Bench bench) {
    for (boolean forward : new boolean[] {true, false}) {
      assertNull(bench.image(forward, bench.rows(2), false).logDet());
    }
  }
}
