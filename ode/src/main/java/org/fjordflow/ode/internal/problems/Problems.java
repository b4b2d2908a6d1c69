package org.fjordflow.ode.internal.problems;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** All problems of this package. */
public final class Problems {
  private Problems() {}

  /**
   * Returns problems of the Test Set for IVP Solvers, with their published end states: {@code
   * pleiades}, {@code arenstorf}, and the stiff {@code hires} (mildly) and {@code vdpol_1e3}.
   */
  public static List<InitialValueProblem> ivpTestSet() {
    return IvpTestSet.problems();
  }

  /**
   * Returns the 25 problems of DETEST (Hull, Enright, Fellen and Sedgwick 1972): {@code A1} to
   * {@code E5}.
   */
  public static List<InitialValueProblem> detest() {
    return Detest.problems();
  }

  /** Returns every problem. */
  public static List<InitialValueProblem> all() {
    List<InitialValueProblem> all = new ArrayList<>(ivpTestSet());
    all.addAll(detest());
    return all;
  }

  /**
   * Finds a problem.
   *
   * @param name such as {@code arenstorf} or {@code B3}
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT}, listing the names, if there is
   *     none of that name
   */
  public static InitialValueProblem of(String name) {
    List<InitialValueProblem> all = all();
    return all.stream()
        .filter(problem -> problem.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_ARGUMENT,
                    "no problem '"
                        + name
                        + "'; there are "
                        + all.stream()
                            .map(InitialValueProblem::name)
                            .collect(Collectors.joining(", "))));
  }
}
