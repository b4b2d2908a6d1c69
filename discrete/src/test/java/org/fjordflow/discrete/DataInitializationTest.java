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
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.jspecify.annotations.Nullable;
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

  private TrainingResult train(Flow flow, double[][] rows, @Nullable TrainingState from) {
    Trainer trainer =
        new Trainer(
            TrainerConfig.of(3, 20, 1),
            parameters,
            Objectives.negativeLogLikelihood(flow),
            BatchSource.shuffled(Batch.of(rows)),
            List.of());
    return from == null ? trainer.train() : trainer.resume(from);
  }

  @Test
  void aTrainerRefusesToBeginBeforeDataHaveChosen() {
    Flow flow = Flows.glow(3, 2, 4).create(parameters, random);
    double[][] rows = rows(50);
    assertEquals(4, parameters.awaitingData().size());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> train(flow, rows, null),
        "DataInitialization.initialize(flow, batch, random)");
    DataInitialization.initialize(flow, Batch.of(rows), random);
    assertEquals(List.of(), parameters.awaitingData());
    assertEquals(3, train(flow, rows, null).steps());
  }

  /** What a resumed training goes on from was given, and so was what is loaded. */
  @Test
  void valuesThatWereGivenAreNotChosenAnew() {
    Flow flow = Flows.glow(3, 1, 4).create(parameters, random);
    double[][] rows = rows(50);
    double[] values = random.doubles(parameters.size(), -0.1, 0.1).toArray();
    TrainingState state =
        new TrainingState(
            0,
            new ModelValues(values, parameters.bufferValues()),
            OptimizerState.start(values.length),
            1,
            0,
            EarlyStopping.start(),
            null);
    assertEquals(3, train(flow, rows, state).steps());
    assertEquals(List.of(), parameters.awaitingData());
    assertEquals(3, train(flow, rows, null).steps());
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
