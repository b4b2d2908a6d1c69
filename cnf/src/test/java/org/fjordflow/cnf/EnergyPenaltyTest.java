package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Energies of known paths, and who knows of them. */
final class EnergyPenaltyTest {

  /** So many that they are dealt out in parts. */
  private static final int ROWS = 70;

  private static final double KINETIC = 0.3;
  private static final double JACOBIAN = 0.7;

  private static final SolverConfig ACCURATE =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-11, 1e-11);

  private static final Hutchinson SIGNS = new Hutchinson(ProbeDistribution.RADEMACHER, 2);

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  private static SolveSettings options(double kinetic, double jacobian) {
    return SolveSettings.exact()
        .withSolver(ACCURATE)
        .withPenalty(new EnergyPenalty(kinetic, jacobian));
  }

  /** {@code dz/dt = A z} with A = rate I + omega R, R turning each pair of columns. */
  private static double[][] spiral(int dim, double rate, double omega) {
    double[][] a = new double[dim][dim];
    for (int j = 0; j < dim; j++) {
      a[j][j] = rate;
      a[j][j ^ 1] = j % 2 == 0 ? -omega : omega;
    }
    return a;
  }

  /** The penalty of each row, on its way to the base or from there. */
  private double[] penalties(ContinuousFlow flow, double[] rows, boolean forward) {
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(rows, ROWS, flow.dim());
    Pass pass = Pass.training(tape, random());
    if (forward) {
      flow.forward(pass, x, null).value();
    } else {
      flow.inverse(pass, x, null).value();
    }
    return SmallModels.read(backend, Objects.requireNonNull(pass.penalties().sum()).value());
  }

  /**
   * Speeds grow with the distance from the origin, {@code |f|^2 = (rate^2 + omega^2) |z|^2} and
   * {@code |z(t)| = |z(0)| exp(rate t)}; the Jacobian's columns are orthogonal and of equal length,
   * so signs have its norm without error.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 6, 8, 10})
  void spiralsHaveTheEnergyOfTheClosedForm(int dim) {
    double rate = -0.6;
    double omega = 1.1;
    double end = 1.4;
    double square = rate * rate + omega * omega;
    double[] rows = SmallModels.rows(ROWS, dim, SEED);
    for (Divergence divergence : new Divergence[] {new ExactTrace(), SIGNS}) {
      ContinuousFlow flow =
          new ContinuousFlow(
              dim,
              0,
              ClosedFormFlow.linear(spiral(dim, rate, omega)),
              new EndTime.Fixed(end),
              options(KINETIC, JACOBIAN).withTrainingDivergence(divergence));
      for (boolean forward : new boolean[] {true, false}) {
        // From the base the given rows are at the end time.
        double growth = (Math.exp(2 * rate * end) - 1) / (2 * rate);
        growth *= forward ? 1 : Math.exp(-2 * rate * end);
        double[] penalties = penalties(flow, rows, forward);
        for (int i = 0; i < ROWS; i++) {
          double[] row = Arrays.copyOfRange(rows, i * dim, (i + 1) * dim);
          double start = Arrays.stream(row).map(v -> v * v).sum();
          double kinetic = square * start * growth;
          double jacobian = dim * square * end;
          double expected = (KINETIC * kinetic + JACOBIAN * jacobian) / dim;
          assertEquals(expected, penalties[i], 1e-9 * expected, "row " + i + ", seed " + SEED);
        }
      }
    }
  }

  @Test
  void aConstantFieldHasTheEnergyOfItsSpeedAlone() {
    ContinuousFlow known =
        new ContinuousFlow(
            2,
            0,
            ClosedFormFlow.translation().field(),
            new EndTime.Fixed(1.5),
            options(KINETIC, JACOBIAN));
    double[] expected = new double[ROWS];
    Arrays.fill(expected, KINETIC * 1.5 * (2 * 2 + 0.5 * 0.5) / 2);
    double[] rows = SmallModels.rows(ROWS, 2, SEED);
    assertArrayEquals(expected, penalties(known, rows, true), 1e-12);
    assertArrayEquals(expected, penalties(known, rows, false), 1e-12);
  }

  private static Stream<SolveSettings> both() {
    SolveSettings exact = options(KINETIC, JACOBIAN);
    return Stream.of(exact, exact.withTrainingDivergence(SIGNS));
  }

  /** What the objective adds is the mean of what two blocks ask for. */
  @ParameterizedTest
  @MethodSource("both")
  void theObjectiveHasTheMeanPenalty(SolveSettings options) {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concat", 2, 0, 4, 2))) {
      Flow flow = SmallModels.solved(model, options).flow();
      Backend own = flow.backend();
      double[] rows = SmallModels.rows(ROWS, 2, SEED);
      Tape tape = Tape.evaluating(own);
      Pass pass = Pass.training(tape, random());
      Var logProb = flow.logProb(pass, tape.constant(rows, ROWS, 2), null);
      double[] nll = SmallModels.read(own, logProb.value());
      double[] penalties =
          SmallModels.read(own, Objects.requireNonNull(pass.penalties().sum()).value());
      double expected = 0;
      for (int i = 0; i < ROWS; i++) {
        expected += (penalties[i] - nll[i]) / ROWS;
      }
      Batch batch = Batch.of(RowArrays.of(own, SmallModels.matrix(own, rows, 2)));
      Var loss = Objectives.negativeLogLikelihood(flow).loss(Pass.training(tape, random()), batch);
      assertEquals(expected, SmallModels.read(own, loss.value())[0], 1e-13, "seed " + SEED);
    }
  }

  /** Loss and gradient of the parameters. */
  private static double[] step(BuiltModel<ModelConfig> model, SolveSettings options) {
    Flow flow = SmallModels.solved(model, options).flow();
    Tape tape = Tape.recording(flow.backend());
    Pass pass = Pass.training(tape, random());
    double[] rows = SmallModels.rows(ROWS, model.config().dim(), SEED);
    Batch batch =
        Batch.of(
            RowArrays.of(
                flow.backend(), SmallModels.matrix(flow.backend(), rows, model.config().dim())));
    Var loss = Objectives.negativeLogLikelihood(flow).loss(pass, batch);
    model.parameters().zeroGradient();
    tape.backward(loss);
    double[] gradient = model.parameters().gradient();
    double[] all = Arrays.copyOf(gradient, gradient.length + 1);
    all[gradient.length] = SmallModels.read(flow.backend(), loss.value())[0];
    return all;
  }

  @Test
  void threadsDoNotMatter() {
    ModelConfig config = SmallModels.config("concatsquash", 2, 0, 4, 2);
    double[][] results = new double[2][];
    for (int i = 0; i < 2; i++) {
      try (BuiltModel<ModelConfig> model = SmallModels.create(config, 1 + 2 * i)) {
        results[i] = step(model, options(KINETIC, JACOBIAN));
      }
    }
    assertArrayEquals(results[0], results[1], "seed " + SEED);
  }

  @Test
  void withoutCoefficientsNothingIsAsked() {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concat", 9, 0, 4, 2))) {
      SolveSettings plain = SolveSettings.exact();
      assertEquals(EnergyPenalty.NONE, plain.training().penalty());
      double[] expected = step(model, plain);
      assertArrayEquals(expected, step(model, plain.withPenalty(new EnergyPenalty(0, 0))));
      Tape tape = Tape.evaluating(model.flow().backend());
      Pass pass = Pass.training(tape, random());
      double[] row = SmallModels.rows(1, 9, SEED);
      SmallModels.solved(model, plain).flow().logProb(pass, tape.constant(row, 1, 9), null).value();
      assertNull(pass.penalties().sum());
    }
  }

  @Test
  void evaluationsKnowNothingOfIt() {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concat", 2, 0, 4, 2))) {
      SolveSettings plain = SolveSettings.exact();
      Flow flow = SmallModels.solved(model, plain).flow();
      Flow penalized =
          SmallModels.solved(model, plain.withPenalty(new EnergyPenalty(10, 10))).flow();
      double[][] rows = RowArrays.of(flow.backend(), SmallModels.matrix(flow.backend(), rows(), 2));
      double[] logProb = flow.logProb(rows, Context.none(), random());
      assertArrayEquals(logProb, penalized.logProb(rows, Context.none(), random()));
      assertArrayEquals(
          flow.sample(3, Context.none(), random()), penalized.sample(3, Context.none(), random()));
      Tape tape = Tape.evaluating(flow.backend());
      Var x = tape.constant(rows(), ROWS, 2);
      for (Pass pass :
          new Pass[] {
            Pass.evaluation(tape, random()), Pass.training(tape, random()).withoutLogDet()
          }) {
        penalized.bijection().forward(pass, x, null).value();
        assertNull(pass.penalties().sum());
      }
    }
  }

  private static double[] rows() {
    return SmallModels.rows(ROWS, 2, SEED);
  }

  /** The continuous adjoint integrates the penalty's gradient as well. */
  @ParameterizedTest
  @MethodSource("both")
  void bothAdjointsAgree(SolveSettings options) {
    try (BuiltModel<ModelConfig> model =
        SmallModels.create(SmallModels.config("concatsquash", 2, 0, 4, 2))) {
      double[] discrete = step(model, options);
      double[] continuous = step(model, options.withAdjoint(new ContinuousAdjoint()));
      double largest = Arrays.stream(discrete).map(Math::abs).max().orElseThrow();
      assertArrayEquals(discrete, continuous, 1e-8 * largest, "seed " + SEED);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void coefficientsAreChecked(double wrong) {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> new EnergyPenalty(wrong, 0), "penalty.kinetic");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> new EnergyPenalty(0, wrong), "penalty.jacobian");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> new EnergyPenalty(0, 0, wrong), "penalty.hjb");
  }
}
