package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model gives the same on every backend. */
final class BackendAgreementTest {

  @SuppressWarnings("ArrayRecordComponent") // looked at, not compared
  private record Result(double[] logProb, double[] input, double[] parameters) {}

  private static Result result(String layer, String divergence, String backendName) {
    SolveSettings solve =
        SolveSettings.exact()
            .withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3))
            .withTrainingDivergence(Divergence.of(divergence, 2));
    ModelConfig config =
        ModelConfig.builder(3)
            .layer(layer)
            .hidden(8)
            .activation("softplus")
            .trainEndTime(true)
            .backend(backendName)
            .dtype("float64")
            .solve(solve)
            .build();
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      Flow flow = model.flow();
      Backend backend = flow.backend();
      Tape tape = Tape.recording(backend);
      Var x = SmallModels.input(tape, SmallModels.rows(5, 3, SEED), 3);
      Pass pass = Pass.training(tape, new SplittableRandom(SEED));
      Var logProb = flow.logProb(pass, x, null);
      tape.backward(tape.mean(logProb));
      return new Result(
          SmallModels.read(backend, logProb.value()),
          SmallModels.read(backend, x.gradient()),
          model.parameters().gradient());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "concatsquash, gaussian",
    "hyper, gaussian",
    "mlp, gaussian",
    "concatsquash, orthogonal",
    "mlp, hadamard",
    "concatsquash, hutch++",
    "mlp, hutch++"
  })
  void nd4jAgreesWithCpu(String layer, String divergence) {
    Result cpu = result(layer, divergence, "cpu");
    Result nd4j = result(layer, divergence, "nd4j");
    assertArrayEquals(cpu.logProb(), nd4j.logProb(), 1e-12);
    assertArrayEquals(cpu.input(), nd4j.input(), 1e-12);
    assertArrayEquals(cpu.parameters(), nd4j.parameters(), 1e-12);
  }
}
