package org.fjordflow.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * The flows that are known by name, with the sizes, batches and learning rates they have unless
 * others are asked for. Sizes go by the number of columns: in the plane flows have many layers, for
 * its densities have edges and holes; with more columns layers are wider.
 */
public enum Recipe implements FlowRecipe {
  /**
   * FFJORD's field (Grathwohl et al. 2019), concatsquash. In the plane five hidden layers with
   * swish, and fine features to begin with: with three, with tanh or without those, densities with
   * many gaps take several times as many steps. With more columns three with tanh: no worse there,
   * and bounded, so that it tells rows apart that are unlike those it was trained on.
   */
  FFJORD("ffjord", 256, 1e-2, 1e-2, Recipe::ffjord),
  /** A continuous flow of a plain network with ELU and time as an input. */
  MLP("mlp", 256, 5e-3, 2e-3, dim -> continuous(ModelConfig.mlp(dim), 3, "elu", 1, false)),
  /**
   * OT-Flow (Onken, Wu Fung, Li and Ruthotto 2021): the gradient of a potential, trained by few
   * steps of Runge and Kutta's method with penalties of transport.
   */
  OT_FLOW("ot-flow", 256, 3e-2, 1e-2, Recipe::otFlow),
  /** Masked autoregressive flow. */
  MAF(
      "maf",
      512,
      2e-3,
      1e-3,
      dim -> Flows.maf(dim, few(dim) ? 8 : 5, width(dim)).withTransform(scale())),
  /** Inverse autoregressive flow. */
  IAF(
      "iaf",
      512,
      2e-3,
      1e-3,
      dim -> Flows.iaf(dim, few(dim) ? 8 : 5, width(dim)).withTransform(scale())),
  /** Affine coupling layers. */
  REALNVP(
      "realnvp",
      512,
      2e-3,
      1e-3,
      dim -> Flows.realNvp(dim, few(dim) ? 16 : 10, width(dim)).withTransform(scale())),
  /** Additive coupling layers. */
  NICE("nice", 512, 2e-3, 1e-3, dim -> Flows.nice(dim, few(dim) ? 16 : 10, width(dim))),
  /** Glow for vectors. */
  GLOW(
      "glow",
      512,
      2e-3,
      1e-3,
      dim -> Flows.glow(dim, few(dim) ? 12 : 8, width(dim)).withTransform(scale())),
  /** Neural spline flow with coupling layers. */
  NSF("nsf", 512, 2e-3, 1e-3, dim -> Flows.nsf(dim, 5, width(dim)).withTransform(spline(dim))),
  /** Neural spline flow with autoregressive layers. */
  NSF_AR(
      "nsf-ar",
      512,
      2e-3,
      1e-3,
      dim -> Flows.autoregressiveNsf(dim, few(dim) ? 4 : 5, width(dim)).withTransform(spline(dim))),
  /** TarFlow whose tokens are columns, or as many groups of columns as there may be tokens. */
  TARFLOW("tarflow", 256, 2e-3, 1e-3, Recipe::tarFlow),
  /** Planar layers. */
  PLANAR("planar", 512, 1e-2, 5e-3, dim -> Flows.planar(dim, 16)),
  /** Radial layers. */
  RADIAL("radial", 512, 1e-2, 5e-3, dim -> Flows.radial(dim, 16)),
  /** Sylvester layers of full rank, up to 16. */
  SYLVESTER("sylvester", 512, 1e-2, 5e-3, dim -> Flows.sylvester(dim, 16, Math.min(dim, 16)));

  /**
   * Relative and absolute tolerance of a continuous flow's solves in training. What is reported is
   * computed at a tenth of it. At ten times as much a field can learn to use the errors of its
   * solver, grow stiff, and in the end take more evaluations.
   */
  private static final double TRAINING_TOLERANCE = 1e-4;

  /**
   * Bound of the log-scales of affine layers. Of some rows far from the data each layer of a
   * trained flow can use all that it may: with five layers and a bound of log 1000 samples lie at
   * 1e9.
   */
  private static final double LOG_SCALE_BOUND = 1;

  /** Steps of a solve with penalties of transport in training. */
  private static final int TRANSPORT_STEPS = 8;

  private static final int FEW_COLUMNS = 3;
  private static final int WIDE_COLUMNS = 32;
  private static final int MOST_TOKENS = 64;

  private final String id;
  private final int batchSize;
  private final double planeRate;
  private final double tableRate;

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final IntFunction<BijectionConfig> spec;

  Recipe(
      String id,
      int batchSize,
      double planeRate,
      double tableRate,
      IntFunction<BijectionConfig> spec) {
    this.id = id;
    this.batchSize = batchSize;
    this.planeRate = planeRate;
    this.tableRate = tableRate;
    this.spec = spec;
  }

  /** Returns the name used in commands, such as {@code nsf-ar}. */
  public String id() {
    return id;
  }

  @Override
  public int batchSize() {
    return batchSize;
  }

  @Override
  public double learningRate(int columns) {
    return few(columns) ? planeRate : tableRate;
  }

  /** {@inheritDoc} Twice the other one for spline couplings, as measured by bench/tables. */
  @Override
  public double openLearningRate(int columns) {
    return (this == NSF ? 2 : 1) * learningRate(columns);
  }

  /**
   * {@inheritDoc} One column with a context is moved by a mean and a scale that networks of the
   * context give, and in the spline flows by a spline behind them, with dropout in training.
   */
  @Override
  public FlowSpec spec(int columns, int context) {
    requireTakes(columns, context);
    if (columns == 1 && context > 0) {
      return OneColumn.spec(this, context).orElseGet(() -> conditioned(columns, context));
    }
    return conditioned(columns, context);
  }

