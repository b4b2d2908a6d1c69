package org.fjordflow.cnf;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.cnf.internal.field.EnergyWeights;
import org.fjordflow.cnf.internal.json.AdjointJson;
import org.fjordflow.cnf.internal.json.DivergenceJson;
import org.fjordflow.cnf.internal.json.SolverJson;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * How a continuous flow is solved.
 *
 * @param training in training passes
 * @param evaluation in evaluations
 */
public record SolveSettings(Training training, Evaluation evaluation) {

  /** Evaluations of the field after which a solve is given up unless said otherwise. */
  public static final long DEFAULT_MAX_EVALUATIONS = SolverJson.DEFAULT_MAX_EVALUATIONS;

  /**
   * Checks that both are there: absent ones come from files.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is not
   */
  public SolveSettings {
    ConfigChecks.require(training != null, "training", training, "an object");
    ConfigChecks.require(evaluation != null, "evaluation", evaluation, "an object");
  }

  /**
   * Dormand-Prince 5(4) at 1e-5, the discrete adjoint and the exact trace: FFJORD's settings for
   * two dimensions.
   */
  public static SolveSettings exact() {
    SolverConfig dopri5 =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5)
            .withMaxEvaluations(DEFAULT_MAX_EVALUATIONS);
    return new SolveSettings(
        new Training(dopri5, new DiscreteAdjoint(), new ExactTrace(), EnergyPenalty.NONE),
        new Evaluation(dopri5, new ExactTrace(), Steps.BY_ROW));
  }

  /**
   * As {@link #exact}, with one Rademacher probe in training and the exact trace in evaluations.
   */
  public static SolveSettings hutchinson() {
    return exact().withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
  }

  /** The same with one solver for training and evaluations. */
  public SolveSettings withSolver(SolverConfig solver) {
    return withTrainingSolver(solver).withEvaluationSolver(solver);
  }

  /** The same with another solver in training. */
  public SolveSettings withTrainingSolver(SolverConfig solver) {
    return with(
        new Training(
            solver,
            training.adjoint(),
            training.divergence(),
            training.penalty(),
            training.steer()));
  }

  /** The same with another solver in evaluations. */
  public SolveSettings withEvaluationSolver(SolverConfig solver) {
    return new SolveSettings(training, evaluation.withSolver(solver));
  }

  /** The same with another adjoint. */
  public SolveSettings withAdjoint(Adjoint adjoint) {
    return with(
        new Training(
            training.solver(),
            adjoint,
            training.divergence(),
            training.penalty(),
            training.steer()));
  }

  /** The same with another divergence in training. */
  public SolveSettings withTrainingDivergence(Divergence divergence) {
    return with(
        new Training(
            training.solver(),
            training.adjoint(),
            divergence,
            training.penalty(),
            training.steer()));
  }

  /** The same with another divergence in evaluations. */
  public SolveSettings withEvaluationDivergence(Divergence divergence) {
    return new SolveSettings(training, evaluation.withDivergence(divergence));
  }

  /** The same with evaluations whose rows have steps of their own, or share them. */
  public SolveSettings withEvaluationSteps(Steps steps) {
    return new SolveSettings(training, evaluation.withSteps(steps));
  }

  /** The same with another penalty in training. */
  public SolveSettings withPenalty(EnergyPenalty penalty) {
    return with(
        new Training(
            training.solver(),
            training.adjoint(),
            training.divergence(),
            penalty,
            training.steer()));
  }

  /**
   * The same with random end times in training.
   *
   * @param steer as {@link Training#steer}
   */
  public SolveSettings withSteer(double steer) {
    return with(
        new Training(
            training.solver(),
            training.adjoint(),
            training.divergence(),
            training.penalty(),
            steer));
  }

  private SolveSettings with(Training other) {
    return new SolveSettings(other, evaluation);
  }

  /**
   * How a continuous flow is solved in training passes.
   *
   * @param solver chooses the steps
   * @param adjoint how gradients are found; those of evaluation passes too, where one is recorded
   * @param divergence how the divergence is found
   * @param penalty what is added to the loss in passes with log-determinants
   * @param steer how far end times are random in training (STEER, Ghosh et al. 2020): each solve
   *     ends at a time drawn uniformly from {@code (T - b, T + b)} with b this share of the flow's
   *     own end time T, trained or not; evaluations end at T. 0 for none, below 1
   */
  public record Training(
      @JsonSerialize(using = SolverJson.Writer.class)
          @JsonDeserialize(using = SolverJson.Reader.class)
          SolverConfig solver,
      @JsonSerialize(using = AdjointJson.Writer.class)
          @JsonDeserialize(using = AdjointJson.Reader.class)
          Adjoint adjoint,
      @JsonSerialize(using = DivergenceJson.Writer.class)
          @JsonDeserialize(using = DivergenceJson.Reader.class)
          Divergence divergence,
      EnergyPenalty penalty,
      @JsonProperty(defaultValue = "0") double steer) {

    /**
     * Checks that the adjoint can go back the solver's steps.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it cannot, a part is
     *     absent, or the steer is out of range
     */
    public Training {
      // Absent parts come from files.
      ConfigChecks.require(solver != null, "solver", solver, "an object");
      ConfigChecks.require(adjoint != null, "adjoint", adjoint, "an object");
      ConfigChecks.require(divergence != null, "divergence", divergence, "an object");
      ConfigChecks.require(penalty != null, "penalty", penalty, "an object");
      ConfigChecks.require(steer >= 0 && steer < 1, "steer", steer, "0 or more, below 1");
      adjoint.requireSupports(solver);
    }

    /** Training that always ends at the flow's end time. */
    public Training(
        SolverConfig solver, Adjoint adjoint, Divergence divergence, EnergyPenalty penalty) {
      this(solver, adjoint, divergence, penalty, 0);
    }
  }

  /** Whose steps an adaptive Runge-Kutta method takes in an evaluation. */
  public enum Steps {
    /**
     * Each row's own: those that the method takes for the row alone, to the tolerance of this row.
     * A row's result does not depend on the rows beside it, and easy rows cost less. The field is
     * then evaluated at a time of each row; layers whose weights depend on time ({@code hyper},
     * {@code blend}) make weights for each row, which costs more than it saves.
     */
    BY_ROW("byRow"),
    /**
     * Shared by the rows that are evaluated together, to a tolerance that holds in the mean over
     * them. Methods of equal steps need none of their own; extrapolation, multistep methods,
     * integrators that a user brings, and passes that record gradients always share them.
     */
    SHARED("shared");

    private final String id;

    Steps(String id) {
      this.id = id;
    }

    /** Returns the name used in configurations, such as {@code byRow}. */
    @JsonValue
    public String id() {
      return id;
    }

    /**
     * Finds a constant by its {@link #id()}.
     *
     * @param id a name such as {@code shared}
     * @return the constant
     * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those
     *     there are
     */
    @JsonCreator
    public static Steps of(String id) {
      return Ids.find(values(), Steps::id, "steps of an evaluation", id);
    }
  }

  /**
   * How a continuous flow is solved in evaluations: scores and samples.
   *
   * @param solver chooses the steps
   * @param divergence how the divergence is found
   * @param steps whether rows share steps
   */
  public record Evaluation(
      @JsonSerialize(using = SolverJson.Writer.class)
          @JsonDeserialize(using = SolverJson.Reader.class)
          SolverConfig solver,
      @JsonSerialize(using = DivergenceJson.Writer.class)
          @JsonDeserialize(using = DivergenceJson.Reader.class)
          Divergence divergence,
      Steps steps) {

    /**
     * Checks that all are there: absent ones come from files.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is not
     */
    public Evaluation {
      ConfigChecks.require(solver != null, "solver", solver, "an object");
      ConfigChecks.require(divergence != null, "divergence", divergence, "an object");
      ConfigChecks.require(steps != null, "steps", steps, "byRow or shared");
    }

    /** The same with another solver. */
    public Evaluation withSolver(SolverConfig other) {
      return new Evaluation(other, divergence, steps);
    }

    /** The same with another divergence. */
    public Evaluation withDivergence(Divergence other) {
      return new Evaluation(solver, other, steps);
    }

    /** The same with steps of each row, or shared ones. */
    public Evaluation withSteps(Steps other) {
      return new Evaluation(solver, divergence, other);
    }
  }

  /** What continuous flows of any kind are made of, by what all of them have. */
  public interface Solved extends BijectionConfig {

    /** Returns how the flows are solved. */
    SolveSettings solve();

    /** The same, solved otherwise. */
    Solved withSolve(SolveSettings other);

    /** Returns how many flows there are in sequence. */
    int blocks();

    /** Returns how many columns the field of a row works with in between, at most. */
    int widest();
  }

  /**
   * What a continuous flow asks to be added to the loss in training so that its paths are straight
   * and its field changes slowly, and solves take few steps (Finlay, Jacobsen, Nurbekyan and
   * Oberman 2020, "How to train your neural ODE"). For each row
   *
   * <pre>
   * (kinetic E + jacobian F + hjb R) / dim
   * E = integral of |f(t, z)|^2    F = integral of |df/dz|_F^2
   * R = integral of |dPhi/dt - |grad Phi|^2 / 2|
   * </pre>
   *
   * <p>along the row's path from time zero to the end time. F is estimated without bias from the
   * products df/dz e that the divergence has anyway, and exact with the exact trace. Integrated
   * with the state, under its error control; gradients are as exact as those of the log-density.
   *
   * <p>R is of a field that is the gradient of a potential, {@code f = -grad Phi}, and measures how
   * far this is from the Hamilton-Jacobi-Bellman equation, which holds where paths are straight
   * (Onken, Wu Fung, Li and Ruthotto 2021, "OT-Flow", equation 7). Their weights {@code (1, a_C,
   * a_R)} of E / 2, the negative log-likelihood and R are {@code kinetic = dim / (2 a_C)} and
   * {@code hjb = dim a_R / a_C} here.
   *
   * <p>Deviations: the authors' loss is in bits per dimension and halves E, where ours is in nats a
   * row, so that their coefficients, 0.01 both, stand for {@code 0.01 dim log 2} of F and half as
   * much of E here. They multiply probes with the Jacobian from the left; we take the products from
   * the right that forward mode gives, which have the same expectation.
   *
   * @param kinetic coefficient of E, zero for none
   * @param jacobian coefficient of F, zero for none
   * @param hjb coefficient of R, zero for none; of fields that have a potential alone
   */
  public record EnergyPenalty(
      double kinetic, double jacobian, @JsonProperty(defaultValue = "0") double hjb) {

    /** No penalty, which costs nothing. */
    public static final EnergyPenalty NONE = new EnergyPenalty(0, 0);

    /**
     * Checks the coefficients.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if one is negative or not
     *     finite
     */
    public EnergyPenalty {
      require(kinetic, "kinetic");
      require(jacobian, "jacobian");
      require(hjb, "hjb");
    }

    /** A penalty that any field can have. */
    public EnergyPenalty(double kinetic, double jacobian) {
      this(kinetic, jacobian, 0);
    }

    private static void require(double coefficient, String name) {
      boolean fits = coefficient >= 0 && coefficient < Double.POSITIVE_INFINITY;
      ConfigChecks.require(
          fits, "penalty." + name, coefficient, "zero or a positive finite number");
    }

    /** Returns what each part counts at each time; null where nothing does. */
    @Nullable EnergyWeights weights(Divergence divergence, int dim) {
      if (kinetic == 0 && jacobian == 0 && hjb == 0) {
        return null;
      }
      double[] norms = new double[1 + divergence.directions(dim)];
      norms[0] = kinetic / dim;
      for (int k = 1; k < norms.length; k++) {
        norms[k] = jacobian * divergence.frobeniusWeight(k - 1) / dim;
      }
      return new EnergyWeights(norms, hjb / dim);
    }
  }
}
