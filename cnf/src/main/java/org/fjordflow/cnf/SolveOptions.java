package org.fjordflow.cnf;

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
 * @param training solver of training passes
 * @param evaluation solver of evaluations
 * @param adjoint how gradients are found
 * @param trainingDivergence divergence in training passes
 * @param evaluationDivergence divergence in evaluations
 * @param penalty what is added to the loss in training passes with log-determinants
 */
public record SolveOptions(
    SolverConfig training,
    SolverConfig evaluation,
    Adjoint adjoint,
    Divergence trainingDivergence,
    Divergence evaluationDivergence,
    EnergyPenalty penalty) {

  /**
   * Checks that the adjoint can go back the steps of training.
   *
   * @throws org.fjordflow.base.FjordException with key INVALID_CONFIGURATION if it cannot
   */
  public SolveOptions {
    adjoint.requireSupports(training);
  }

  /**
   * Dormand-Prince 5(4) at 1e-5, the discrete adjoint and the exact trace: FFJORD's settings for
   * two dimensions.
   */
  public static SolveOptions exact() {
    SolverConfig dopri5 = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    return new SolveOptions(
        dopri5,
        dopri5,
        new DiscreteAdjoint(),
        new ExactTrace(),
        new ExactTrace(),
        EnergyPenalty.NONE);
  }

  /**
   * As {@link #exact}, with one Rademacher probe in training and the exact trace in evaluations.
   */
  public static SolveOptions hutchinson() {
    return exact().withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
  }

  /** The same options with one solver for training and evaluation. */
  public SolveOptions withSolver(SolverConfig solver) {
    return new SolveOptions(
        solver, solver, adjoint, trainingDivergence, evaluationDivergence, penalty);
  }

  /** The same options with another solver for evaluations. */
  public SolveOptions withEvaluationSolver(SolverConfig solver) {
    return new SolveOptions(
        training, solver, adjoint, trainingDivergence, evaluationDivergence, penalty);
  }

  /** The same options with another adjoint. */
  public SolveOptions withAdjoint(Adjoint other) {
    return new SolveOptions(
        training, evaluation, other, trainingDivergence, evaluationDivergence, penalty);
  }

  /** The same options with another divergence in training. */
  public SolveOptions withTrainingDivergence(Divergence divergence) {
    return new SolveOptions(
        training, evaluation, adjoint, divergence, evaluationDivergence, penalty);
  }

  /** The same options with another divergence in evaluations. */
  public SolveOptions withEvaluationDivergence(Divergence divergence) {
    return new SolveOptions(training, evaluation, adjoint, trainingDivergence, divergence, penalty);
  }

  /** The same options with another penalty in training. */
  public SolveOptions withPenalty(EnergyPenalty other) {
    return new SolveOptions(
        training, evaluation, adjoint, trainingDivergence, evaluationDivergence, other);
  }
}
