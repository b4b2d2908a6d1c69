package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order of parts, their contexts, and variances; values are tested by the contract. */
final class CompositionTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(1);

  @AfterEach
  void close() {
    backend.close();
  }

  /** The identity, with a log-determinant that pretends to be estimated. */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Estimated(double @Nullable [] variance) implements Bijection {
    @Override
    public int dim() {
      return 1;
    }

    @Override
    public int contextSize() {
      return 0;
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      double[] ofRows = variance == null ? null : Arrays.copyOf(variance, x.rows());
      Var zeros = pass.tape().repeat(pass.tape().constant(0), x.rows());
      return new Transformed(x, new Estimate(zeros, ofRows));
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      return forward(pass, z, context);
    }
  }

  private static Standardization scaling(double mean, double deviation) {
    return new Standardization(new double[] {mean}, new double[] {deviation});
  }

  private double[] value(Transformed transformed) {
    double[] values = new double[transformed.value().value().size()];
    backend.download(transformed.value().value(), values, 0);
    return values;
  }

  @Test
  void dataGoThroughTheFirstPartFirst() {
    Composition composition = new Composition(List.of(scaling(1, 2), scaling(3, 5)));
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random);
    Var x = tape.constant(new double[] {7}, 1, 1);
    assertArrayEquals(
        new double[] {((7 - 1) / 2.0 - 3) / 5}, value(composition.forward(pass, x, null)), 1e-15);
    assertArrayEquals(
        new double[] {(7 * 5 + 3) * 2 + 1}, value(composition.inverse(pass, x, null)), 1e-13);
  }

  @Test
  void aPartWithoutContextGetsNone() {
    Parameters parameters = new Parameters(backend);
    AffineBijection conditional = AffineBijection.create(parameters, "a", 1, 2, random);
    Composition composition = new Composition(List.of(scaling(0, 1), conditional));
    assertEquals(2, composition.contextSize());
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random);
    Var x = tape.constant(new double[] {0.3}, 1, 1);
    Var context = tape.constant(new double[] {1, -2}, 1, 2);
    // The standardization would refuse a context.
    assertArrayEquals(
        value(conditional.forward(pass, x, context)),
        value(composition.forward(pass, x, context)),
        1e-15);
  }

  private static double @Nullable [] variance(Transformed transformed) {
    return Objects.requireNonNull(transformed.logDet()).variance();
  }

  @Test
  void variancesAddUp() {
    Estimated first = new Estimated(new double[] {0.25, 1});
    Estimated second = new Estimated(new double[] {0.5, 3});
    Composition composition =
        new Composition(List.of(first, new Estimated(null), second, scaling(0, 1)));
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random);
    Var x = tape.constant(new double[2], 2, 1);
    double[] expected = {0.75, 4};
    assertArrayEquals(expected, variance(composition.forward(pass, x, null)));
    assertArrayEquals(expected, variance(composition.inverse(pass, x, null)));
    assertArrayEquals(new double[] {0.25, 1}, first.variance(), "the parts keep theirs");
    Composition exact = new Composition(List.of(scaling(0, 1), new Estimated(null)));
    assertNull(variance(exact.forward(pass, x, null)));
  }

  @Test
  void standardErrorsAreRootsOfVariancesInEveryChunk() {
    Bijection estimated = new Composition(List.of(new Estimated(new double[] {0.25, 4})));
    Flow flow = new Flow(DiagonalNormal.standard(1), estimated, backend);
    double[][] x = new double[4][1];
    assertArrayEquals(
        new double[] {0.5, 2, 0.5, 2},
        flow.withChunkRows(2).score(x, Context.none(), random).standardError());
  }

  @Test
  void withoutLogDeterminantsThereIsNone() {
    Composition composition = new Composition(List.of(scaling(1, 2), scaling(3, 5)));
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random).withoutLogDet();
    Var x = tape.constant(new double[] {7}, 1, 1);
    assertNull(composition.forward(pass, x, null).logDet());
    assertNull(composition.inverse(pass, x, null).logDet());
  }

  @Test
  void partsThatDoNotFitAreRefused() {
    Parameters parameters = new Parameters(backend);
    Bijection two = AffineBijection.create(parameters, "two", 1, 2, random);
    Bijection three = AffineBijection.create(parameters, "three", 1, 3, random);
    Bijection wide = AffineBijection.create(parameters, "wide", 2, 2, random);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Composition(List.of()));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new Composition(List.of(two, three)));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new Composition(List.of(two, wide)));
  }

  @Test
  void partsAreCopied() {
    List<Bijection> parts = new ArrayList<>(List.of(scaling(1, 2)));
    Composition composition = new Composition(parts);
    parts.clear();
    assertEquals(1, composition.parts().size());
  }
}
