package org.fjordflow.cnf;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Continuous flows by the contract of all bijections. */
final class ContinuousFlowContractTest {

  private static final SolverConfig TIGHT =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-11, 1e-11);

  private static BijectionContract plain(String name, SolverConfig solver, Adjoint adjoint) {
    SolveOptions options = SolveOptions.exact().withSolver(solver).withAdjoint(adjoint);
    return BijectionContract.of(
        name,
        (parameters, random) ->
            new ContinuousFlow(
                2,
                1,
                new MlpField(
                    Mlp.create(parameters, "f", List.of(4, 6, 2), Activation.TANH, random)),
                EndTime.trained(parameters, "sqrt_end_time", 0.8),
                options));
  }

  @TestFactory
  Stream<DynamicTest> discreteAdjoint() {
    return plain("adaptive, discrete adjoint", TIGHT, new DiscreteAdjoint())
        .withTolerances(1e-8, 1e-6, 1e-4)
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> continuousAdjoint() {
    return plain("adaptive, continuous adjoint", TIGHT, new ContinuousAdjoint())
        .withTolerances(1e-8, 1e-6, 1e-4)
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> fixedSteps() {
    SolverConfig solver = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 60);
    return plain("fixed steps", solver, new DiscreteAdjoint())
        .withTolerances(1e-7, 1e-7, 1e-4)
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> ffjord() {
    return BijectionContract.of(
            "concatsquash, fixed end time",
            (parameters, random) -> {
              TimeLayerKind kind = TimeLayerKind.CONCATSQUASH;
              List<TimeLayer> layers =
                  List.of(
                      kind.create(parameters, "f.0", 3, 5, random),
                      kind.create(parameters, "f.1", 5, 3, random));
              return new ContinuousFlow(
                  3,
                  0,
                  new FfjordField(layers, Activation.SOFTPLUS),
                  new EndTime.Fixed(0.7),
                  SolveOptions.exact().withSolver(TIGHT));
            })
        .withTolerances(1e-8, 1e-6, 1e-4)
        .tests();
  }
}
