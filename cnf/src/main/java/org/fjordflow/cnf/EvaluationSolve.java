package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.SolverConfig;

/**
 * How a continuous flow is solved in evaluations: scores and samples.
 *
 * @param solver chooses the steps
 * @param divergence how the divergence is found
 */
public record EvaluationSolve(
    @JsonSerialize(using = SolverJson.Writer.class)
        @JsonDeserialize(using = SolverJson.Reader.class)
        SolverConfig solver,
    @JsonSerialize(using = DivergenceJson.Writer.class)
        @JsonDeserialize(using = DivergenceJson.Reader.class)
        Divergence divergence) {

  /**
   * Checks that both are there: absent ones come from files.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is not
   */
  public EvaluationSolve {
    ConfigChecks.require(solver != null, "solver", solver, "an object");
    ConfigChecks.require(divergence != null, "divergence", divergence, "an object");
  }
}
