package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.nn.Parameters;
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

/**
 * Gradients of log-density and energy penalty together against finite differences of what a few
 * coarse fixed steps give: parameters (end times among them), input and context, both ways.
 */
final class EnergyGradientTest {

  private static final int ROWS = 3;
  private static final double RTOL = 1e-7;

  /** What is asked for, of how many columns, with signs or the exact trace. */
  private enum Setting {
    BOTH_EXACT(0.4, 0.3, 2, 0, 1, 0),
    BOTH_EXACT_CONDITIONAL_TWO_BLOCKS(0.4, 0.3, 2, 2, 2, 0),
    BOTH_EXACT_MANY_COLUMNS(0.4, 0.3, 8, 0, 1, 0),
    KINETIC_EXACT_MANY_COLUMNS(0.5, 0, 9, 1, 1, 0),
    JACOBIAN_EXACT_MANY_COLUMNS(0, 0.2, 8, 0, 1, 0),
    BOTH_SIGNS(0.4, 0.3, 2, 0, 2, 1),
    BOTH_SIGNS_CONDITIONAL(0.4, 0.3, 3, 1, 1, 2),
    KINETIC_SIGNS(0.5, 0, 2, 0, 1, 2),
    JACOBIAN_SIGNS_MANY_COLUMNS(0, 0.2, 8, 0, 1, 2);

    private final double kinetic;
    private final double jacobian;
    private final int dim;
    private final int context;
    private final int blocks;
    private final int probes;

    Setting(double kinetic, double jacobian, int dim, int context, int blocks, int probes) {
      this.kinetic = kinetic;
      this.jacobian = jacobian;
      this.dim = dim;
      this.context = context;
      this.blocks = blocks;
      this.probes = probes;
    }

    private Divergence divergence() {
      if (probes == 0) {
        return new ExactTrace();
      }
      Hutchinson signs = new Hutchinson(ProbeDistribution.RADEMACHER, probes);
      return Divergence.replayed(probes, signs.draw(ROWS, dim, new SplittableRandom(SEED)));
    }

    private SolveSettings options(SolverMethod method) {
      return SolveSettings.exact()
          .withSolver(SolverConfig.fixed(method, 2))
          .withTrainingDivergence(divergence())
          .withPenalty(new EnergyPenalty(kinetic, jacobian));
    }
  }

  private static Stream<Arguments> fieldsAndSettings() {
    return Stream.of("mlp", "concatsquash", ContinuousConfig.Field.POTENTIAL)
        .flatMap(layer -> Stream.of(Setting.values()).map(s -> Arguments.of(layer, s)));
  }

  @ParameterizedTest
  @MethodSource("fieldsAndSettings")
  void agreesWithFiniteDifferences(String layer, Setting setting) {
    check(layer, setting, SolverMethod.CLASSICAL_RUNGE_KUTTA);
  }

  /** Of the last one not every stage has a weight. */
  private static Stream<SolverMethod> otherMethods() {
    return Stream.of(SolverMethod.EULER, SolverMethod.MIDPOINT, SolverMethod.LUTHER);
  }

  @ParameterizedTest
  @MethodSource("otherMethods")
  void everyKindOfStage(SolverMethod method) {
    check("concatsquash", Setting.BOTH_EXACT_CONDITIONAL_TWO_BLOCKS, method);
  }

  /**
   * The penalty of a potential, where its divergence is closed and where it is estimated; on both
   * sides of the kink that it has where the Hamilton-Jacobi-Bellman equation holds.
   */
  @ParameterizedTest
  @EnumSource
  void thatOfAPotential(Setting setting) {
    SolveSettings options = setting.options(SolverMethod.CLASSICAL_RUNGE_KUTTA);
    EnergyPenalty penalty = new EnergyPenalty(setting.kinetic, setting.jacobian, 0.6);
    for (double shift : new double[] {5, -5}) {
      check(ContinuousConfig.Field.POTENTIAL, setting, options.withPenalty(penalty), shift);
    }
  }

  private static void check(String layer, Setting setting, SolverMethod method) {
    check(layer, setting, setting.options(method), 0);
  }

  /** The shift is of a potential's derivative by time. */
  private static void check(String layer, Setting setting, SolveSettings options, double shift) {
    ModelConfig config = SmallModels.config(layer, setting.dim, setting.context, 3, setting.blocks);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      double[] values = model.parameters().get();
      for (Parameters.Entry entry : model.parameters().entries()) {
        if (entry.parameter().name().endsWith("slope")) {
          values[entry.offset() + setting.dim] += shift;
        }
      }
      model.parameters().set(values);
      Flow flow = SmallModels.solved(model, options).flow();
      SmallModels.gradientCheck(model, ROWS, "loss")
          .assertGradients(
              RTOL,
              (tape, in) -> {
                Pass pass = Pass.training(tape, new SplittableRandom(SEED));
                Var logProb = flow.logProb(pass, in.get(0), in.size() > 1 ? in.get(1) : null);
                return tape.concat(logProb, Objects.requireNonNull(pass.penalties().sum()));
              });
      SmallModels.gradientCheck(model, ROWS, "inverse")
          .assertGradients(
              RTOL,
              (tape, in) ->
                  inverse(flow.bijection(), tape, in.get(0), in.size() > 1 ? in.get(1) : null));
    }
  }

  private static Var inverse(Bijection bijection, Tape tape, Var z, @Nullable Var context) {
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    Transformed x = bijection.inverse(pass, z, context);
    Var penalty = Objects.requireNonNull(pass.penalties().sum());
    return tape.concat(x.value(), Objects.requireNonNull(x.logDet()).value(), penalty);
  }
}
