package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Activation normalisation takes its values from data once, and they are parameters. */
final class DataInitializationTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());

  @AfterEach
  void close() {
    backend.close();
  }

  private double[][] rows(int n) {
    double[][] rows = new double[n][];
    Arrays.setAll(
        rows, i -> new double[] {3 + 2 * random.nextGaussian(), -1e3 + random.nextDouble(), 7});
    return rows;
  }

  @Test
  void columnsGetMeanZeroAndDeviationOneAtEveryNormalisation() {
    Flow flow =
        new Flow(
            DiagonalNormal.standard(3),
            new Composition(
                List.of(
                    ActNorm.create(parameters, "a", 3),
                    new Composition(List.of(LuLinear.create(parameters, "b", 3))),
                    new Composition(List.of(ActNorm.create(parameters, "c", 3))))),
            backend);
    double[] start = parameters.get();
    for (int i = 0; i < start.length; i++) {
      start[i] = 0.3 * random.nextGaussian();
    }
    parameters.set(start);
    double[][] rows = rows(500);
    DataInitialization.initialize(flow, Batch.of(rows), random);
    Moments moments = Moments.of(flow.toBase(rows, Context.none(), random));
    assertArrayEquals(new double[3], moments.mean(), 1e-9);
    assertArrayEquals(new double[] {1, 1, 1}, moments.standardDeviation(), 1e-9);
  }

  @Test
  void aColumnOfOneValueIsShiftedAlone() {
    ActNorm norm = ActNorm.create(parameters, "a", 3);
    norm.initialize(backend, rows(50));
    double[] values = parameters.get();
    assertEquals(0, values[2], 1e-300);
    assertEquals(-7, values[5]);
  }

  @Test
  void theBatchMustFitTheFlow() {
    Flow flow = Flows.glow(3, 2, 4).withContext(2).create(parameters, random);
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> DataInitialization.initialize(flow, Batch.of(rows(5)), random),
        "2 values of context");
    Flow wide = Flows.glow(4, 1, 4).create(new Parameters(backend), random);
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> DataInitialization.initialize(wide, Batch.of(rows(5)), random));
  }
}
