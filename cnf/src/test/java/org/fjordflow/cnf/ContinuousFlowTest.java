package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes, budgets, several passes on one tape, no rows: what users come across. */
final class ContinuousFlowTest {

  private final BuiltModel<ModelConfig> model =
      SmallModels.create(SmallModels.config("concatsquash", 3, 2, 6, 2));
  private final Backend backend = model.parameters().backend();
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    model.close();
  }

  private static Adjoint adjoint(String name) {
    return switch (name) {
      case "discrete" -> DiscreteAdjoint.recomputing();
      case "keeping" -> new DiscreteAdjoint(100_000_000);
      default -> new ContinuousAdjoint();
    };
  }

  private Flow flow(SolveSettings options) {
    return SmallModels.solved(model, options).flow();
  }

  private double[][] rows(int n, int dim) {
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> random.doubles(dim, -1, 1).toArray());
    return rows;
  }

  @Test
  void otherShapesAreRefused() {
    Flow flow = model.flow();
    Context two = Context.of(rows(4, 2));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> flow.logProb(rows(4, 2), two, random));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> flow.toBase(rows(5, 3), two, random));
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> flow.logProb(rows(4, 3), Context.of(rows(4, 3)), random));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> flow.sample(4, Context.none(), random));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> flow.sampleAndLogProb(3, two, random));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new ContinuousFlow(0, 0, (t, s, z, c) -> z, new EndTime.Fixed(1), options(9)));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new ContinuousFlow(2, -1, (t, s, z, c) -> z, new EndTime.Fixed(1), options(9)));
  }

  private static SolveSettings options(long budget) {
    SolverConfig solver =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-9, 1e-9)
            .withMaxEvaluations(budget);
    return SolveSettings.exact().withSolver(solver);
  }

  @ParameterizedTest
  @ValueSource(strings = {"discrete", "keeping", "continuous"})
  void aSpentBudgetNamesTimeAndAdvice(String name) {
    double[][] x = rows(4, 3);
    Context context = Context.shared(new double[] {0.5, -1});
    double[] expected = flow(options(100_000)).logProb(x, context, random);
    Flow poor = flow(options(20).withAdjoint(adjoint(name)));
    String[] mentioned = {"t = ", "maxEvaluations", "rtol"};
    assertFails(ErrorKey.SOLVE_FAILED, () -> poor.logProb(x, context, random), mentioned);
    assertFails(ErrorKey.SOLVE_FAILED, () -> poor.sample(4, context, random), mentioned);
    assertFails(ErrorKey.SOLVE_FAILED, () -> gradient(poor, 4, SEED), mentioned);
    // Nothing is left behind that a later solve would meet.
    assertArrayEquals(expected, flow(options(100_000)).logProb(x, context, random));
  }

  @Test
  void aSpentBudgetOnTheWayBackIsSaid() {
    SolverConfig poor =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-9, 1e-9).withMaxEvaluations(20);
    Flow flow = flow(options(100_000).withAdjoint(new ContinuousAdjoint(poor)));
    assertFails(ErrorKey.SOLVE_FAILED, () -> gradient(flow, 4, SEED), "t = ", "maxEvaluations");
    Flow enough = flow(options(100_000).withAdjoint(new ContinuousAdjoint()));
    double[] first = gradient(enough, 4, SEED);
    assertArrayEquals(first, gradient(enough, 4, SEED));
  }

  /** The gradient of the sum of log-densities of n seeded rows, for parameters then inputs. */
  private double[] gradient(Flow flow, int n, long seed) {
    Tape tape = Tape.recording(backend);
    model.parameters().zeroGradient();
    Pass pass = Pass.training(tape, new SplittableRandom(seed));
    Var x = SmallModels.input(tape, SmallModels.rows(n, 3, seed), 3);
    Var context = SmallModels.input(tape, SmallModels.rows(n, 2, seed + 1), 2);
    tape.backward(tape.columnSum(flow.logProb(pass, x, context)));
    double[] parameters = model.parameters().gradient();
    double[] inputs = SmallModels.read(backend, x.gradient());
    double[] all = Arrays.copyOf(parameters, parameters.length + inputs.length);
    System.arraycopy(inputs, 0, all, parameters.length, inputs.length);
    return all;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1_000_000, 100_000_000})
  void keepingLinearizationsChangesRoundingAtMost(long memoryBudget) {
    double[] recomputed = gradient(flow(options(100_000)), 4, SEED);
    SolveSettings keeping = options(100_000).withAdjoint(new DiscreteAdjoint(memoryBudget));
    // What acts through time alone is summed over other groups of stages.
    assertArrayEquals(recomputed, gradient(flow(keeping), 4, SEED), 1e-14);
  }

  /** Two passes of different size through the same blocks, before one sweep through both. */
  @ParameterizedTest
  @CsvSource({
    "discrete, false",
    "discrete, true",
    "keeping, false",
    "keeping, true",
    "continuous, false",
    "continuous, true"
  })
  void aFlowMayBeUsedTwiceOnOneTape(String name, boolean probes) {
    SolveSettings options =
        SolveSettings.exact()
            .withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 5))
            .withAdjoint(adjoint(name))
            .withTrainingDivergence(
                probes ? new Hutchinson(ProbeDistribution.GAUSSIAN, 2) : new ExactTrace());
    Flow flow = flow(options);
    int size = model.parameters().size();
    double[] first = gradient(flow, 4, SEED);
    double[] second = gradient(flow, 7, SEED + 9);
    Tape tape = Tape.recording(backend);
    model.parameters().zeroGradient();
    Var x = SmallModels.input(tape, SmallModels.rows(4, 3, SEED), 3);
    Var c = SmallModels.input(tape, SmallModels.rows(4, 2, SEED + 1), 2);
    Var u = SmallModels.input(tape, SmallModels.rows(7, 3, SEED + 9), 3);
    Var d = SmallModels.input(tape, SmallModels.rows(7, 2, SEED + 10), 2);
    Pass one = Pass.training(tape, new SplittableRandom(SEED));
    Pass other = Pass.training(tape, new SplittableRandom(SEED + 9));
    Var sum =
        tape.add(
            tape.columnSum(flow.logProb(one, x, c)), tape.columnSum(flow.logProb(other, u, d)));
    tape.backward(sum);
    double[] gradient = model.parameters().gradient();
    for (int i = 0; i < size; i++) {
      assertEquals(first[i] + second[i], gradient[i], 1e-12 * (1 + Math.abs(gradient[i])));
    }
    double[] ofX = SmallModels.read(backend, x.gradient());
    double[] ofU = SmallModels.read(backend, u.gradient());
    assertArrayEquals(Arrays.copyOfRange(first, size, first.length), ofX, 1e-12);
    assertArrayEquals(Arrays.copyOfRange(second, size, second.length), ofU, 1e-12);
  }

  /** The same rows twice in a sum give twice the gradient. */
  @Test
  void aSharedInputGathersItsGradients() {
    SolverConfig solver = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 5);
    Flow flow = flow(SolveSettings.exact().withSolver(solver));
    double[] once = gradient(flow, 4, SEED);
    Tape tape = Tape.recording(backend);
    model.parameters().zeroGradient();
    Var x = SmallModels.input(tape, SmallModels.rows(4, 3, SEED), 3);
    Var c = SmallModels.input(tape, SmallModels.rows(4, 2, SEED + 1), 2);
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    Var sum = tape.add(flow.logProb(pass, x, c), flow.logProb(pass, x, c));
    tape.backward(tape.columnSum(sum));
    double[] gradient = model.parameters().gradient();
    for (int i = 0; i < gradient.length; i++) {
      assertEquals(2 * once[i], gradient[i], 1e-12 * (1 + Math.abs(gradient[i])));
    }
    double[] ofX = SmallModels.read(backend, x.gradient());
    for (int i = 0; i < ofX.length; i++) {
      assertEquals(2 * once[gradient.length + i], ofX[i], 1e-12);
    }
  }

  @ParameterizedTest
  @CsvSource({"discrete, exact", "continuous, exact", "discrete, probes", "continuous, probes"})
  void noRowsAreNothing(String adjointName, String divergence) {
    Hutchinson probes = new Hutchinson(ProbeDistribution.GAUSSIAN, 3);
    SolveSettings options = SolveSettings.exact().withAdjoint(adjoint(adjointName));
    Flow flow =
        flow(
            divergence.equals("exact")
                ? options
                : options.withTrainingDivergence(probes).withEvaluationDivergence(probes));
    for (double g : gradient(flow, 0, SEED)) {
      assertEquals(0, g + 0.0);
    }
    Context none = Context.of(new double[0][]);
    assertEquals(0, flow.toBase(new double[0][], none, random).length);
    assertEquals(0, flow.score(new double[0][], none, random).logProb().length);
    Sample sample = flow.sampleAndLogProb(0, none, random);
    assertEquals(0, sample.rows().length);
    assertEquals(0, flow.sample(0, none, random).length);
  }

  /** With fixed steps rows do not meet, so neither batch nor chunk matters. */
  @Test
  void aRowAloneIsTheSameRow() {
    SolverConfig solver = SolverConfig.fixed(SolverMethod.THREE_EIGHTHES, 6);
    Flow flow = flow(SolveSettings.exact().withSolver(solver));
    double[][] x = rows(7, 3);
    double[][] c = rows(7, 2);
    LogDensity all = flow.score(x, Context.of(c), random);
    LogDensity chunks = flow.withChunkRows(3).score(x, Context.of(c), random);
    assertArrayEquals(all.logProb(), chunks.logProb(), 1e-13);
    for (int i = 0; i < 7; i++) {
      double[][] row = {x[i]};
      double[] alone = flow.logProb(row, Context.shared(c[i]), random);
      assertEquals(all.logProb()[i], alone[0], 1e-13, "row " + i);
    }
  }

  @Test
  void endTimesMustBePositive() {
    for (double time : List.of(0.0, -1.0, Double.NaN, Double.POSITIVE_INFINITY)) {
      String said = String.valueOf(time);
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> new EndTime.Fixed(time), said);
      Parameters fresh = new Parameters(backend);
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> EndTime.trained(fresh, "end", time), said);
    }
  }
}
