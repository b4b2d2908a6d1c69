package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two adjoints of a flow come together as the tolerance shrinks, in proportion to it. */
final class AdjointConvergenceTest {

  private static final int POINTS = 6;

  @ParameterizedTest
  @CsvSource({
    "DORMAND_PRINCE_54, false",
    "DORMAND_PRINCE_54, true",
    "HIGHAM_HALL_54, true",
    "DORMAND_PRINCE_853, false",
    "GRAGG_BULIRSCH_STOER, true",
    "ADAMS_BASHFORTH, false",
    "ADAMS_MOULTON, true"
  })
  void continuousConvergesToDiscrete(SolverMethod method, boolean probes) {
    Map<String, double[]> differences = new LinkedHashMap<>();
    double[] tolerances = new double[POINTS];
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concatsquash", 3, 2, 8, 2))) {
      // Larger weights and end times, so that every tolerance takes many steps.
      model.parameters().set(Arrays.stream(model.parameters().get()).map(v -> 2 * v).toArray());
      for (int i = 0; i < POINTS; i++) {
        tolerances[i] = Math.pow(10, -5 - i);
        SolverConfig solver = SolverConfig.adaptive(method, tolerances[i], tolerances[i]);
        SolverConfig steps =
            method.hasTableau()
                ? solver
                : SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-13, 1e-13);
        Map<String, double[]> discrete = gradients(model, steps, new DiscreteAdjoint(), probes);
        Map<String, double[]> other = gradients(model, solver, new ContinuousAdjoint(), probes);
        for (Map.Entry<String, double[]> entry : discrete.entrySet()) {
          String what = entry.getKey();
          double[] expected = entry.getValue();
          double[] got = Objects.requireNonNull(other.get(what));
          double error = 0;
          double size = 0;
          for (int j = 0; j < expected.length; j++) {
            error += Math.pow(expected[j] - got[j], 2);
            size += expected[j] * expected[j];
          }
          differences.computeIfAbsent(what, w -> new double[POINTS])[i] = Math.sqrt(error / size);
        }
      }
    }
    differences.forEach(
        (what, d) -> {
          double slope = slope(tolerances, d);
          String report = "%s: slope %s of %s".formatted(what, slope, Arrays.toString(d));
          // The order of extrapolation changes from one tolerance to the next.
          double spread = method == SolverMethod.GRAGG_BULIRSCH_STOER ? 0.5 : 0.3;
          assertTrue(slope > 1 - spread && slope < 1.1 + spread, report);
          assertTrue(d[POINTS - 1] < 1e-6, report);
        });
  }

  /** An integrator of Hipparchus with settings of the user's own gives a flow its gradients. */
  @Test
  void anIntegratorThatIsBroughtGivesTheSameGradient() {
    SolverConfig brought =
        SolverConfig.integrator(
            5,
            () -> {
              HighamHall54Integrator integrator =
                  new HighamHall54Integrator(1e-12, 0.5, 1e-10, 1e-10);
              integrator.setMaxGrowth(3);
              return integrator;
            });
    SolverConfig tight = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-12, 1e-12);
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concatsquash", 3, 2, 8, 2))) {
      Map<String, double[]> expected = gradients(model, tight, new DiscreteAdjoint(), false);
      Map<String, double[]> got = gradients(model, brought, new ContinuousAdjoint(), false);
      expected.forEach(
          (what, gradient) ->
              assertArrayEquals(gradient, Objects.requireNonNull(got.get(what)), 1e-7, what));
    }
  }

  private static Map<String, double[]> gradients(
      BuiltModel<ModelConfig> model, SolverConfig solver, Adjoint adjoint, boolean probes) {
    SolveSettings options = SolveSettings.exact().withAdjoint(adjoint).withSolver(solver);
    if (probes) {
      options = options.withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
    }
    Flow flow = SmallModels.solved(model, options).flow();
    Backend backend = flow.backend();
    Tape tape = Tape.recording(backend);
    Var x = SmallModels.input(tape, SmallModels.rows(6, 3, SEED), 3);
    Var context = SmallModels.input(tape, SmallModels.rows(6, 2, SEED + 1), 2);
    model.parameters().zeroGradient();
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    tape.backward(tape.mean(flow.logProb(pass, x, context)));
    Map<String, double[]> result = new LinkedHashMap<>();
    result.put("input", SmallModels.read(backend, x.gradient()));
    result.put("context", SmallModels.read(backend, context.gradient()));
    result.put("parameters", model.parameters().gradient());
    return result;
  }

  /** Of the least-squares line through the logarithms. */
  private static double slope(double[] x, double[] y) {
    double[] u = Arrays.stream(x).map(Math::log).toArray();
    double[] v = Arrays.stream(y).map(Math::log).toArray();
    double meanU = Arrays.stream(u).average().orElseThrow();
    double meanV = Arrays.stream(v).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (int i = 0; i < u.length; i++) {
      covariance += (u[i] - meanU) * (v[i] - meanV);
      variance += (u[i] - meanU) * (u[i] - meanU);
    }
    return covariance / variance;
  }
}
