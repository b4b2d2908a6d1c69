package org.fjordflow.cnf;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * {@link SolveOptions} in words and numbers, as they are saved.
 *
 * @param method solver, such as {@code dopri5}
 * @param rtol relative tolerance of adaptive methods in training
 * @param atol absolute tolerance of adaptive methods in training
 * @param testRtol relative tolerance of adaptive methods in evaluations
 * @param testAtol absolute tolerance of adaptive methods in evaluations
 * @param steps number of steps of fixed-step methods
 * @param maxEvaluations evaluations after which a solve is given up
 * @param adjoint {@code discrete} or {@code continuous}
 * @param divergence in training: {@code exact}; {@code rademacher}, {@code gaussian}, {@code
 *     orthogonal} or {@code hadamard} (Hutchinson's estimate with such probes, see {@link
 *     ProbeDistribution}); or {@code hutch++} ({@link HutchPlusPlus})
 * @param probes number of probes in training; of hutch++ half of them are its sketch
 * @param testDivergence in evaluations
 * @param testProbes number of probes in evaluations
 * @param errorNorm norm of the error estimate of adaptive methods: {@code rms} (the default),
 *     {@code state} (positions alone), {@code mixed} (the larger one of positions' and
 *     log-determinants') or {@code largest} (the largest component)
 * @param kineticPenalty in training, coefficient of the paths' kinetic energy; see {@link
 *     EnergyPenalty}
 * @param jacobianPenalty in training, coefficient of the squared Frobenius norm of the field's
 *     Jacobian along the paths
 */
