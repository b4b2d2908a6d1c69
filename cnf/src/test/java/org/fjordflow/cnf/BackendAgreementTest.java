package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model gives the same on every backend. */
final class BackendAgreementTest {

  @SuppressWarnings("ArrayRecordComponent") // looked at, not compared
  private record Result(double[] logProb, double[] input, double[] parameters) {}

  private static Result result(String layer, String backendName) {
    SolveConfig solve =
        SolveConfig.exact().withSolver("rk4", 1e-5, 1e-5, 3).withDivergence("gaussian", 2);
    ModelConfig config =
        new ModelConfig(
            3,
            0,
            layer,
            List.of(8),
            "softplus",
            1,
            1,
            true,
            backendName,
            "float64",
            solve,
            null,
            null);
    try (ContinuousModel model = SmallModels.create(config)) {
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
  @ValueSource(strings = {"concatsquash", "hyper", "mlp"})
  void nd4jAgreesWithCpu(String layer) {
    Result cpu = result(layer, "cpu");
    Result nd4j = result(layer, "nd4j");
    assertArrayEquals(cpu.logProb(), nd4j.logProb(), 1e-12);
    assertArrayEquals(cpu.input(), nd4j.input(), 1e-12);
    assertArrayEquals(cpu.parameters(), nd4j.parameters(), 1e-12);
  }
}
