package org.fjordflow.cnf.internal;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.internal.json.FlowNorm;
import org.fjordflow.cnf.internal.json.SolverJson;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverConfig.Adaptive;
import org.fjordflow.ode.SolverConfig.ByTolerance;
import org.fjordflow.ode.SolverConfig.Fixed;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * What is to be changed of solvers, as a command's options say it. Null leaves a value as it is.
 *
 * @param method name of the method, such as {@code dopri5}. Another one keeps what it has in common
 *     with the old one; what it has of its own begins with {@link SolverJson#DEFAULT_TOLERANCE} or
 *     {@link SolverJson#DEFAULT_STEPS}
 * @param rtol relative tolerance
 * @param atol absolute tolerance
 * @param steps number of equal steps
 * @param errorNorm name of the error norm: {@code rms} (root mean square over positions,
 *     log-determinants and energies), {@code state} (over positions alone), {@code mixed} (the
 *     largest of these groups' root mean squares) or {@code largest} (the largest component)
 */
public record SolverChange(
    @Nullable String method,
    @Nullable Double rtol,
    @Nullable Double atol,
    @Nullable Integer steps,
    @Nullable String errorNorm) {

  /** The change of the method alone. */
  public static SolverChange toMethod(String method) {
    return new SolverChange(method, null, null, null, null);
  }

  /**
   * Returns a solver with this change.
   *
   * @throws FjordException INVALID_CONFIGURATION if a value is out of range, or is none that the
   *     method takes; INVALID_ARGUMENT for an unknown method
   */
  public SolverConfig applyTo(SolverConfig solver) {
    SolverConfig changed = method == null ? solver : withMethod(solver, SolverMethod.of(method));
    if (changed instanceof ByTolerance free) {
      if (steps != null) {
        throw ignored("steps", free.name(), "it chooses its steps by rtol and atol");
      }
      if (rtol != null || atol != null) {
        free =
            free.withTolerances(
                rtol == null ? free.rtol() : rtol, atol == null ? free.atol() : atol);
      }
      return errorNorm == null ? free : free.withErrorNorm(FlowNorm.of(errorNorm).norm());
    }
    if (changed instanceof Fixed fixed) {
      String given =
          rtol != null ? "rtol" : atol != null ? "atol" : errorNorm != null ? "error norm" : null;
      if (given != null) {
        throw ignored(given, fixed.name(), "its steps are equal, and their number is given");
      }
      return steps == null ? fixed : new Fixed(fixed.method(), steps, fixed.maxEvaluations());
    }
    return changed;
  }

  /**
   * Returns the solvers of training and evaluations with this change.
   *
   * @throws FjordException as {@link #applyTo(SolverConfig)}; INVALID_CONFIGURATION if the adjoint
   *     cannot go back the method's steps
   */
  public SolveSettings applyTo(SolveSettings solve) {
    return solve
        .withTrainingSolver(applyTo(solve.training().solver()))
        .withEvaluationSolver(applyTo(solve.evaluation().solver()));
  }

  private static SolverConfig withMethod(SolverConfig old, SolverMethod method) {
    if (old.name().equals(method.id())) {
      return old;
    }
    if (!method.isAdaptive()) {
      int steps = old instanceof Fixed fixed ? fixed.steps() : SolverJson.DEFAULT_STEPS;
      return new Fixed(method, steps, old.maxEvaluations());
    }
    ByTolerance free;
    if (old instanceof ByTolerance before) {
      free =
          SolverConfig.adaptive(method, before.rtol(), before.atol())
              .withFirstStep(before.firstStep())
              .withStepBounds(before.minStep(), before.maxStep());
    } else {
      free =
          SolverConfig.adaptive(method, SolverJson.DEFAULT_TOLERANCE, SolverJson.DEFAULT_TOLERANCE);
    }
    ErrorNorm norm =
        old instanceof Adaptive adaptive ? adaptive.errorNorm() : ErrorNorm.rootMeanSquare();
    return free.withErrorNorm(norm).withMaxEvaluations(old.maxEvaluations());
  }

  private static FjordException ignored(String given, String method, String why) {
    return new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "%s is given, and %s would ignore it: %s; leave it out, or take another method"
            .formatted(given, method, why));
  }
}
