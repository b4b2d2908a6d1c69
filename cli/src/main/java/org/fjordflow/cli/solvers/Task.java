package org.fjordflow.cli.solvers;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Something that solvers compute, at some cost with some error. */
interface Task {

  /** Returns the name of the problem. */
  String problem();

  /** Returns what is computed. */
  Mode mode();

  /** Returns about how many evaluations solves with fixed steps are to take. */
  List<Integer> budgets();

  /** Returns the reference, computed anew. */
  double[] reference();

  /**
   * Computes the result.
   *
   * @throws FjordException {@link ErrorKey#SOLVE_FAILED} if a solve does not reach its end; {@link
   *     ErrorKey#INVALID_CONFIGURATION} or {@link ErrorKey#UNSUPPORTED} if the method cannot do
   *     this
   */
  Result compute(Setting setting);

  /**
   * A result and its cost.
   *
   * @param value what was computed
   * @param evaluations evaluations of the field
   * @param accepted accepted steps of the forward solve
   * @param rejected rejected steps of the forward solve
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Result(double[] value, long evaluations, long accepted, long rejected) {}
}
