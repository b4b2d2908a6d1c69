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
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.VariationalObjective;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
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
    flow.initialize(rows, Context.none(), random);
    Moments moments = Moments.of(flow.toBase(rows, Context.none(), random));
    assertArrayEquals(new double[3], moments.mean(), 1e-9);
    assertArrayEquals(new double[] {1, 1, 1}, moments.standardDeviation(), 1e-9);
  }

  @Test
  void aColumnOfOneValueIsShiftedAlone() {
    ActNorm norm = ActNorm.create(parameters, "a", 3);
    new Flow(DiagonalNormal.standard(3), norm, backend)
        .initialize(rows(50), Context.none(), random);
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
  void aTrainerLetsItsFirstBatchChoose() {
    Flow flow = Flows.glow(3, 2, 4).create(parameters, random);
    assertEquals(4, parameters.awaitingData().size());
    double[][] rows = rows(50);
    BatchSource batches = BatchSource.shuffled(Batch.of(rows));
    double[][] first = batches.batch(1, 20, new RandomStreams(1)).rows();
    TrainingResult none = trainer(0, Objectives.negativeLogLikelihood(flow), batches).train();
    assertEquals(0, none.steps());
    assertEquals(List.of(), parameters.awaitingData());
    double[] chosen = parameters.get();
    flow.initialize(first, Context.none(), random);
    assertArrayEquals(parameters.get(), chosen);
    assertEquals(3, train(flow, rows, null).steps());
  }

  /** A loss of the user's own, and one of samples: what arrives at a part chooses. */
  @Test
  void anyObjectiveInitialises() {
    Flow flow = Flows.glow(2, 2, 4).create(parameters, random);
    Objective own =
        (pass, batch) -> {
          Tape tape = pass.tape();
          double[] x = RowArrays.flatten(batch.rows(), 2, "batch");
          Var logProb = flow.logProb(pass, tape.constant(x, batch.size(), 2), null);
          return tape.affine(-1, tape.mean(logProb), 0);
        };
    BatchSource moons = BatchSource.sampled(ToyDensity.MOONS::sample);
    assertEquals(0, trainer(0, own, moons).train().steps());
    assertEquals(List.of(), parameters.awaitingData());
    Parameters drawn = new Parameters(backend);
    Flow sampled = Flows.glow(2, 2, 4).create(drawn, random);
    TrainerConfig config = TrainerConfig.of(0, 500, 1);
    VariationalObjective reverse =
        Objectives.reverseKl(sampled, (tape, x) -> DiagonalNormal.standard(2).logProb(tape, x));
    assertEquals(0, new Trainer(config, drawn, reverse, List.of()).train().steps());
    assertEquals(List.of(), drawn.awaitingData());
    Moments moments = Moments.of(sampled.sample(500, Context.none(), random));
    assertArrayEquals(new double[] {1, 1}, moments.standardDeviation(), 0.2);
  }

  /**
   * Glow on data that are far from the standard normal: a bare trainer comes as far as one after a
   * thousand rows have chosen, and training that begins anywhere does not.
   */
  @Test
  void aBareTrainerComesAsFar() {
    double[][] held = far(4000, new SplittableRandom(~GradientCheck.defaultSeed()));
    double bare = trained(held, Start.NONE);
    double chosen = trained(held, Start.THOUSAND_ROWS);
    double anywhere = trained(held, Start.IDENTITY);
    System.out.printf(
        "Glow, held-out NLL in nats: bare trainer %.3f, initialised before %.3f, from the identity %.3f; seed %d%n",
        bare, chosen, anywhere, GradientCheck.defaultSeed());
    assertEquals(chosen, bare, 0.05);
    assertTrue(anywhere > bare + 1, anywhere + " and " + bare);
  }

  private enum Start {
    NONE,
    THOUSAND_ROWS,
    IDENTITY
  }

  private static double[][] far(int n, RandomGenerator random) {
    double[][] rows = ToyDensity.MOONS.sample(n, random);
    for (double[] row : rows) {
      row[0] = 50 + 0.1 * row[0];
      row[1] = -20 + 0.1 * row[1];
    }
    return rows;
  }

  private double trained(double[][] held, Start start) {
    RandomGenerator own = new SplittableRandom(GradientCheck.defaultSeed());
    Parameters values = new Parameters(backend);
    Flow flow = Flows.glow(2, 4, 16).create(values, own);
    switch (start) {
      case NONE -> {}
      case THOUSAND_ROWS -> flow.initialize(far(1000, own), Context.none(), own);
      case IDENTITY -> values.set(values.get());
    }
    TrainerConfig config = TrainerConfig.of(300, 128, 1).withOptimizer(Adam.of(5e-3));
    new Trainer(
            config,
            values,
            Objectives.negativeLogLikelihood(flow),
            BatchSource.sampled(DataInitializationTest::far),
            List.of())
        .train();
    return -Arrays.stream(flow.logProb(held, Context.none(), own)).average().orElseThrow();
  }

  @Test
  void anObjectiveWithoutTheFlowIsRefused() {
    Flow flow = Flows.glow(2, 2, 4).create(parameters, random);
    Objective blind = (pass, batch) -> pass.tape().constant(0);
    assertEquals(2, flow.dim());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> trainer(3, blind, BatchSource.shuffled(Batch.of(rows(50)))).train(),
        "Flow.initialize(rows, context, random)");
  }

  private Trainer trainer(int steps, Objective objective, BatchSource batches) {
    return new Trainer(TrainerConfig.of(steps, 20, 1), parameters, objective, batches, List.of());
  }

  /** Backwards, what leaves a normalisation has mean zero and deviation one. */
  @Test
  void theWayBackIsInitialisedToo() {
    Bijection both =
        new Inverse(
            new Composition(
                List.of(
                    BatchNormalization.create(parameters, "a", 3),
                    ActNorm.create(parameters, "b", 3))));
    Flow flow = new Flow(DiagonalNormal.standard(3), both, backend);
    double[][] rows = rows(500);
    for (double[] row : rows) {
      row[2] = random.nextGaussian();
    }
    flow.initialize(rows, Context.none(), random);
    assertEquals(List.of(), parameters.awaitingData());
    Moments moments = Moments.of(flow.toBase(rows, Context.none(), random));
    assertArrayEquals(new double[3], moments.mean(), 1e-3);
    assertArrayEquals(new double[] {1, 1, 1}, moments.standardDeviation(), 1e-3);
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
            null,
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
        () -> flow.initialize(rows(5), Context.none(), random),
        "this flow takes 2 values");
    Flow wide = Flows.glow(4, 1, 4).create(new Parameters(backend), random);
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> wide.initialize(rows(5), Context.none(), random));
  }
}
