package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.EndTime;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.parts.Bijections;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Hutchinson's estimate in a continuous flow within discrete parts. The field is A z with a
 * constant A of 2 x 2: a probe v shows v'Av at all times, of which the variance over Rademacher
 * probes is the square of A_12 + A_21.
 */
final class StandardErrorsTest {

  private static final double[] A = {0.1, 0.3, -0.1, 0.2};
  private static final double VARIANCE_OF_A_PROBE = Math.pow(A[1] + A[2], 2);
  private static final int PROBES = 4;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());

  @AfterEach
  void close() {
    backend.close();
  }

  private static Bijection linear() {
    VectorField field =
        (tape, t, z, context) ->
            tape.layer(Elementwise.IDENTITY, z, tape.constant(A, 2, 2), null, null);
    return new ContinuousFlow(
        2,
        0,
        field,
        new EndTime.Fixed(1),
        SolveSettings.exact()
            .withEvaluationDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, PROBES)));
  }

  @Test
  void aPixelAtATimeAndOnPartOfTheColumns() {
    Bijection alone = linear();
    Bijection within =
        Bijections.perPixel(
            2, Bijections.multiScale(3, new int[] {2, 0}, new Composition(List.of(linear()))));
    assertErrors(alone, 1);
    assertErrors(within, 2);
  }

  /** The error told is an estimate from few probes; its square is right in the mean over rows. */
  private void assertErrors(Bijection bijection, int solves) {
    Flow flow = new Flow(DiagonalNormal.standard(bijection.dim()), bijection, backend);
    int n = 4000;
    double[][] rows =
        IntStream.range(0, n)
            .mapToObj(i -> random.doubles(bijection.dim(), -1, 1).toArray())
            .toArray(double[][]::new);
    LogDensity scores = flow.score(rows, Context.none(), random);
    double[] errors = scores.standardError();
    assertTrue(Arrays.stream(errors).max().orElseThrow() > 0, "no standard error");
    double square = Arrays.stream(errors).map(e -> e * e).average().orElseThrow();
    double expected = solves * VARIANCE_OF_A_PROBE / PROBES;
    assertEquals(expected, square, 0.1 * expected);
  }
}
