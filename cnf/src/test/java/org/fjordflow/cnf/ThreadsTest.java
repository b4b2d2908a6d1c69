package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits with any number of threads, and the same gradient as of rows on their own. */
final class ThreadsTest {

  private static final int DIM = 2;
  private static final int CONTEXT = 2;
  private static final int[] OTHERS = {2, 3, 5};
  private static final Hutchinson PROBES = new Hutchinson(ProbeDistribution.RADEMACHER, 2);

  private static final SolveSettings ADAPTIVE =
      SolveSettings.exact()
          .withSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-3, 1e-3))
          .withTrainingDivergence(PROBES);

  private static List<Adjoint> adjoints() {
    return List.of(
        new DiscreteAdjoint(0),
        new DiscreteAdjoint(1_000_000),
        new DiscreteAdjoint(1_000_000_000),
        new ContinuousAdjoint());
  }

  /** All that is computed, by name. */
  @SuppressWarnings("ArrayRecordComponent") // not compared as records
  private record Results(String name, double[] values) {}

  /** Loss, its gradients, scores, base points and samples of a model of two blocks. */
  private static List<Results> compute(
      ModelConfig config, SolveSettings options, int rows, int threads) {
    try (BuiltModel<ModelConfig> model = SmallModels.create(config, threads)) {
      Flow flow = SmallModels.solved(model, options).flow();
      assertEquals(threads, flow.backend().threads());
      List<Results> all = new ArrayList<>();
      // Twice, since the second one finds the memory of the first.
      for (int pass = 0; pass < 2; pass++) {
        all.addAll(gradients(model, flow, rows));
      }
      double[][] x = split(SmallModels.rows(rows, config.dim(), SEED), config.dim());
      Context context =
          config.context() == 0
              ? Context.none()
              : Context.of(split(SmallModels.rows(rows, CONTEXT, SEED + 1), CONTEXT));
      all.add(new Results("scores", flow.logProb(x, context, random())));
      all.add(new Results("base points", join(flow.toBase(x, context, random()))));
      all.add(new Results("samples", join(flow.sample(rows, context, random()))));
      return all;
    }
  }

  private static List<Results> gradients(BuiltModel<ModelConfig> model, Flow flow, int rows) {
    ModelConfig config = model.config();
    Backend backend = flow.backend();
    Tape tape = Tape.recording(backend);
    model.parameters().zeroGradient();
    Var x = SmallModels.input(tape, SmallModels.rows(rows, config.dim(), SEED), config.dim());
    Var context =
        config.context() == 0
            ? null
            : SmallModels.input(tape, SmallModels.rows(rows, CONTEXT, SEED + 1), CONTEXT);
    Var logProb = flow.logProb(Pass.training(tape, random()), x, context);
    tape.backward(tape.columnSum(logProb));
    List<Results> all = new ArrayList<>();
    all.add(new Results("log-densities", SmallModels.read(backend, logProb.value())));
    all.add(new Results("gradient of parameters", model.parameters().gradient()));
    all.add(new Results("gradient of rows", SmallModels.read(backend, x.gradient())));
    if (context != null) {
      all.add(new Results("gradient of context", SmallModels.read(backend, context.gradient())));
    }
    return all;
  }

  private static SplittableRandom random() {
    return new SplittableRandom(SEED);
  }

  private static double[][] split(double[] values, int cols) {
    double[][] rows = new double[values.length / cols][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * cols, (i + 1) * cols));
    return rows;
  }

  private static double[] join(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(DoubleStream::of).toArray();
  }

  private static void expectSameBits(ModelConfig config, SolveSettings options, int rows) {
    List<Results> expected = compute(config, options, rows, 1);
    for (Results results : expected) {
      assertTrue(DoubleStream.of(results.values()).allMatch(Double::isFinite), results.name());
    }
    for (int threads : OTHERS) {
      List<Results> got = compute(config, options, rows, threads);
      for (int i = 0; i < expected.size(); i++) {
        Results one = expected.get(i);
        assertArrayEquals(
            one.values(),
            got.get(i).values(),
            () -> "%s with %d threads, seed %d".formatted(one.name(), threads, SEED));
      }
    }
  }

  private static Stream<Arguments> cases() {
    return Stream.of("float32", "float64")
        .flatMap(
            dtype ->
                Stream.of(0, CONTEXT)
                    .flatMap(
                        context ->
                            adjoints().stream()
                                .map(adjoint -> Arguments.of(dtype, context, adjoint))));
  }

  /** A width of 100 gives many parts, some of which share sums of gradients. */
  @ParameterizedTest
  @MethodSource("cases")
  void anyNumberOfThreadsGivesTheSameBits(String dtype, int context, Adjoint adjoint) {
    assertTrue(RowParts.of(700, 3, 100).count() > RowParts.of(700, 3, 100).groups());
    ModelConfig config = SmallModels.config("concatsquash", DIM, context, 100, 2).withDtype(dtype);
    for (int rows : new int[] {1, 2, 33, 150, 700}) {
      expectSameBits(config, ADAPTIVE.withAdjoint(adjoint), rows);
    }
  }

  private static Stream<Arguments> layers() {
    return SmallModels.layers().stream()
        .flatMap(layer -> Stream.of("float32", "float64").map(d -> Arguments.of(layer, d)));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void everyLayerGivesTheSameBits(String layer, String dtype) {
    ModelConfig config = SmallModels.config(layer, DIM, CONTEXT, 64, 2).withDtype(dtype);
    expectSameBits(config, ADAPTIVE, 150);
  }

  /** Wide weights have fewer, larger parts and no transposes. */
  @ParameterizedTest
  @ValueSource(strings = {"float32", "float64"})
  void wideLayersGiveTheSameBits(String dtype) {
    ModelConfig config = SmallModels.config("concat", DIM, CONTEXT, 130, 1).withDtype(dtype);
    expectSameBits(config, ADAPTIVE.withTrainingDivergence(new ExactTrace()), 700);
  }

  /** How much of a solve fits a budget must not depend on what memory has been used for. */
  @ParameterizedTest
  @ValueSource(longs = {3_000_000, 10_000_000, 30_000_000, 100_000_000})
  void whatWasComputedBeforeDoesNotMatter(long budget) {
    ModelConfig config = SmallModels.config("concatsquash", DIM, CONTEXT, 100, 1);
    SolveSettings options = ADAPTIVE.withAdjoint(new DiscreteAdjoint(budget));
    int[] batches = {33, 700, 150, 33, 700};
    List<List<Results>> expected = new ArrayList<>();
    for (int rows : batches) {
      try (BuiltModel<ModelConfig> fresh = SmallModels.create(config, 1)) {
        expected.add(gradients(fresh, SmallModels.solved(fresh, options).flow(), rows));
      }
    }
    for (int threads : OTHERS) {
      try (BuiltModel<ModelConfig> model = SmallModels.create(config, threads)) {
        Flow flow = SmallModels.solved(model, options).flow();
        for (int b = 0; b < batches.length; b++) {
          List<Results> got = gradients(model, flow, batches[b]);
          for (int i = 0; i < got.size(); i++) {
            assertArrayEquals(
                expected.get(b).get(i).values(),
                got.get(i).values(),
                "%s of batch %d with %d threads, seed %d"
                    .formatted(got.get(i).name(), b, threads, SEED));
          }
        }
      }
    }
  }

  /** Rows of several parts leave the range of numbers; which one is told of is not a race. */
  @Test
  void failuresAreTheSame() {
    ModelConfig tanh = SmallModels.config("mlp", DIM, 0, 100, 1);
    ModelConfig config = tanh.toBuilder().activation("square").build();
    double[] x = SmallModels.rows(700, DIM, SEED);
    for (int row : new int[] {40, 349, 350, 699}) {
      x[row * DIM] = 1e160;
    }
    for (Adjoint adjoint : adjoints()) {
      List<String> messages = new ArrayList<>();
      for (int threads : new int[] {1, 2, 3, 5, 5, 5}) {
        try (BuiltModel<ModelConfig> model = SmallModels.create(config, threads)) {
          Flow flow = SmallModels.solved(model, ADAPTIVE.withAdjoint(adjoint)).flow();
          Tape tape = Tape.recording(flow.backend());
          Var input = SmallModels.input(tape, x, DIM);
          FjordException e =
              assertThrows(
                  FjordException.class,
                  () -> flow.logProb(Pass.training(tape, random()), input, null));
          assertEquals(ErrorKey.SOLVE_FAILED, e.key());
          messages.add(String.valueOf(e.getMessage()));
        }
      }
      assertEquals(1, Set.copyOf(messages).size(), messages::toString);
    }
  }

  /** The gradient of few rows, all in one part. */
  private static List<Results> ofSingleParts(BuiltModel<ModelConfig> model, Flow flow, int rows) {
    int each = 10;
    double[] x = SmallModels.rows(rows, DIM, SEED);
    double[] c = SmallModels.rows(rows, CONTEXT, SEED + 1);
    Backend backend = flow.backend();
    model.parameters().zeroGradient();
    List<double[]> logProbs = new ArrayList<>();
    List<double[]> ofRows = new ArrayList<>();
    List<double[]> ofContext = new ArrayList<>();
    for (int from = 0; from < rows; from += each) {
      int to = Math.min(rows, from + each);
      assertEquals(1, RowParts.of(to - from, 1 + DIM, 64).count());
      Tape tape = Tape.recording(backend);
      Var own = SmallModels.input(tape, Arrays.copyOfRange(x, from * DIM, to * DIM), DIM);
      Var ownContext =
          SmallModels.input(tape, Arrays.copyOfRange(c, from * CONTEXT, to * CONTEXT), CONTEXT);
      Var logProb = flow.logProb(Pass.training(tape, random()), own, ownContext);
      tape.backward(tape.columnSum(logProb));
      logProbs.add(SmallModels.read(backend, logProb.value()));
      ofRows.add(SmallModels.read(backend, own.gradient()));
      ofContext.add(SmallModels.read(backend, ownContext.gradient()));
    }
    return List.of(
        new Results("log-densities", join(logProbs.toArray(double[][]::new))),
        new Results("gradient of parameters", model.parameters().gradient()),
        new Results("gradient of rows", join(ofRows.toArray(double[][]::new))),
        new Results("gradient of context", join(ofContext.toArray(double[][]::new))));
  }

  private static Stream<Arguments> layersAndAdjoints() {
    return SmallModels.layers().stream()
        .flatMap(
            layer ->
                Stream.of(0, 1_000_000_000)
                    .map(budget -> Arguments.of(layer, new DiscreteAdjoint(budget))));
  }

  /** With fixed steps rows do not meet, so that a batch is what its pieces are. */
  @ParameterizedTest
  @MethodSource("layersAndAdjoints")
  void partsAreWhatRowsOnTheirOwnAre(String layer, Adjoint adjoint) {
    int rows = 251;
    Divergence exact = new ExactTrace();
    SolveSettings options =
        ADAPTIVE
            .withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3))
            .withAdjoint(adjoint)
            .withTrainingDivergence(exact);
    assertTrue(RowParts.of(rows, 1 + DIM, 64).count() > 2);
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config(layer, DIM, CONTEXT, 64, 2), 3)) {
      Flow flow = SmallModels.solved(model, options).flow();
      List<Results> expected = ofSingleParts(model, flow, rows);
      List<Results> got = gradients(model, flow, rows);
      for (int i = 0; i < expected.size(); i++) {
        double[] one = expected.get(i).values();
        double largest = DoubleStream.of(one).map(Math::abs).max().orElseThrow();
        String name = got.get(i).name() + ", seed " + SEED;
        assertArrayEquals(one, got.get(i).values(), 1e-12 * largest, name);
      }
    }
  }

  @Test
  void noThreadsAreRefused() {
    ModelConfig config = ModelConfig.mlp(2);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> config.create(random(), 0), "0");
  }
}
