package org.fjordflow.cli;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.internal.SolverChange;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that solves. */
final class SolverOptions {
  @Option(
      names = "--method",
      paramLabel = "NAME",
      description =
          "solver: dopri5, dopri853, higham-hall54, gbs, adams-bashforth, adams-moulton (adaptive);"
              + " euler, midpoint, rk4, gill, three-eighths, luther (fixed steps). What is not given"
              + " of the solver is the model's own")
  private @Nullable String method;

  @Option(
      names = "--rtol",
      paramLabel = "X",
      description = "relative tolerance of adaptive solvers, such as 1e-5")
  private @Nullable Double rtol;

  @Option(
      names = "--atol",
      paramLabel = "X",
      description = "absolute tolerance of adaptive solvers, such as 1e-5")
  private @Nullable Double atol;

  @Option(
      names = "--error-norm",
      paramLabel = "NAME",
      description =
          "error norm of adaptive solvers: rms (root mean square over all), state (over positions"
              + " alone), mixed (the larger one of positions' and log-determinants'), largest"
              + " (component); not of gbs and the Adams methods")
  private @Nullable String errorNorm;

  @Option(
      names = "--solver-steps",
      paramLabel = "N",
      description = "number of steps of fixed-step solvers")
  private @Nullable Integer steps;

  @Mixin private ThreadsOption threads;

  /** Returns the method that was given, or null. */
  @Nullable String method() {
    return method;
  }

  /** Returns what was given on the command line. It is for training and for evaluations. */
  SolverChange change() {
    return new SolverChange(method, rtol, atol, steps, errorNorm);
  }

  /**
   * Checks that no option of a solver was given.
   *
   * @param what is not solved, in messages
   * @throws FjordException INVALID_ARGUMENT naming the option
   */
  void refuse(String what) {
    String given =
        method != null
            ? "--method"
            : rtol != null
                ? "--rtol"
                : atol != null
                    ? "--atol"
                    : errorNorm != null ? "--error-norm" : steps != null ? "--solver-steps" : null;
    if (given != null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          given + " is for continuous flows; " + what + " is a discrete flow, which is not solved");
    }
  }

  /**
   * Returns how many threads compute at most.
   *
   * @throws FjordException INVALID_ARGUMENT if there are none
   */
  int threads() {
    return threads.count();
  }
}