public record SolveConfig(
    String method,
    double rtol,
    double atol,
    double testRtol,
    double testAtol,
    int steps,
    long maxEvaluations,
    String adjoint,
    String divergence,
    int probes,
    String testDivergence,
    int testProbes,
    String errorNorm,
    double kineticPenalty,
    double jacobianPenalty) {

  /** The divergence's name for the exact trace. */
  public static final String EXACT = "exact";

  private static final String DIVERGENCES =
      Arrays.stream(ProbeDistribution.values())
          .map(ProbeDistribution::id)
          .collect(Collectors.joining(", ", EXACT + ", ", " or " + HutchPlusPlus.ID));

  /** Evaluations after which a solve is given up unless said otherwise. */
  public static final long DEFAULT_MAX_EVALUATIONS = 100_000;

  /**
   * Checks every field.
   *
   * @throws FjordException INVALID_CONFIGURATION or INVALID_ARGUMENT naming what is wrong
   */
  public SolveConfig {
    ConfigChecks.require(errorNorm != null, "errorNorm", errorNorm, FlowNorm.names());
    SolverConfig solver = solver(method, rtol, atol, steps, maxEvaluations, errorNorm);
    ConfigChecks.require(isTolerance(testRtol), "testRtol", testRtol, "finite and not negative");
    ConfigChecks.require(isTolerance(testAtol), "testAtol", testAtol, "finite and not negative");
    solver(method, testRtol, testAtol, steps, maxEvaluations, errorNorm);
    // Absent values come from files.
    ConfigChecks.require(adjoint != null, "adjoint", adjoint, "discrete or continuous");
    ConfigChecks.require(divergence != null, "divergence", divergence, DIVERGENCES);
    ConfigChecks.require(testDivergence != null, "testDivergence", testDivergence, DIVERGENCES);
    adjointOf(adjoint).requireSupports(solver.method());
    divergenceOf(divergence, probes);
    divergenceOf(testDivergence, testProbes);
    EnergyPenalty.require(kineticPenalty, jacobianPenalty);
  }

  /** Dormand-Prince 5(4) at 1e-5 with the exact trace throughout. */
  public static SolveConfig exact() {
    return new SolveConfig(
        SolverMethod.DORMAND_PRINCE_54.id(),
        1e-5,
        1e-5,
        1e-5,
        1e-5,
        20,
        DEFAULT_MAX_EVALUATIONS,
        "discrete",
        EXACT,
        1,
        EXACT,
        1,
        FlowNorm.RMS.id(),
        0,
        0);
  }

  /** The same with another solver, of the same tolerances in training and evaluations. */
  public SolveConfig withSolver(
      String otherMethod, double otherRtol, double otherAtol, int otherSteps) {
    return with(
        copy -> {
          copy.method = otherMethod;
          copy.rtol = otherRtol;
          copy.atol = otherAtol;
          copy.testRtol = otherRtol;
          copy.testAtol = otherAtol;
          copy.steps = otherSteps;
        });
  }

  /** The same with other tolerances in evaluations. */
  public SolveConfig withTestTolerances(double otherRtol, double otherAtol) {
    return with(
        copy -> {
          copy.testRtol = otherRtol;
          copy.testAtol = otherAtol;
        });
  }

  /** The same with another error norm. */
  public SolveConfig withErrorNorm(String other) {
    return with(copy -> copy.errorNorm = other);
  }

  /** The same with another adjoint. */
  public SolveConfig withAdjoint(String other) {
    return with(copy -> copy.adjoint = other);
  }

  /** The same with another divergence in evaluations. */
  public SolveConfig withTestDivergence(String other, int count) {
    return with(
        copy -> {
          copy.testDivergence = other;
          copy.testProbes = count;
        });
  }

  /** The same with another divergence in training. */
  public SolveConfig withDivergence(String other, int count) {
    return with(
        copy -> {
          copy.divergence = other;
          copy.probes = count;
        });
  }

  /**
   * The same with other penalties in training.
   *
   * @param kinetic as {@link #kineticPenalty}
   * @param jacobian as {@link #jacobianPenalty}
   */
  public SolveConfig withPenalties(double kinetic, double jacobian) {
    return with(
        copy -> {
          copy.kineticPenalty = kinetic;
          copy.jacobianPenalty = jacobian;
        });
  }

  /** Returns the options that this stands for. */
  public SolveOptions options() {
    return new SolveOptions(
        solver(method, rtol, atol, steps, maxEvaluations, errorNorm),
        solver(method, testRtol, testAtol, steps, maxEvaluations, errorNorm),
        adjointOf(adjoint),
        divergenceOf(divergence, probes),
        divergenceOf(testDivergence, testProbes),
        new EnergyPenalty(kineticPenalty, jacobianPenalty));
  }

  /**
   * Checks that the divergences' directions can be drawn for a number of columns.
   *
   * @throws FjordException INVALID_CONFIGURATION if there are too many of them
   */
  void requireFits(int dim) {
    divergenceOf(divergence, probes).directions(dim);
    divergenceOf(testDivergence, testProbes).directions(dim);
  }

  private static SolverConfig solver(
      String method, double rtol, double atol, int steps, long maxEvaluations, String errorNorm) {
    SolverMethod solver = SolverMethod.of(method);
    SolverConfig config =
        solver.isAdaptive()
            ? SolverConfig.adaptive(solver, rtol, atol)
            : SolverConfig.fixed(solver, steps);
    return config.withMaxEvaluations(maxEvaluations).withErrorNorm(FlowNorm.of(errorNorm).norm());
  }

  private static Adjoint adjointOf(String id) {
    return switch (id) {
      case "discrete" -> new DiscreteAdjoint();
      case "continuous" -> new ContinuousAdjoint();
      default ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION,
              "unknown adjoint '" + id + "'; expected discrete or continuous");
    };
  }

  private static Divergence divergenceOf(String id, int probes) {
    if (id.equals(EXACT)) {
      return new ExactTrace();
    }
    if (id.equals(HutchPlusPlus.ID)) {
      return HutchPlusPlus.of(probes);
    }
    for (ProbeDistribution distribution : ProbeDistribution.values()) {
      if (distribution.id().equals(id)) {
        return new Hutchinson(distribution, probes);
      }
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION, "unknown divergence '" + id + "'; expected " + DIVERGENCES);
  }

  private static boolean isTolerance(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  private SolveConfig with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.finish();
  }

  /** The fields while some of them are replaced. */
  private static final class Copy {
    private final SolveConfig old;
    private String method;
    private double rtol;
    private double atol;
    private double testRtol;
    private double testAtol;
    private int steps;
    private String adjoint;
    private String divergence;
    private int probes;
    private String testDivergence;
    private int testProbes;
    private String errorNorm;
    private double kineticPenalty;
    private double jacobianPenalty;

    Copy(SolveConfig old) {
      this.old = old;
      method = old.method;
      rtol = old.rtol;
      atol = old.atol;
      testRtol = old.testRtol;
      testAtol = old.testAtol;
      steps = old.steps;
      adjoint = old.adjoint;
      divergence = old.divergence;
      probes = old.probes;
      testDivergence = old.testDivergence;
      testProbes = old.testProbes;
      errorNorm = old.errorNorm;
      kineticPenalty = old.kineticPenalty;
      jacobianPenalty = old.jacobianPenalty;
    }

    SolveConfig finish() {
      return new SolveConfig(
          method,
          rtol,
          atol,
          testRtol,
          testAtol,
          steps,
          old.maxEvaluations,
          adjoint,
          divergence,
          probes,
          testDivergence,
          testProbes,
          errorNorm,
          kineticPenalty,
          jacobianPenalty);
    }
  }
}
