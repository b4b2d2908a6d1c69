package org.fjordflow.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.Flows;
import org.fjordflow.inference.VariationalOptions.Gradient;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of bounds against finite differences with common random numbers. A gradient along the
 * path is that of the same sum with the flow's density, and the weights' shares, held at the
 * parameters where it is taken.
 */
final class BoundGradientTest {

  private static final int SAMPLES = 12;
  private static final double STEP = 1e-5;

  static Stream<Arguments> bounds() {
    return Stream.of(
            Bound.elbo(), Bound.iwae(4), Bound.renyi(0.5, 6), Bound.renyi(-1, 3), Bound.renyi(2, 4))
        .flatMap(
            bound ->
                Stream.of(coupling(), Recipe.PLANAR, inverse())
                    .map(recipe -> Arguments.of(bound, recipe)));
  }

  // Networks without kinks, which differences would meet
  private static FlowRecipe coupling() {
    return Recipe.NSF.with(
        spec -> FlowSpec.of(Flows.nsf(spec.dim(), 2, 8).withActivation(Activation.TANH)));
  }

  private static FlowRecipe inverse() {
    return Recipe.IAF.with(
        spec -> FlowSpec.of(Flows.iaf(spec.dim(), 2, 8).withActivation(Activation.TANH)));
  }

  private static FlowModel model(FlowRecipe recipe) {
    VariationalOptions options = VariationalOptions.builder().flow(recipe).build();
    FlowModel model = FlowModel.create(options.spec(2), 3);
    SplittableRandom random = new SplittableRandom(5);
    double[] theta = model.parameters().get();
    Arrays.setAll(theta, i -> theta[i] + random.nextDouble(-0.1, 0.1));
    model.parameters().set(theta);
    return model;
  }

  private static double[] gradient(BoundObjective objective, Parameters parameters) {
    parameters.zeroGradient();
    Tape tape = Tape.recording(parameters.backend());
    tape.backward(objective.loss(pass(tape), SAMPLES));
    return parameters.gradient();
  }

  private static Pass pass(Tape tape) {
    return Pass.training(tape, new SplittableRandom(11));
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void totalGradient(Bound bound, FlowRecipe recipe) {
    try (FlowModel model = model(recipe)) {
      Parameters parameters = model.parameters();
      FreeTarget target = new FreeTarget(Targets.banana(), parameters.backend());
      BoundObjective objective = new BoundObjective(model.flow(), target, bound, Gradient.TOTAL);
      double[] gradient = gradient(objective, parameters);
      assertAlong(
          parameters,
          gradient,
          () -> {
            Tape tape = Tape.evaluating(parameters.backend());
            Var loss = objective.loss(pass(tape), SAMPLES);
            return Elements.of(parameters.backend(), loss.value())[0];
          });
    }
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void gradientAlongThePath(Bound bound, FlowRecipe recipe) {
    try (FlowModel model = model(recipe);
        FlowModel held = model(recipe)) {
      Parameters parameters = model.parameters();
      FreeTarget target = new FreeTarget(Targets.banana(), parameters.backend());
      BoundObjective objective = new BoundObjective(model.flow(), target, bound, Gradient.PATH);
      double[] gradient = gradient(objective, parameters);
      double[] at = logWeights(model.flow(), held.flow(), target);
      double[] share = new double[SAMPLES];
      for (int i = 0; i < SAMPLES; i += bound.draws()) {
        bound.shares(at, i, share);
      }
      double groups = (double) SAMPLES / bound.draws();
      assertAlong(
          parameters,
          gradient,
          () -> {
            double[] moved = logWeights(model.flow(), held.flow(), target);
            double sum = 0;
            for (int i = 0; i < SAMPLES; i++) {
              sum -= bound.pathFactor(share[i]) * moved[i] / groups;
            }
            return sum;
          });
    }
  }

  /** Weights of the samples of one flow under the density of the other. */
  private static double[] logWeights(Flow drawn, Flow density, FreeTarget target) {
    Backend backend = drawn.backend();
    Tape tape = Tape.evaluating(backend);
    Var x = drawn.sampleAndLogProb(pass(tape), SAMPLES, null).value();
    double[] rows = Elements.of(backend, x.value());
    double[][] points = new double[SAMPLES][];
    for (int i = 0; i < SAMPLES; i++) {
      points[i] = Arrays.copyOfRange(rows, 2 * i, 2 * i + 2);
    }
    double[] logProb = density.logProb(points, Context.none(), new SplittableRandom(1));
    double[] weights = target.evaluate(rows).value();
    Arrays.setAll(weights, i -> weights[i] - logProb[i]);
    return weights;
  }

  private interface Loss {
    double value();
  }

  /** Compares along random directions, so that every parameter takes part. */
  private static void assertAlong(Parameters parameters, double[] gradient, Loss loss) {
    double[] theta = parameters.get();
    for (long seed = 1; seed <= 4; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] direction = new double[theta.length];
      double expected = 0;
      for (int i = 0; i < theta.length; i++) {
        direction[i] = random.nextDouble(-1, 1);
        expected += direction[i] * gradient[i];
      }
      double difference =
          (8
                      * (at(parameters, theta, direction, STEP, loss)
                          - at(parameters, theta, direction, -STEP, loss))
                  - (at(parameters, theta, direction, 2 * STEP, loss)
                      - at(parameters, theta, direction, -2 * STEP, loss)))
              / (12 * STEP);
      assertEquals(difference, expected, 1e-6 * Math.max(1, Math.abs(difference)));
    }
    parameters.set(theta);
  }

  private static double at(
      Parameters parameters, double[] theta, double[] direction, double step, Loss loss) {
    double[] moved = theta.clone();
    Arrays.setAll(moved, i -> theta[i] + step * direction[i]);
    parameters.set(moved);
    return loss.value();
  }
}
