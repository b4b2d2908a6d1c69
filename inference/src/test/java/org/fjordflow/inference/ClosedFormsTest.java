package org.fjordflow.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.Flows;
import org.fjordflow.inference.VariationalOptions.Gradient;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;

/** Posteriors whose evidence is known. */
final class ClosedFormsTest {

  /** The affine map alone, from a normal. */
  private static FlowRecipe affine() {
    return Recipe.NICE.with(spec -> FlowSpec.of(new AffineConfig(spec.dim())));
  }

  @Test
  void affineFlowMeetsANormalExactly() {
    // Means 1000 deviations away, deviations of 0.9 and 0.001, correlation 0.5
    VariationalOptions options =
        VariationalOptions.builder().flow(affine()).steps(200).draws(1000).build();
    try (VariationalPosterior posterior = VariationalFlow.fit(Targets.normal(), options)) {
      // The divergence is log Z minus the bound, and is 0 for each single draw.
      assertEquals(Targets.LOG_Z_NORMAL, posterior.elbo().value(), 1e-4);
      assertEquals(Targets.LOG_Z_NORMAL, posterior.logEvidence().value(), 1e-4);
      assertTrue(posterior.elbo().error() < 1e-5, posterior.toString());
      assertTrue(posterior.isReliable(), posterior.toString());
      Marginal first = posterior.summary().get(0);
      assertEquals(1000, first.mean().value(), 5 * first.mean().error());
      double deviation = Math.hypot(1, 500.0 / 800) / 1.25;
      assertEquals(deviation, first.deviation().value(), 5 * first.deviation().error());
    }
  }

  @Test
  void bananaHasItsEvidence() {
    try (VariationalPosterior posterior =
        VariationalFlow.fit(Targets.banana(), VariationalOptions.standard())) {
      assertEquals(Targets.LOG_Z_BANANA, posterior.logEvidence().value(), 0.02);
      assertEquals(Targets.LOG_Z_BANANA, posterior.elbo().value(), 0.02);
      assertTrue(posterior.effectiveSampleSize() > 19_000, posterior.toString());
      assertTrue(posterior.isReliable(), posterior.toString());
    }
  }

  @Test
  void mixtureOfTwoNormalsHasItsEvidence() {
    try (VariationalPosterior posterior =
        VariationalFlow.fit(Targets.mixture(), VariationalOptions.standard())) {
      assertEquals(Targets.LOG_Z_MIXTURE, posterior.logEvidence().value(), 0.02);
      Marginal first = posterior.summary().get(0);
      // Mean 0.3 (-2) + 0.7 2, and the variance within and between
      assertEquals(0.8, first.mean().value(), 5 * first.mean().error() + 0.02);
      assertEquals(Math.sqrt(0.3 * 1 + 0.7 * 0.25 + 0.21 * 16), first.deviation().value(), 0.05);
      assertTrue(posterior.isReliable(), posterior.toString());
    }
  }

  /** log p(x) - log q0(z) + sum over layers of log |1 + u' psi(z)|, from the paper's formulas. */
  @Test
  void boundOfPlanarLayersTermByTerm() {
    int layers = 3;
    FlowSpec spec =
        FlowSpec.of(new InverseConfig(Flows.planar(2, layers)))
            .withBase(new BaseConfig.Normal())
            .withDtype("float64");
    try (FlowModel model = FlowModel.create(spec, 4)) {
      Parameters parameters = model.parameters();
      FreeTarget target = new FreeTarget(Targets.banana(), parameters.backend());
      BoundObjective objective =
          new BoundObjective(model.flow(), target, Bound.elbo(), Gradient.PATH);
      int samples = 50;
      Tape tape = Tape.evaluating(parameters.backend());
      Var loss = objective.loss(Pass.training(tape, new SplittableRandom(2)), samples);
      double[][] z = model.flow().base().sample(samples, new SplittableRandom(2));
      double sum = 0;
      for (double[] row : z) {
        sum += term(parameters, layers, row);
      }
      double bound = -Elements.of(parameters.backend(), loss.value())[0];
      assertEquals(sum / samples, bound, 1e-12 * Math.abs(bound));
    }
  }

  private static double term(Parameters parameters, int layers, double[] z0) {
    double[] z = z0.clone();
    double log = Math.log(2 * Math.PI) + 0.5 * (z[0] * z[0] + z[1] * z[1]);
    for (int layer = 0; layer < layers; layer++) {
      double[] u = values(parameters, "layers." + layer + ".u");
      double[] w = values(parameters, "layers." + layer + ".w");
      double b = values(parameters, "layers." + layer + ".b")[0];
      double inner = u[0] * w[0] + u[1] * w[1];
      double change = Elementwise.SOFTPLUS.value(inner) - 1 - inner;
      double norm = w[0] * w[0] + w[1] * w[1];
      double[] used = {u[0] + change * w[0] / norm, u[1] + change * w[1] / norm};
      double t = Math.tanh(w[0] * z[0] + w[1] * z[1] + b);
      log += Math.log(Math.abs(1 + (1 - t * t) * (used[0] * w[0] + used[1] * w[1])));
      z[0] += used[0] * t;
      z[1] += used[1] * t;
    }
    double rest = z[1] - z[0] * z[0] / 4;
    return log + 1 - z[0] * z[0] / 8 - rest * rest / 2;
  }

  private static double[] values(Parameters parameters, String name) {
    List<Parameters.Entry> entries =
        parameters.entries().stream().filter(e -> e.parameter().name().endsWith(name)).toList();
    return Elements.of(parameters.backend(), entries.get(0).parameter().value());
  }
}
