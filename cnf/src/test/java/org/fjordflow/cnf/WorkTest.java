package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.fjordflow.cnf.internal.field.MlpField;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a pass says that it cost is what it cost, and its memory does not grow. */
final class WorkTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64, 1);
  private final Parameters parameters = new Parameters(backend);
  private final CountingField field =
      new CountingField(
          new MlpField(
              Mlp.create(
                  parameters,
                  "mlp",
                  List.of(3, 8, 2),
                  Activation.TANH,
                  new SplittableRandom(SEED))));

  @AfterEach
  void close() {
    backend.close();
  }

  private static Stream<Arguments> solvers() {
    return Stream.of(DiscreteAdjoint.recomputing(), new ContinuousAdjoint())
        .flatMap(
            adjoint ->
                Stream.of(
                        SolverConfig.fixed(SolverMethod.GILL, 4),
                        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6),
                        // A first step that has to be rejected.
                        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-10, 1e-10)
                            .withFirstStep(2),
                        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-8, 1e-8))
                    .map(solver -> Arguments.of(adjoint, solver)));
  }

  private static Stream<Arguments> solversAndKeeping() {
    SolverConfig dopri5 = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    return Stream.concat(
        solvers(),
        Stream.of(1_000_000, 100_000_000).map(b -> Arguments.of(new DiscreteAdjoint(b), dopri5)));
  }

  private Flow flow(Adjoint adjoint, SolverConfig solver) {
    // A call of the field is one evaluation of all rows where they share steps.
    SolveSettings options =
        SolveSettings.exact()
            .withSolver(solver)
            .withAdjoint(adjoint)
            .withEvaluationSteps(SolveSettings.Steps.SHARED);
    ContinuousFlow first = new ContinuousFlow(2, 0, field, new EndTime.Fixed(2), options);
    ContinuousFlow second = new ContinuousFlow(2, 0, field, new EndTime.Fixed(1), options);
    Composition composition = new Composition(List.of(first, second));
    return new Flow(DiagonalNormal.standard(2), composition, backend);
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void countersAreCallsOfTheField(Adjoint adjoint, SolverConfig solver) {
    Flow flow = flow(adjoint, solver);
    Tape tape = Tape.recording(backend);
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    Var x = SmallModels.input(tape, SmallModels.rows(6, 2, SEED), 2);
    Var loss = tape.mean(flow.logProb(pass, x, null));
    assertEquals(field.takeCalls(), pass.work().forwardEvaluations());
    tape.backward(loss);
    assertEquals(field.takeCalls(), pass.work().backwardEvaluations());
    assertTrue(pass.work().acceptedSteps() >= 2);
    boolean startsTooLong =
        solver instanceof SolverConfig.ByTolerance adaptive && adaptive.firstStep() > 0;
    assertEquals(startsTooLong, pass.work().rejectedSteps() > 0);
    double[][] rows = {{0.3, -0.8}, {1.1, 0.2}};
    Work work = flow.score(rows, Context.none(), new SplittableRandom(SEED)).work();
    assertEquals(field.takeCalls(), work.forwardEvaluations());
    assertEquals(0, work.backwardEvaluations());
  }

  @Test
  void stiffSolvesAreCounted() {
    SolveSettings options = SolveSettings.exact();
    VectorField fast = (tape, t, z, context) -> tape.affine(-500, z, 1);
    VectorField slow = (tape, t, z, context) -> tape.affine(-0.5, z, 1);
    ContinuousFlow stiff = new ContinuousFlow(2, 0, fast, new EndTime.Fixed(1), options);
    ContinuousFlow easy = new ContinuousFlow(2, 0, slow, new EndTime.Fixed(1), options);
    assertEquals(1, stiffSolves(new Composition(List.of(stiff, easy))));
    assertEquals(0, stiffSolves(easy));
  }

  private long stiffSolves(Bijection bijection) {
    double[][] rows = {{0.3, -0.8}, {1.1, 0.2}};
    return new Flow(DiagonalNormal.standard(2), bijection, backend)
        .score(rows, Context.none(), new SplittableRandom(SEED))
        .work()
        .stiffSolves();
  }

  @ParameterizedTest
  @MethodSource("solversAndKeeping")
  void memoryDoesNotGrow(Adjoint adjoint, SolverConfig solver) {
    Flow flow = flow(adjoint, solver);
    Tape tape = Tape.recording(backend);
    Matrix x = SmallModels.matrix(backend, SmallModels.rows(64, 2, SEED), 2);
    long held = 0;
    long allocated = 0;
    for (int pass = 0; pass < 52; pass++) {
      tape.reset();
      Pass training = Pass.training(tape, new SplittableRandom(SEED));
      tape.backward(tape.mean(flow.logProb(training, tape.input(x), null)));
      if (pass == 10) { // by then each tape has had its largest use
        held = tape.bytes();
        allocated = Pointer.totalBytes();
      }
    }
    assertEquals(held, tape.bytes());
    // Garbage of other tests may be freed meanwhile, but nothing may be added.
    assertTrue(Pointer.totalBytes() <= allocated);
  }

  /** What is kept of a step lives in ordinary arrays, and is no more than time and state. */
  @Test
  void nativeMemoryDoesNotDependOnTheNumberOfSteps() {
    SolveSettings options =
        SolveSettings.exact()
            .withSolver(SolverConfig.fixed(SolverMethod.LUTHER, 2))
            .withAdjoint(DiscreteAdjoint.recomputing());
    ContinuousFlow few = new ContinuousFlow(2, 0, field, new EndTime.Fixed(2), options);
    SolverConfig many = SolverConfig.fixed(SolverMethod.LUTHER, 300);
    ContinuousFlow more = few.withSolve(options.withSolver(many)); // on the same memory
    Tape tape = Tape.recording(backend);
    Matrix x = SmallModels.matrix(backend, SmallModels.rows(64, 2, SEED), 2);
    long allocated = 0;
    for (ContinuousFlow flow : List.of(few, more)) {
      allocated = Pointer.totalBytes();
      tape.reset();
      Pass pass = Pass.training(tape, new SplittableRandom(SEED));
      tape.backward(tape.mean(flow.forward(pass, tape.input(x), null).value()));
    }
    assertTrue(Pointer.totalBytes() <= allocated);
  }
}
