package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gradients of the discrete adjoint against finite differences of what a few coarse fixed steps
 * give: parameters (end times among them), input and context, in both directions.
 */
final class FlowGradientTest {

  private static final int ROWS = 3;
  private static final double RTOL = 1e-7;

  /** How a field's gradient is tried. */
  private enum Setting {
    ONE_BLOCK_EXACT(1, 0, true),
    TWO_BLOCKS_EXACT_CONDITIONAL(2, 2, true),
    ONE_BLOCK_PROBES_CONDITIONAL(1, 2, false),
    TWO_BLOCKS_PROBES(2, 0, false);

    private final int blocks;
    private final int context;
    private final boolean exact;

    Setting(int blocks, int context, boolean exact) {
      this.blocks = blocks;
      this.context = context;
      this.exact = exact;
    }
  }

  private static Stream<Arguments> fields() {
    return SmallModels.layers().stream()
        .flatMap(layer -> Stream.of(Setting.values()).map(s -> Arguments.of(layer, s)));
  }

  private static Divergence divergence(boolean exact, int dim) {
    if (exact) {
      return new ExactTrace();
    }
    Hutchinson hutchinson = new Hutchinson(ProbeDistribution.GAUSSIAN, 2);
    return Divergence.replayed(2, hutchinson.draw(ROWS, dim, new SplittableRandom(SEED)));
  }

  private static Flow flow(BuiltModel<ModelConfig> model, SolverConfig solver, boolean exact) {
    Divergence divergence = divergence(exact, model.config().dim());
    SolveSettings options =
        SolveSettings.exact().withSolver(solver).withTrainingDivergence(divergence);
    return SmallModels.solved(model, options).flow();
  }

  private static void check(ModelConfig config, SolverConfig solver, boolean exact) {
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      Flow flow = flow(model, solver, exact);
      forward(model, flow);
      inverse(model, flow);
    }
  }

  /** The log-density of data, as in maximum likelihood. */
  private static void forward(BuiltModel<ModelConfig> model, Flow flow) {
    GradientCheck check = SmallModels.gradientCheck(model, ROWS, "logProb");
    check.assertGradients(
        RTOL, (tape, in) -> flow.logProb(pass(tape), in.get(0), in.size() > 1 ? in.get(1) : null));
  }

  /** A point and its log-density from the base, as in variational inference. */
  private static void inverse(BuiltModel<ModelConfig> model, Flow flow) {
    GradientCheck check = SmallModels.gradientCheck(model, ROWS, "inverse");
    check.assertGradients(
        RTOL,
        (tape, in) -> {
          Var context = in.size() > 1 ? in.get(1) : null;
          Transformed x = flow.bijection().inverse(pass(tape), in.get(0), context);
          return tape.concat(x.value(), Objects.requireNonNull(x.logDet()).value());
        });
  }

  private static Pass pass(Tape tape) {
    return Pass.training(tape, new SplittableRandom(SEED));
  }

  @ParameterizedTest
  @MethodSource("fields")
  void everyLayer(String layer, Setting setting) {
    ModelConfig config = SmallModels.config(layer, 2, setting.context, 3, setting.blocks);
    SolverConfig solver = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2);
    check(config, solver, setting.exact);
  }

  private static Stream<String> layers() {
    return SmallModels.layers().stream();
  }

  /** So many that the exact trace is found without products with unit vectors. */
  @ParameterizedTest
  @MethodSource("layers")
  void everyLayerOfManyColumns(String layer) {
    ModelConfig config = SmallModels.config(layer, 8, 1, 3, 1);
    check(config, SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2), true);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"EULER", "MIDPOINT", "CLASSICAL_RUNGE_KUTTA", "GILL", "THREE_EIGHTHES", "LUTHER"})
  void everyMethodOfFixedSteps(SolverMethod method) {
    ModelConfig config = SmallModels.config("concatsquash", 3, 1, 4, 1);
    check(config, SolverConfig.fixed(method, 3), true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"softplus", "swish", "square", "identity"})
  void everySmoothActivation(String activation) {
    ModelConfig tanh = SmallModels.config("mlp", 2, 0, 4, 1);
    ModelConfig config = tanh.toBuilder().activation(activation).build();
    check(config, SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2), true);
  }

  /** Base points are drawn inside; parameters and context move them and their density. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void samplesAreReparametrised(boolean exact) {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concat", 2, 2, 4, 2))) {
      SolverConfig solver = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3);
      Flow flow = flow(model, solver, exact);
      GradientCheck check =
          new GradientCheck(model.parameters().backend(), SEED, "sampleAndLogProb");
      Matrix conditions = check.uniform(ROWS, 2, -1, 1);
      check.input(conditions);
      model.parameters().entries().forEach(entry -> check.parameter(entry.parameter()));
      check.assertGradients(RTOL, (tape, in) -> sampled(flow, tape, in.get(0)));
    }
  }

  private static Var sampled(Flow flow, Tape tape, @Nullable Var context) {
    Transformed x = flow.sampleAndLogProb(pass(tape), ROWS, context);
    return tape.concat(x.value(), Objects.requireNonNull(x.logDet()).value());
  }
}
