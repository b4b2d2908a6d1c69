package org.fjordflow.ode.internal.parts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.ode.SolveStatus;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a {@link RowSystem} were solved.
 *
 * @param width components of a row
 * @param states where each row ended, row by row; of a row that failed, the end of its last
 *     accepted step
 * @param evaluations of each row, counted as those of a solve of it alone
 * @param accepted steps of each row
 * @param rejected steps of each row
 * @param stiff how many rows seemed stiff
 * @param failures why a row failed, null for one that did not
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record RowSolution(
    int width,
    double[] states,
    long[] evaluations,
    long[] accepted,
    long[] rejected,
    int stiff,
    @Nullable SolveStatus[] failures) {

  /** Returns the solution of rows that stay where they are. */
  public static RowSolution unmoved(int rows, int width, double[] states) {
    return new RowSolution(
        width,
        states.clone(),
        new long[rows],
        new long[rows],
        new long[rows],
        0,
        new @Nullable SolveStatus[rows]);
  }

  /** Returns the number of rows. */
  public int rows() {
    return evaluations.length;
  }

  /** Returns the rows that failed, in their order. */
  public List<Integer> failed() {
    List<Integer> failed = new ArrayList<>();
    for (int row = 0; row < failures.length; row++) {
      if (failures[row] != null) {
        failed.add(row);
      }
    }
    return failed;
  }

  /** Returns the sum over all rows. */
  public static long total(long[] counts) {
    return Arrays.stream(counts).sum();
  }
}
