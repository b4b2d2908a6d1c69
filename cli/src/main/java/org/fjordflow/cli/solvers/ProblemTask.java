package org.fjordflow.cli.solvers;

import java.util.List;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.internal.problems.InitialValueProblem;

/**
 * The end state of a published problem.
 *
 * @param source the problem
 */
record ProblemTask(InitialValueProblem source) implements Task {
  private static final long MAX_EVALUATIONS = 2_000_000;

  @Override
  public String problem() {
    return source.name();
  }

  @Override
  public Mode mode() {
    return Mode.FORWARD;
  }

  @Override
  public List<Integer> budgets() {
    return List.of(100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400);
  }

  @Override
  public double[] reference() {
    return source.endState();
  }

  @Override
  public Result compute(Setting setting) {
    Solution solution = source.solve(setting.config(MAX_EVALUATIONS)).orThrow();
    SolveStats stats = solution.stats();
    return new Result(
        solution.state(), stats.evaluations(), stats.acceptedSteps(), stats.rejectedSteps());
  }
}
