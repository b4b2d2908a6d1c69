package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The discrete adjoint of a system of parts is that of the same system as a whole. */
class PartitionedAdjointTest {
  private static final int ROWS = 8;
  private static final long SEED = 41;

  static Stream<Arguments> methodsSpansAndParts() {
    return TestSystems.rungeKuttaMethods()
        .flatMap(
            method ->
                Stream.of(new Span(0, 1.5), new Span(0.3, -1.2))
                    .flatMap(
                        span ->
                            Stream.of(1, 2, 7).map(parts -> Arguments.of(method, span, parts))));
  }

  @ParameterizedTest
  @MethodSource("methodsSpansAndParts")
  void equalsThatOfTheWhole(SolverMethod method, Span span, int parts) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    RowParts whole = system(1);
    Recording expected = record(DiscreteAdjoint.recomputing(), config, whole.plain(), span);
    AdjointGradient wanted = expected.backward(cotangent());

    RowParts system = system(parts);
    Recording recording = record(DiscreteAdjoint.recomputing(), config, system, span);
    assertEquals(0, system.linearizations.get(), "the forward solve linearizes nothing");
    AdjointGradient gradient = recording.backward(cotangent());
    assertClose(expected.solution().state(), recording.solution().state());
    assertClose(wanted.initialState(), gradient.initialState());
    assertClose(whole.gradient(), system.gradient());
    assertClose(
        new double[] {wanted.startTime(), wanted.endTime()},
        new double[] {gradient.startTime(), gradient.endTime()});
    assertEquals(wanted.stats().evaluations(), gradient.stats().evaluations());
    assertEquals(wanted.stats().acceptedSteps(), gradient.stats().acceptedSteps());
    assertClosed(system);
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void keepingAndThreadsChangeNoBit(SolverMethod method) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    Span span = new Span(0, 4);
    RowParts first = system(3);
    Recording recording = record(DiscreteAdjoint.recomputing(), config, first, span);
    AdjointGradient expected = recording.backward(cotangent());
    double[] parameters = first.gradient();
    // Two steps of three parts, with the evaluation at the start.
    long some = 300L * (2 * method.tableau().solutionStages() + 1);
    for (int threads = 0; threads <= 4; threads++) {
      ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, threads));
      try {
        for (long budget : new long[] {0, 150, some, Long.MAX_VALUE}) {
          RowParts system =
              new RowParts(
                  ROWS,
                  3,
                  () -> new NeuralSystem(SEED),
                  RowParts.Order.BACKWARD,
                  threads == 0 ? null : executor);
          Recording kept = record(new DiscreteAdjoint(budget), config, system, span);
          int open = system.openLinearizations.get();
          assertTrue(open <= budget / 100);
          // The evaluation at the end is let go, and stages are for all three parts at a time.
          assertTrue(budget != some || open >= budget / 100 - 6, open + " kept");
          int before = system.linearizations.get();
          assertArrayEquals(recording.solution().state(), kept.solution().state());
          AdjointGradient gradient = kept.backward(cotangent());
          assertArrayEquals(expected.initialState(), gradient.initialState());
          assertArrayEquals(parameters, system.gradient());
          assertEquals(expected.startTime(), gradient.startTime());
          assertEquals(expected.endTime(), gradient.endTime());
          assertEquals(expected.stats().evaluations(), gradient.stats().evaluations());
          assertClosed(system);
          int recomputed = system.linearizations.get() - before;
          int all = 3 * (int) gradient.stats().evaluations();
          assertTrue(budget < Long.MAX_VALUE || recomputed == 0, "all was kept");
          assertTrue(budget > 150 || recomputed == all, "nothing was kept");
          assertTrue(budget != some || (recomputed > 0 && recomputed < all), "a part was kept");
          assertArrayEquals(
              expected.initialState(), kept.backward(cotangent()).initialState(), "again");
          assertClosed(system);
        }
      } finally {
        executor.shutdown();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"CLASSICAL_RUNGE_KUTTA", "DORMAND_PRINCE_54"})
  void failuresOfPartsAreThrownAndAllIsClosed(SolverMethod method) {
    SolverConfig config = DiscreteAdjointTest.coarse(method);
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      for (int failure = 1; failure <= 45; failure++) {
        for (long budget : new long[] {0, 1_500, Long.MAX_VALUE}) {
          RowParts system =
              new RowParts(ROWS, 3, () -> new NeuralSystem(SEED), RowParts.Order.FORWARD, executor);
          system.failsAt = failure;
          DiscreteAdjoint adjoint = new DiscreteAdjoint(budget);
          FjordException thrown =
              assertThrows(
                  FjordException.class, () -> record(adjoint, config, system, new Span(0, 4)));
          assertEquals(ErrorKey.UNSUPPORTED, thrown.key());
          assertClosed(system);
        }
        RowParts system =
            new RowParts(ROWS, 3, () -> new NeuralSystem(SEED), RowParts.Order.FORWARD, executor);
        Recording recording = record(new DiscreteAdjoint(1_300), config, system, new Span(0, 4));
        system.failsAt = system.evaluations() + failure;
        FjordException thrown =
            assertThrows(FjordException.class, () -> recording.backward(cotangent()));
        assertEquals(ErrorKey.UNSUPPORTED, thrown.key());
        assertClosed(system);
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void rejectedStepsAreLetGo() {
    SolverConfig config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-7, 1e-7).withFirstStep(4);
    RowParts system = system(3);
    Recording kept = record(new DiscreteAdjoint(Long.MAX_VALUE), config, system, new Span(0, 4));
    SolveStats stats = kept.solution().stats();
    assertTrue(stats.rejectedSteps() > 0);
    assertEquals(3 * 6 * stats.acceptedSteps(), system.openLinearizations.get());
    assertEquals(1 + stats.acceptedSteps(), system.openInstants.get());
    AdjointGradient gradient = kept.backward(cotangent());
    RowParts plain = system(3);
    AdjointGradient expected =
        record(DiscreteAdjoint.recomputing(), config, plain, new Span(0, 4)).backward(cotangent());
    assertArrayEquals(expected.initialState(), gradient.initialState());
    assertEquals(expected.startTime(), gradient.startTime());
    assertClosed(system);
  }

  @Test
  void aFailedSolveKeepsNothing() {
    SolverConfig config = DiscreteAdjointTest.coarse(SolverMethod.DORMAND_PRINCE_54);
    for (int budget = 1; budget < 30; budget++) {
      RowParts system = system(3);
      Recording recording =
          record(
              new DiscreteAdjoint(Long.MAX_VALUE),
              config.withMaxEvaluations(budget),
              system,
              new Span(0, 40));
      assertEquals(SolveStatus.Outcome.BUDGET_SPENT, recording.solution().status().outcome());
      assertEquals(budget, recording.solution().stats().evaluations());
      assertClosed(system);
    }
  }

  @Test
  void partsWithoutACotangentAreSkipped() {
    SolverConfig config = DiscreteAdjointTest.coarse(SolverMethod.DORMAND_PRINCE_54);
    for (long budget : new long[] {0, Long.MAX_VALUE}) {
      RowParts system = system(ROWS);
      Recording recording = record(new DiscreteAdjoint(budget), config, system, new Span(0, 2));
      double[] cotangent = new double[3 * ROWS];
      cotangent[7] = 1;
      AdjointGradient gradient = recording.backward(cotangent);
      double[] expected = new double[3 * ROWS];
      System.arraycopy(gradient.initialState(), 6, expected, 6, 3);
      assertArrayEquals(expected, gradient.initialState());
      assertTrue(gradient.initialState()[6] != 0);
      assertEquals(6 * gradient.stats().acceptedSteps(), gradient.stats().evaluations());
      AdjointGradient none = recording.backward(new double[3 * ROWS]);
      assertEquals(0, none.stats().evaluations());
      assertEquals(0, none.endTime());
      assertClosed(system);
    }
  }

  private static RowParts system(int parts) {
    return RowParts.of(ROWS, parts, () -> new NeuralSystem(SEED));
  }

  private static Recording record(
      DiscreteAdjoint adjoint, SolverConfig config, DifferentiableOdeSystem system, Span span) {
    double[] start = new double[3 * ROWS];
    for (int i = 0; i < start.length; i++) {
      start[i] = Math.sin(0.3 + 2.1 * i);
    }
    return adjoint.forward(config, system, span.start(), start, span.end());
  }

  private static double[] cotangent() {
    double[] cotangent = new double[3 * ROWS];
    for (int i = 0; i < cotangent.length; i++) {
      cotangent[i] = Math.cos(0.7 + 1.3 * i);
    }
    return cotangent;
  }

  private static void assertClosed(RowParts system) {
    assertEquals(0, system.openLinearizations.get(), "linearizations are closed");
    assertEquals(0, system.openInstants.get(), "instants are closed");
    assertEquals(0, system.violations.get(), "the contract is kept");
  }

  private static void assertClose(double[] expected, double[] actual) {
    double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertTrue(scale > 1e-3, "the test sees something");
    assertArrayEquals(expected, actual, 1e-11 * scale);
  }
}
