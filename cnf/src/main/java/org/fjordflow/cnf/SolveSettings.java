package org.fjordflow.cnf;

import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * How a continuous flow is solved.
 *
 * @param training in training passes
 * @param evaluation in evaluations
 */
public record SolveSettings(TrainingSolve training, EvaluationSolve evaluation) {

  /** Evaluations of the field after which a solve is given up unless said otherwise. */
  public static final long DEFAULT_MAX_EVALUATIONS = 100_000;

  /**
   * Checks that both are there: absent ones come from files.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is not
   */
  public SolveSettings {
    ConfigChecks.require(training != null, "training", training, "an object");
    ConfigChecks.require(evaluation != null, "evaluation", evaluation, "an object");
  }

  /**
   * Dormand-Prince 5(4) at 1e-5, the discrete adjoint and the exact trace: FFJORD's settings for
   * two dimensions.
   */
  public static SolveSettings exact() {
    SolverConfig dopri5 =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5)
            .withMaxEvaluations(DEFAULT_MAX_EVALUATIONS);
    return new SolveSettings(
        new TrainingSolve(dopri5, new DiscreteAdjoint(), new ExactTrace(), EnergyPenalty.NONE),
        new EvaluationSolve(dopri5, new ExactTrace()));
  }

  /**
   * As {@link #exact}, with one Rademacher probe in training and the exact trace in evaluations.
   */
  public static SolveSettings hutchinson() {
    return exact().withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
  }

  /** The same with one solver for training and evaluations. */
  public SolveSettings withSolver(SolverConfig solver) {
    return withTrainingSolver(solver).withEvaluationSolver(solver);
  }

  /** The same with another solver in training. */
  public SolveSettings withTrainingSolver(SolverConfig solver) {
    return with(
        new TrainingSolve(solver, training.adjoint(), training.divergence(), training.penalty()));
  }

  /** The same with another solver in evaluations. */
  public SolveSettings withEvaluationSolver(SolverConfig solver) {
    return new SolveSettings(training, new EvaluationSolve(solver, evaluation.divergence()));
  }

  /** The same with another adjoint. */
  public SolveSettings withAdjoint(Adjoint adjoint) {
    return with(
        new TrainingSolve(training.solver(), adjoint, training.divergence(), training.penalty()));
  }

  /** The same with another divergence in training. */
  public SolveSettings withTrainingDivergence(Divergence divergence) {
    return with(
        new TrainingSolve(training.solver(), training.adjoint(), divergence, training.penalty()));
  }

  /** The same with another divergence in evaluations. */
  public SolveSettings withEvaluationDivergence(Divergence divergence) {
    return new SolveSettings(training, new EvaluationSolve(evaluation.solver(), divergence));
  }

  /** The same with another penalty in training. */
  public SolveSettings withPenalty(EnergyPenalty penalty) {
    return with(
        new TrainingSolve(training.solver(), training.adjoint(), training.divergence(), penalty));
  }

  private SolveSettings with(TrainingSolve other) {
    return new SolveSettings(other, evaluation);
  }
}
