package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What fields may prepare for times: the times, all, or nothing that depends on them. */
final class PreparedFieldTest {

  private static final int ROWS = 40;

  private final Backend backend = new CpuBackend(DType.FLOAT64, 2);
  private final Parameters parameters = new Parameters(backend);
  private final Parameter weight = parameters.add("w", new double[] {-0.4, 0.9, 0.3, -0.2}, 2, 2);

  @AfterEach
  void close() {
    backend.close();
  }

  /** {@code tanh(W z) + (1, 0.5)}, the last term prepared; nothing depends on time. */
  private final class Steady implements VectorField {
    @Override
    public Var prepare(Tape tape, Var times) {
      double[] rows = new double[2 * times.rows()];
      Arrays.setAll(rows, i -> i % 2 == 0 ? 1 : 0.5);
      return tape.constant(rows, times.rows(), 2);
    }

    @Override
    public Var apply(Tape tape, Var prepared, Var z, @Nullable Var context) {
      Var h = tape.layer(Elementwise.TANH, z, tape.parameter(weight), null, null);
      return tape.add(h, prepared);
    }
  }

  /** The same, with nothing prepared. */
  private Var steady(Tape tape, Var t, Var z, @Nullable Var context) {
    Var h = tape.layer(Elementwise.TANH, z, tape.parameter(weight), null, null);
    return tape.add(h, tape.constant(new double[] {1, 0.5}, 1, 2));
  }

  @Test
  void byDefaultTimesThemselvesArePrepared() {
    VectorField field = (tape, t, z, context) -> tape.multiply(z, t);
    Tape tape = Tape.evaluating(backend);
    Var times = tape.constant(new double[] {0.5, 2}, 2, 1);
    assertSame(times, field.prepare(tape, times));
    Var z = tape.constant(new double[] {1, -3}, 1, 2);
    Var f = field.at(tape, tape.constant(0.5), z, null);
    assertArrayEquals(new double[] {0.5, -1.5}, SmallModels.read(backend, f.value()));
    assertEquals(64, field.width());
  }

  private static Stream<Adjoint> adjoints() {
    return Stream.of(
        new DiscreteAdjoint(), new DiscreteAdjoint(1_000_000_000), new ContinuousAdjoint());
  }

  @ParameterizedTest
  @MethodSource("adjoints")
  void whatIsPreparedMayBeConstant(Adjoint adjoint) {
    double[] expected = gradient(this::steady, adjoint);
    assertArrayEquals(expected, gradient(new Steady(), adjoint), 1e-13);
  }

  private double[] gradient(VectorField field, Adjoint adjoint) {
    SolveSettings options =
        SolveSettings.exact()
            .withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 4))
            .withAdjoint(adjoint);
    ContinuousFlow flow = new ContinuousFlow(2, 0, field, new EndTime.Fixed(1), options);
    parameters.zeroGradient();
    Tape tape = Tape.recording(backend);
    Var x = SmallModels.input(tape, SmallModels.rows(ROWS, 2, SEED), 2);
    Var z = flow.forward(Pass.training(tape, new SplittableRandom(SEED)), x, null).value();
    tape.backward(tape.mean(tape.multiply(z, z)));
    double[] ofWeight = parameters.gradient();
    double[] ofRows = SmallModels.read(backend, x.gradient());
    double[] all = Arrays.copyOf(ofWeight, ofWeight.length + ofRows.length);
    System.arraycopy(ofRows, 0, all, ofWeight.length, ofRows.length);
    return all;
  }
}
