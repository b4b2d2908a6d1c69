package org.fjordflow.core.testing;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.BijectionBench.Image;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every bijection must do. To join:
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicTest> affine() {
 *   return BijectionContract.of("affine", (parameters, random) -> new Affine(parameters)).tests();
 * }
 * }</pre>
 *
 * <p>The log-determinant has to be exact: estimators of it are tested for what they are elsewhere.
 *
 * @param name in the names of tests and in failures
 * @param factory makes the bijection
 * @param tolerance of values and log-determinants in FLOAT64, relative to numbers above one; a
 *     solver's errors go here
 * @param gradientTolerance of derivatives, relative to the largest one
 * @param singleTolerance of FLOAT32 against FLOAT64, relative to numbers above one
 * @param from least value of the data that it is tried on
 * @param to greatest value of the data that it is tried on
 * @param domain where it is defined
 * @param circular columns that are angles, from 0 in ascending order
 */
public record BijectionContract(
    String name,
    Factory factory,
    double tolerance,
    double gradientTolerance,
    double singleTolerance,
    double from,
    double to,
    Domain domain,
    List<Integer> circular) {

  private static final int ROWS = 5;
  private static final int LARGE = 1500;

  /** Makes the bijection to test; called anew for each test. */
  @FunctionalInterface
  public interface Factory {

    /**
     * Creates the bijection.
     *
     * @param parameters where its trained arrays go; random numbers up to 0.2 are then added to
     *     them, so that initial zeros hide nothing. Modified.
     * @param random source of initial values, seeded
     * @return the bijection
     */
    Bijection create(Parameters parameters, RandomGenerator random);
  }

  /**
   * Where a bijection is defined and its values can be represented. Of rows that are, values,
   * log-determinants and gradients are finite however large the row; the others are refused.
   */
  @FunctionalInterface
  public interface Domain {

    /** Every number, in both directions. */
    Domain EVERYWHERE = (forward, number) -> null;

    /**
     * Returns how a row with a number in it is refused, or null where it is not.
     *
     * @param forward whether the row is data, or else a row of the base
     * @param number an element of the row
     */
    @Nullable ErrorKey refusal(boolean forward, double number);
  }

  /** A contract with the tolerances of closed formulas, tried on data in (-1.5, 1.5). */
  public static BijectionContract of(String name, Factory factory) {
    return new BijectionContract(name, factory, 1e-9, 1e-7, 1e-4, -1.5, 1.5, Domain.EVERYWHERE, List.of());
  }

  /** The same contract with other tolerances. */
  public BijectionContract withTolerances(double values, double gradients, double single) {
    return new BijectionContract(name, factory, values, gradients, single, from, to, domain, circular);
  }

  /** The same contract, tried on other data. */
  public BijectionContract within(double least, double greatest) {
    return new BijectionContract(
        name, factory, tolerance, gradientTolerance, singleTolerance, least, greatest, domain, circular);
  }

  /** The same contract of a bijection that is not defined everywhere. */
  public BijectionContract definedOn(Domain where) {
    return new BijectionContract(
        name, factory, tolerance, gradientTolerance, singleTolerance, from, to, where, circular);
  }

  /** The same contract of a bijection some of whose columns are angles. */
  public BijectionContract withCircular(List<Integer> columns) {
    return new BijectionContract(
        name, factory, tolerance, gradientTolerance, singleTolerance, from, to, domain, columns);
  }

  /** Returns the tests. */
  public Stream<DynamicTest> tests() {
    BijectionUse use = new BijectionUse(this);
    return Stream.of(
        test("inverse undoes forward", this::inverseUndoesForward),
        test("log-determinant is that of the Jacobian", this::logDetIsThatOfTheJacobian),
        test("gradients agree with finite differences", this::gradients),
        test("everything has an effect", this::everythingHasAnEffect),
        test("rows are independent, none, one or many", this::batches),
        test("without log-determinant the value stays", this::withoutLogDet),
        test("same seed, same bits", this::sameBits),
        test("other sizes are refused", this::otherSizes),
        test("single precision agrees", this::singlePrecision),
        test("saved and loaded, same bits", use::savedAndLoaded),
        test("training and evaluation agree", use::trainingAndEvaluationAgree),
        test("extreme rows stay finite, or are refused where it is not defined", use::extremeRows),
        test("a trained density integrates to one", use::aTrainedDensityIntegratesToOne));
  }

  private DynamicTest test(String property, Consumer<BijectionBench> check) {
    return dynamicTest(
        name + ": " + property,
        () -> {
          try (BijectionBench bench = new BijectionBench(this, DType.FLOAT64)) {
            check.accept(bench);
          }
        });
  }

  private void inverseUndoesForward(BijectionBench bench) {
    double[] x = bench.data(ROWS);
    double[] c = bench.context(ROWS);
    Image z = bench.image(true, x, c);
    Image back = bench.image(false, z.value(), c);
    close(x, back.value(), tolerance, "forward, then inverse");
    close(negative(z.logDet()), back.logDet(), tolerance, "log-determinant of the inverse");
    Image again = bench.image(true, back.value(), c);
    close(z.value(), again.value(), tolerance, "inverse, then forward");
  }

  private void logDetIsThatOfTheJacobian(BijectionBench bench) {
    double[] c = bench.context(ROWS);
    for (boolean forward : new boolean[] {true, false}) {
      double[] x = bench.points(ROWS, c, forward);
      double[] logDet = bench.image(forward, x, c).logDet();
      String direction = forward ? "forward" : "inverse";
      double[] byTape = Jacobians.logDeterminants(bench.jacobiansByTape(forward, x, c));
      close(byTape, logDet, tolerance, direction + " against the tape's Jacobian");
      double[] byDifferences = Jacobians.logDeterminants(bench.jacobians(forward, x, c));
      double differences = Math.max(tolerance, gradientTolerance);
      close(byDifferences, logDet, differences, direction + " against finite differences");
    }
  }

  private void gradients(BijectionBench bench) {
    for (boolean forward : new boolean[] {true, false}) {
      bench.assertGradients(gradientTolerance, forward, bench.context(ROWS));
    }
  }

  private void everythingHasAnEffect(BijectionBench bench) {
    for (boolean forward : new boolean[] {true, false}) {
      bench
          .gradients(forward, ROWS)
          .forEach(
              (what, gradient) ->
                  assertTrue(
                      Arrays.stream(gradient).anyMatch(g -> g != 0),
                      () -> "the gradient is all zeros: " + what + context()));
    }
  }

  private void batches(BijectionBench bench) {
    double[] c = bench.context(LARGE);
    for (boolean forward : new boolean[] {true, false}) {
      assertEquals(0, bench.image(forward, new double[0], new double[0]).value().length);
      bench.gradients(forward, 0);
      double[] x = bench.points(LARGE, c, forward);
      Image all = bench.image(forward, x, c);
      for (int row : new int[] {0, 1, LARGE / 2, LARGE - 1}) {
        Image one = bench.image(forward, bench.row(x, row), bench.contextRow(c, row));
        close(bench.row(all.value(), row), one.value(), tolerance, "row " + row + " alone");
        close(
            new double[] {all.logDet()[row]}, one.logDet(), tolerance, "row " + row + "'s log-det");
      }
    }
  }

  private void withoutLogDet(BijectionBench bench) {
    double[] c = bench.context(ROWS);
    for (boolean forward : new boolean[] {true, false}) {
      double[] x = bench.points(ROWS, c, forward);
      double[] expected = bench.image(forward, x, c).value();
      close(expected, bench.valueAlone(forward, x, c), tolerance, "the value alone");
    }
  }

  private void sameBits(BijectionBench bench) {
    double[] x = bench.data(ROWS);
    double[] c = bench.context(ROWS);
    Image first = bench.image(true, x, c);
    Image second = bench.image(true, x, c);
    assertArrayEquals(first.value(), second.value(), context());
    assertArrayEquals(first.logDet(), second.logDet(), context());
    assertNull(first.variance(), "an exact log-determinant has no variance" + context());
  }

  private void otherSizes(BijectionBench bench) {
    int dim = bench.bijection().dim();
    int size = bench.bijection().contextSize();
    for (boolean forward : new boolean[] {true, false}) {
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> bench.apply(forward, 3, dim + 1, 3, size));
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> bench.apply(forward, 3, dim, 3, size + 1));
      if (size > 0) {
        assertFails(ErrorKey.SHAPE_MISMATCH, () -> bench.apply(forward, 3, dim, 0, 0));
        assertFails(ErrorKey.SHAPE_MISMATCH, () -> bench.apply(forward, 3, dim, 2, size));
        assertFails(ErrorKey.SHAPE_MISMATCH, () -> bench.apply(forward, 3, dim, 1, size));
      }
    }
  }

  private void singlePrecision(BijectionBench bench) {
    double[] c = bench.context(ROWS);
    try (BijectionBench single = new BijectionBench(this, DType.FLOAT32)) {
      single.parameters().set(bench.parameters().get());
      for (boolean forward : new boolean[] {true, false}) {
        double[] x = bench.points(ROWS, c, forward);
        Image expected = bench.image(forward, x, c);
        Image got = single.image(forward, x, c);
        close(expected.value(), got.value(), singleTolerance, "FLOAT32 value");
        close(expected.logDet(), got.logDet(), singleTolerance, "FLOAT32 log-determinant");
      }
    }
  }

  void close(double[] expected, double[] got, double bound, String what) {
    assertEquals(expected.length, got.length, what);
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(got[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
      int element = i;
      assertTrue(
          error <= bound,
          () ->
              "%s, element %d: %s, expected %s within %s%s"
                  .formatted(what, element, got[element], expected[element], bound, context()));
    }
  }

  private static double[] negative(double[] values) {
    return Arrays.stream(values).map(v -> -v).toArray();
  }

  String context() {
    return "; " + name + ", seed " + GradientCheck.defaultSeed();
  }
}
