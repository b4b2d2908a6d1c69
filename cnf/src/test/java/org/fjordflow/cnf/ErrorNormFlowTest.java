package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;

/** What error norms do in flows. */
final class ErrorNormFlowTest {

  private static final SolverConfig.ByTolerance DOPRI5 =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);

  /** Evaluations and log-densities of a flow whose log-determinants are harder than positions. */
  private static LogDensity score(ErrorNorm norm, double tolerance) {
    double[][] rows = new double[64][2];
    SplittableRandom random = new SplittableRandom(SEED);
    for (double[] row : rows) {
      Arrays.setAll(row, i -> random.nextDouble(-2, 2));
    }
    ModelConfig config = SmallModels.config("concatsquash", 2, 0, 24, 1);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      double[] values = model.parameters().get();
      for (int i = 0; i < values.length; i++) {
        values[i] *= 1.5;
      }
      model.parameters().set(values);
      SolverConfig solver = DOPRI5.withTolerances(tolerance, tolerance).withErrorNorm(norm);
      SolveSettings solve =
          SolveSettings.exact().withSolver(solver).withEvaluationSteps(SolveSettings.Steps.SHARED);
      return SmallModels.solved(model, solve)
          .flow()
          .score(rows, Context.none(), new SplittableRandom(SEED));
    }
  }

  @Test
  void whatEachNormDoesToTheNumberOfEvaluations() {
    ErrorNorm rms = ErrorNorm.rootMeanSquare();
    LogDensity exact = score(rms, 1e-11);
    List<Long> evaluations = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    for (ErrorNorm norm :
        new ErrorNorm[] {
          rms.over(ContinuousFlow.POSITIONS),
          rms.withFactors(ContinuousFlow.LOG_DETERMINANTS, 10, 10),
          rms,
          ErrorNorm.mixed(),
          ErrorNorm.largest()
        }) {
      LogDensity scores = score(norm, 1e-7);
      double error = 0;
      for (int i = 0; i < scores.logProb().length; i++) {
        error = Math.max(error, Math.abs(scores.logProb()[i] - exact.logProb()[i]));
      }
      evaluations.add(scores.work().forwardEvaluations());
      errors.add(error);
    }
    String report = "seed " + SEED + ": " + evaluations + " evaluations, errors " + errors;
    for (int i = 1; i < evaluations.size(); i++) {
      assertTrue(evaluations.get(i - 1) <= evaluations.get(i), report);
    }
    assertTrue(evaluations.get(0) < evaluations.get(4), report);
    assertTrue(errors.get(4) < errors.get(0), report);
  }

  @Test
  void bothAdjointsTakeEveryNorm() {
    for (Adjoint adjoint : new Adjoint[] {new DiscreteAdjoint(), new ContinuousAdjoint()}) {
      double[] expected = gradient(adjoint, ErrorNorm.rootMeanSquare());
      for (ErrorNorm norm :
          new ErrorNorm[] {
            ErrorNorm.rootMeanSquare().over(ContinuousFlow.POSITIONS),
            ErrorNorm.mixed().withFactors(ContinuousFlow.LOG_DETERMINANTS, 2, 2),
            ErrorNorm.largest()
          }) {
        double[] actual = gradient(adjoint, norm);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
          largest = Math.max(largest, Math.abs(expected[i]));
          difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
        }
        assertTrue(difference < 1e-4 * largest, norm + ": " + difference);
      }
    }
  }

  private static double[] gradient(Adjoint adjoint, ErrorNorm norm) {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concatsquash", 2, 0, 16, 1))) {
      SolverConfig solver = DOPRI5.withTolerances(1e-7, 1e-7).withErrorNorm(norm);
      Flow flow =
          SmallModels.solved(model, SolveSettings.exact().withSolver(solver).withAdjoint(adjoint))
              .flow();
      Tape tape = Tape.recording(flow.backend());
      Var x = SmallModels.input(tape, SmallModels.rows(20, 2, SEED), 2);
      Pass pass = Pass.training(tape, new SplittableRandom(SEED));
      tape.backward(tape.mean(flow.logProb(pass, x, null)));
      return model.parameters().gradient();
    }
  }
}
