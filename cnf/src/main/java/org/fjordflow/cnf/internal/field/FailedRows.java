package org.fjordflow.cnf.internal.field;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.jspecify.annotations.Nullable;

/** What becomes of rows that could not be solved. */
public final class FailedRows {

  private FailedRows() {}

  /**
   * Makes these rows NaN and tells of them, or fails.
   *
   * @param solution its states are modified
   * @param failures takes the rows; null where one is to fail the pass. Modified.
   * @throws FjordException SOLVE_FAILED for a failed row without failures
   */
  public static void report(RowSolution solution, @Nullable Failures failures) {
    List<Integer> rows = solution.failed();
    if (rows.isEmpty()) {
      return;
    }
    if (failures == null) {
      String first = status(solution, rows.get(0)).message();
      throw new FjordException(
          ErrorKey.SOLVE_FAILED,
          solution.rows() == 1
              ? first
              : "%d of %d rows could not be solved, the first of them row %d: %s"
                  .formatted(rows.size(), solution.rows(), rows.get(0), first));
    }
    int width = solution.width();
    for (int row : rows) {
      SolveStatus status = status(solution, row);
      boolean overflow = status.outcome() == Outcome.NON_FINITE;
      failures.add(new Failures.Failure(row, overflow, status.message()));
      Arrays.fill(solution.states(), row * width, (row + 1) * width, Double.NaN);
    }
  }

  private static SolveStatus status(RowSolution solution, int row) {
    return Objects.requireNonNull(solution.failures()[row]);
  }
}
