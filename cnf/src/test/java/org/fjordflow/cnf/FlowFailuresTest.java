package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.internal.field.FieldSystem;
import org.fjordflow.cnf.internal.field.MlpField;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.cnf.internal.field.Workspace;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What solves say of a flow: why they failed, and whether its field seems stiff. */
final class FlowFailuresTest {

  private static final SolverConfig.ByTolerance DOPRI5 =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);

  private final Backend backend = new CpuBackend(DType.FLOAT32, 1);
  private final Parameters parameters = new Parameters(backend);
  private final MlpField field =
      new MlpField(
          Mlp.create(
              parameters, "mlp", List.of(3, 16, 2), Activation.TANH, new SplittableRandom(SEED)));

  @AfterEach
  void close() {
    backend.close();
  }

  private Flow flow(VectorField ofFlow, SolverConfig solver) {
    SolveSettings options = SolveSettings.exact().withSolver(solver);
    return new Flow(
        DiagonalNormal.standard(2),
        new ContinuousFlow(2, 0, ofFlow, new EndTime.Fixed(2), options),
        backend);
  }

  private String failure(VectorField ofFlow, SolverConfig solver, String... mentioned) {
    double[][] rows = {{0.3, -0.8}, {1.1, 0.7}, {0.1, 0.2}};
    FjordException thrown =
        assertThrows(
            FjordException.class,
            () -> flow(ofFlow, solver).score(rows, Context.none(), new SplittableRandom(SEED)));
    assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
    String message = String.valueOf(thrown.getMessage());
    for (String text : mentioned) {
      assertTrue(message.contains(text), "'" + text + "' in: " + message);
    }
    for (String text : new String[] {"t = ", "h = ", "worst component ", "row "}) {
      assertTrue(message.contains(text), "'" + text + "' in: " + message);
    }
    return message;
  }

  private String norm() {
    double squares = Arrays.stream(parameters.get()).map(x -> x * x).sum();
    return String.format(Locale.ROOT, "norm of the parameters %.4g", Math.sqrt(squares));
  }

  @Test
  void aSpentBudget() {
    failure(field, DOPRI5.withMaxEvaluations(9), "budget", norm(), "raise maxEvaluations");
  }

  @Test
  void toleranceBelowFloat32() {
    for (double tolerance : new double[] {1e-9, 1e-12}) {
      failure(
          field,
          DOPRI5.withTolerances(tolerance, tolerance),
          "below the field's precision",
          "rtol " + tolerance,
          norm(),
          "float64");
    }
    for (double tolerance : new double[] {1e-6, 1e-7}) {
      flow(field, DOPRI5.withTolerances(tolerance, tolerance))
          .score(new double[][] {{1, 2}}, Context.none(), new SplittableRandom(SEED));
    }
  }

  /** z' = w z^2, which ends at t = 1 / (w z). */
  @Test
  void stepUnderflow() {
    Parameter weight = parameters.add("weight", new double[] {1.5});
    VectorField square =
        (tape, t, z, context) ->
            tape.multiply(tape.apply(Elementwise.SQUARE, z), tape.parameter(weight));
    String message =
        failure(square, DOPRI5, "Step underflow", "norm of the parameters 1.500", "regularise");
    assertTrue(message.contains("row 1") || message.contains("log-determinant"), message);
  }

  @Test
  void valuesNotFinite() {
    double[] values = parameters.get();
    values[values.length - 1] = Double.NaN;
    parameters.set(values);
    failure(field, DOPRI5, "not finite", "column 1", "norm of the parameters NaN", "NaN");
    Arrays.fill(values, 3e38);
    parameters.set(values);
    failure(field, DOPRI5, "not finite", norm(), "lower the learning rate");
  }

  @Test
  void aTrainedNetworkDoesNotSeemStiffAndAScaledOneDoes() {
    new Trainer(
            TrainerConfig.of(60, 64, SEED),
            parameters,
            Objectives.negativeLogLikelihood(flow(field, DOPRI5)),
            BatchSource.sampled(ToyDensity.MOONS::sample),
            List.of())
        .train();
    SolveStats trained = solve(field, 5);
    assertFalse(trained.seemsStiff(), "seed " + SEED);
    assertEquals(SolveStats.Stepper.PARTS, trained.stepper());
    // z' = -300 z beside the network.
    VectorField stiff =
        (tape, t, z, context) -> tape.sum(1, field.apply(tape, t, z, context), -300, z);
    SolveStats stats = solve(stiff, 5);
    assertTrue(stats.seemsStiff(), "seed " + SEED + ": " + stats);
    assertTrue(stats.stiffFrom() < 2.5, stats.toString());
  }

  /** Solves for positions and log-determinants. */
  private SolveStats solve(VectorField ofSystem, double end) {
    int rows = 40;
    RowParts parts = RowParts.of(rows, 3, ofSystem.width());
    ExactTrace trace = new ExactTrace();
    Divergence.JacobianProducts notAsked =
        (vectors, count) -> {
          throw new AssertionError("directions do not depend on the field");
        };
    double[] directions = trace.draw(rows, 2, new SplittableRandom(SEED), notAsked);
    Tape tape = Tape.evaluating(backend);
    FieldSystem system =
        new FieldSystem(
            ofSystem,
            backend,
            new Workspace(),
            parts,
            2,
            trace,
            FieldSystem.cut(tape, parts, directions, 2),
            null,
            null,
            null);
    double[] start = Arrays.copyOf(SmallModels.rows(rows, 2, SEED), system.dimension());
    return new OdeSolver(DOPRI5).solve(system, 0, start, end).orThrow().stats();
  }
}