  private FlowSpec conditioned(int columns, int context) {
    BijectionConfig flow = spec.apply(columns);
    return FlowSpec.of(context == 0 ? flow : flow.withContext(context));
  }

  /**
   * Returns whether this flow can have such columns: coupling flows need two columns of data, or
   * one and a context.
   *
   * @param columns of data, at least 1
   * @param context columns of context, zero for an unconditional flow
   */
  public boolean takes(int columns, int context) {
    boolean couples =
        switch (this) {
          case REALNVP, NICE, GLOW, NSF -> true;
          default -> false;
        };
    return columns > 1 || context > 0 || !couples;
  }

  private void requireTakes(int columns, int context) {
    if (!takes(columns, context)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s needs at least 2 columns of data, given 1 and no context; one column is taken by %s"
              .formatted(id, forOneColumn()));
    }
  }

  /**
   * Returns what is to be said about a flow of so few columns: affine layers that have nothing to
   * depend on are one affine map of the base, which is a normal distribution unless the base is
   * another.
   *
   * @param columns of data, at least 1
   * @param context columns of context, zero for an unconditional flow
   * @return one line, or nothing where there is nothing to say
   */
  public Optional<String> remark(int columns, int context) {
    return columns > 1 || !isAffine()
        ? Optional.empty()
        : Optional.of(
            "with one column %s is a single normal%s; other shapes are learned by %s"
                .formatted(
                    id,
                    context > 0 ? " for each context" : "",
                    context > 0 ? NSF.id + ", " + forOneColumn() : forOneColumn()));
  }

  /** Whether its layers are affine in each column, given the ones before it. */
  private boolean isAffine() {
    return switch (this) {
      case MAF, IAF, TARFLOW -> true;
      default -> false;
    };
  }

  /** The flows of one column without context that have shapes of their own. */
  private static String forOneColumn() {
    return Arrays.stream(values())
        .filter(other -> other.takes(1, 0) && !other.isAffine())
        .map(Recipe::id)
        .collect(Collectors.joining(", "));
  }

  /** Finds a recipe by its name. */
  public static Optional<Recipe> find(String id) {
    return Arrays.stream(values()).filter(recipe -> recipe.id.equals(id)).findFirst();
  }

  /**
   * Finds a recipe by its name.
   *
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  public static Recipe of(String id) {
    return find(id)
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_ARGUMENT, Suggestions.unknown("model", id, ids())));
  }

  /** Returns all names, for messages. */
  public static String names() {
    return String.join(", ", ids());
  }

  private static List<String> ids() {
    return Arrays.stream(values()).map(Recipe::id).toList();
  }

  private static boolean few(int columns) {
    return columns <= FEW_COLUMNS;
  }

  static int width(int columns) {
    return columns <= WIDE_COLUMNS ? 64 : 128;
  }

  private static ColumnTransform scale() {
    return ColumnTransform.affine(LOG_SCALE_BOUND);
  }

  private static ColumnTransform spline(int columns) {
    return ColumnTransform.spline(few(columns) ? 16 : 8, 5);
  }

  private static BijectionConfig tarFlow(int columns) {
    int tokens = Math.min(columns, MOST_TOKENS);
    while (columns % tokens != 0) {
      tokens--;
    }
    return Flows.tarFlow(columns, tokens, few(columns) ? 6 : 4, width(columns));
  }

  private static BijectionConfig ffjord(int dim) {
    ModelConfig model = ModelConfig.ffjord(dim);
    return few(dim)
        ? continuous(model, 5, "swish", 4, true)
        : continuous(model, 3, "tanh", 1, true);
  }

  /**
   * Of their weights {@code (1, a_C, a_R)} of transport, likelihood and penalty those that they
   * have for most densities of the plane, and those for MINIBOONE.
   */
  private static BijectionConfig otFlow(int dim) {
    SolverConfig steps =
        SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, TRANSPORT_STEPS)
            .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS);
    double likelihood = few(dim) ? 30 : 100;
    double penalty = few(dim) ? 1 : 15;
    int width = few(dim) ? 32 : width(dim);
    return ModelConfig.builder(dim)
        .layer(ContinuousConfig.Field.POTENTIAL)
        .hidden(width, width)
        .activation("tanh")
        .inputGain(few(dim) ? 4 : 1)
        .solve(
            SolveSettings.exact()
                .withTrainingSolver(steps)
                .withPenalty(
                    new SolveSettings.EnergyPenalty(
                        dim / (2 * likelihood), 0, dim * penalty / likelihood)))
        .build()
        .flow();
  }

  /**
   * One block to end time one. The exact trace costs a tangent a column: with more than a few of
   * them one probe, in as much time, comes further.
   */
  private static BijectionConfig continuous(
      ModelConfig model, int layers, String activation, double inputGain, boolean trainEndTime) {
    SolveSettings exact = model.solve();
    SolverConfig coarse =
        SolverConfig.adaptive(
                SolverMethod.DORMAND_PRINCE_54, TRAINING_TOLERANCE, TRAINING_TOLERANCE)
            .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS);
    SolveSettings solve = exact.withTrainingSolver(coarse);
    return model.toBuilder()
        .hidden(Collections.nCopies(layers, width(model.dim())))
        .activation(activation)
        .inputGain(inputGain)
        .endTime(1)
        .trainEndTime(trainEndTime)
        .solve(
            few(model.dim())
                ? solve
                : solve.withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1)))
        .build()
        .flow();
  }
}
