package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.SolverConfig;

/**
 * How a continuous flow is solved in training passes.
 *
 * @param solver chooses the steps
 * @param adjoint how gradients are found; those of evaluation passes too, where one is recorded
 * @param divergence how the divergence is found
 * @param penalty what is added to the loss in passes with log-determinants
 */
public record TrainingSolve(
    @JsonSerialize(using = SolverJson.Writer.class)
        @JsonDeserialize(using = SolverJson.Reader.class)
        SolverConfig solver,
    @JsonSerialize(using = AdjointJson.Writer.class)
        @JsonDeserialize(using = AdjointJson.Reader.class)
        Adjoint adjoint,
    @JsonSerialize(using = DivergenceJson.Writer.class)
        @JsonDeserialize(using = DivergenceJson.Reader.class)
        Divergence divergence,
    EnergyPenalty penalty) {

  /**
   * Checks that the adjoint can go back the solver's steps.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it cannot, or a part is
   *     absent
   */
  public TrainingSolve {
    // Absent parts come from files.
    ConfigChecks.require(solver != null, "solver", solver, "an object");
    ConfigChecks.require(adjoint != null, "adjoint", adjoint, "an object");
    ConfigChecks.require(divergence != null, "divergence", divergence, "an object");
    ConfigChecks.require(penalty != null, "penalty", penalty, "an object");
    adjoint.requireSupports(solver);
  }
}
