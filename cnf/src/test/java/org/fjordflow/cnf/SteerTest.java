package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** End times that are random in training, and nowhere else. */
final class SteerTest {

  private static final double STEER = 0.6;

  private static ModelConfig config(double steer) {
    ModelConfig config = SmallModels.config("concatsquash", 2, 0, 8, 2);
    return config.withSolve(
        SolveSettings.exact()
            .withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1))
            .withSteer(steer));
  }

  private static Trainer trainer(BuiltModel<ModelConfig> model, long steps) {
    return new Trainer(
        TrainerConfig.of(steps, 32, SEED),
        model.parameters(),
        Objectives.negativeLogLikelihood(model.flow()),
        BatchSource.sampled(ToyDensity.MOONS::sample),
        List.of());
  }

  private static double[] trained(double steer, long steps) {
    try (BuiltModel<ModelConfig> model = SmallModels.create(config(steer))) {
      trainer(model, steps).train();
      return model.parameters().get();
    }
  }

  @Test
  void trainingIsReplayedAndResumedToTheSameBits() {
    double[] expected = trained(STEER, 12);
    assertArrayEquals(expected, trained(STEER, 12));
    assertFalse(Arrays.equals(expected, trained(0, 12)), "end times are drawn");
    try (BuiltModel<ModelConfig> begun = SmallModels.create(config(STEER));
        BuiltModel<ModelConfig> resumed = SmallModels.create(config(STEER))) {
      TrainingResult half = trainer(begun, 5).train();
      trainer(resumed, 12).resume(half.state());
      assertArrayEquals(expected, resumed.parameters().get(), "seed " + SEED);
    }
  }

  /** Zero draws nothing, so that what else is drawn stays as it was. */
  @Test
  void zeroIsTheSameBitsAsWithout() {
    ModelConfig plain = SmallModels.config("concatsquash", 2, 0, 8, 2);
    Hutchinson probe = new Hutchinson(ProbeDistribution.RADEMACHER, 1);
    SolveSettings solve = SolveSettings.exact().withTrainingDivergence(probe);
    SolveSettings.Training training = solve.training();
    SolveSettings without =
        new SolveSettings(
            new SolveSettings.Training(
                training.solver(), training.adjoint(), training.divergence(), training.penalty()),
            solve.evaluation());
    try (BuiltModel<ModelConfig> model = SmallModels.create(plain.withSolve(without))) {
      Pass pass = Pass.training(Tape.evaluating(model.flow().backend()), random());
      double[] rows = SmallModels.rows(4, 2, SEED);
      model.flow().logProb(pass, pass.tape().constant(rows, 4, 2), null);
      SplittableRandom replayed = random();
      // Two blocks of a probe each, and nothing else.
      probe.draw(4, 2, replayed, (directions, count) -> directions);
      probe.draw(4, 2, replayed, (directions, count) -> directions);
      assertEquals(replayed.nextLong(), pass.random().nextLong());
      trainer(model, 12).train();
      assertArrayEquals(model.parameters().get(), trained(0, 12));
    }
  }

  private static SplittableRandom random() {
    return new SplittableRandom(SEED);
  }

  /** With the times that the same seed draws, those of two blocks, trained ones among them. */
  @ParameterizedTest
  @CsvSource({"concatsquash, 2", "mlp, 1", "potential, 2"})
  void gradientsAreThoseOfTheDrawnTimes(String layer, int blocks) {
    ModelConfig config = SmallModels.config(layer, 2, 0, 3, blocks);
    SolveSettings solve =
        SolveSettings.exact()
            .withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2))
            .withSteer(STEER);
    try (BuiltModel<ModelConfig> model = SmallModels.create(config)) {
      Flow flow = SmallModels.solved(model, solve).flow();
      SmallModels.gradientCheck(model, 3, "steered loss")
          .assertGradients(
              1e-7, (tape, in) -> flow.logProb(Pass.training(tape, random()), in.get(0), null));
      SmallModels.gradientCheck(model, 3, "steered inverse")
          .assertGradients(
              1e-7,
              (tape, in) ->
                  flow.bijection().inverse(Pass.training(tape, random()), in.get(0), null).value());
    }
  }

  /** How far a translation goes tells its time: Kolmogorov and Smirnov's distance from uniform. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void timesAreUniform(boolean forward) {
    ClosedFormFlow known = ClosedFormFlow.translation();
    double distance = known.image(new double[2])[0];
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      ContinuousFlow flow =
          new ContinuousFlow(
              2,
              0,
              known.field(),
              new EndTime.Fixed(known.end()),
              SolveSettings.exact().withSteer(STEER));
      SplittableRandom random = random();
      double[] shares = new double[2000];
      Tape tape = Tape.evaluating(backend);
      for (int i = 0; i < shares.length; i++) {
        tape.reset();
        Pass pass = Pass.training(tape, random).withoutLogDet();
        var x = tape.constant(new double[2], 1, 2);
        var image = forward ? flow.forward(pass, x, null) : flow.inverse(pass, x, null);
        double moved = SmallModels.read(backend, image.value().value())[0];
        double share = Math.abs(moved) / Math.abs(distance);
        shares[i] = (share - (1 - STEER)) / (2 * STEER);
      }
      Arrays.sort(shares);
      double apart = 0;
      for (int i = 0; i < shares.length; i++) {
        double n = shares.length;
        apart = Math.max(apart, Math.max(shares[i] - i / n, (i + 1) / n - shares[i]));
      }
      // A probability of one in ten thousand.
      assertTrue(apart < 2.2 / Math.sqrt(shares.length), apart + ", seed " + SEED);
      assertTrue(shares[0] >= 0 && shares[shares.length - 1] <= 1);
    }
  }

  @Test
  void evaluationsEndAtTheEndTime() {
    try (BuiltModel<ModelConfig> plain = SmallModels.create(config(0));
        BuiltModel<ModelConfig> steered = SmallModels.create(config(STEER))) {
      double[][] rows = ToyDensity.MOONS.sample(20, random());
      Context none = Context.none();
      assertArrayEquals(
          plain.flow().logProb(rows, none, random()), steered.flow().logProb(rows, none, random()));
      assertArrayEquals(
          plain.flow().sample(5, none, random()), steered.flow().sample(5, none, random()));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
  void theShareIsChecked(double wrong) {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> SolveSettings.exact().withSteer(wrong), "steer");
  }

  /** Files of earlier versions name neither. */
  @Test
  void itComesThroughJson() {
    ModelConfig steered = config(STEER);
    ObjectNode json = (ObjectNode) JsonConfig.tree(steered);
    assertEquals(steered, JsonConfig.value(json, ModelConfig.class, "model"));
    ObjectNode training = (ObjectNode) json.at("/solve/training");
    assertEquals(STEER, training.remove("steer").asDouble());
    assertEquals(0, ((ObjectNode) training.get("penalty")).remove("hjb").asDouble());
    assertEquals(config(0), JsonConfig.value(json, ModelConfig.class, "model"));
  }
}
