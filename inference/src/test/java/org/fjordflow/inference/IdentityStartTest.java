package org.fjordflow.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.inference.internal.IdentityStart;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;

/** What a training begins with, and what is told of it. */
final class IdentityStartTest {

  @Test
  void layersAreTheIdentityAndCanLearn() {
    FlowSpec spec =
        FlowSpec.of(new InverseConfig(Flows.planar(3, 4)), new InverseConfig(Flows.radial(3, 4)))
            .withDtype("float64");
    double[][] points = {{0.3, -1, 2}, {4, 0, 0.1}, {-7, 5, 3}};
    try (FlowModel model = FlowModel.create(spec, 5)) {
      double[][] before = model.fromBase(points, Context.none());
      assertNotEquals(points[0][0], before[0][0], 1e-3);
      double[] drawn = model.parameters().get();
      for (int i = 0; i < 2; i++) {
        BijectionConfig layers = ((InverseConfig) spec.flow().get(i)).of();
        IdentityStart.set(layers, "flow." + i + ".", model.parameters());
      }
      double[] set = model.parameters().get();
      double[][] after = model.fromBase(points, Context.none());
      double[] logProb = model.logProb(points);
      for (int i = 0; i < points.length; i++) {
        assertArrayEquals(points[i], after[i], 1e-12);
        double squares = Arrays.stream(points[i]).map(x -> x * x).sum();
        assertEquals(-0.5 * squares - 1.5 * Math.log(2 * Math.PI), logProb[i], 1e-12);
      }
      // Four u of 3 values, four beta
      long changed = 0;
      for (int i = 0; i < set.length; i++) {
        changed += set[i] == drawn[i] ? 0 : 1;
      }
      assertEquals(4 * 3 + 4, changed);
    }
  }

  /** exp(-|x - a|^2 / 2), whose bound by the standard normal is log(2 pi) - |a|^2 / 2. */
  private static TargetDensity away() {
    return Targets.onTape(
        2,
        (tape, x) -> {
          var apart = tape.subtract(x, tape.constant(new double[] {0.6, -0.8}, 1, 2));
          return tape.affine(-0.5, tape.rowSum(tape.apply(Elementwise.SQUARE, apart)), 0);
        });
  }

  private static VariationalOptions.Builder untrained(Recipe recipe) {
    return VariationalOptions.builder().flow(recipe).starts(0).steps(0);
  }

  @Test
  void withoutSearchesTheStandardNormalIsTheStart() {
    for (Recipe recipe : List.of(Recipe.PLANAR, Recipe.RADIAL, Recipe.OT_FLOW)) {
      try (VariationalPosterior posterior =
          VariationalFlow.fit(away(), untrained(recipe).build())) {
        Estimate elbo = posterior.elbo();
        assertEquals(Math.log(2 * Math.PI) - 0.5, elbo.value(), 5 * elbo.error(), recipe.id());
        assertTrue(elbo.error() < 0.01, posterior.toString());
      }
      VariationalOptions there = untrained(recipe).start(0.6, -0.8).build();
      try (VariationalPosterior posterior = VariationalFlow.fit(away(), there)) {
        assertEquals(Math.log(2 * Math.PI), posterior.elbo().value(), 1e-9, recipe.id());
      }
    }
  }

  /** A top so flat that the curvature says nothing: exp(-(x / 4)^8 - y^2 / 2 0.01). */
  @Test
  void aNormalIsAsWideAsAFlatTop() {
    TargetDensity flat =
        Targets.onTape(
            2,
            (tape, x) -> {
              var power = tape.affine(0.25, tape.columns(x, 0, 1), 0);
              for (int i = 0; i < 3; i++) {
                power = tape.apply(Elementwise.SQUARE, power);
              }
              var square = tape.apply(Elementwise.SQUARE, tape.columns(x, 1, 2));
              return tape.sum(-1, power, -50, square);
            });
    VariationalOptions options = VariationalOptions.builder().flow(Recipe.PLANAR).steps(0).build();
    try (VariationalPosterior posterior = VariationalFlow.fit(flat, options)) {
      // E z^8 is 105, so the best normal along x has a variance v with 4^8 = 840 v^4 and a bound of
      // log(2 pi v) / 2 + 1 / 2 - 1 / 8; halving deviations comes within 0.4 nats of it.
      double best = 0.5 * Math.log(2 * Math.PI) + 0.125 * Math.log(Math.pow(4, 8) / 840) + 0.375;
      double across = 0.5 * Math.log(2 * Math.PI * 0.01);
      assertTrue(posterior.elbo().value() > best + across - 0.5, posterior.toString());
    }
  }

  @Test
  void progressIsToldOncePartsOfTheWholeTargetAreOver() {
    List<Long> steps = new ArrayList<>();
    List<Double> bounds = new ArrayList<>();
    VariationalOptions options =
        untrained(Recipe.PLANAR)
            .start(0.6, -0.8)
            .steps(400)
            .annealing(0.5, 150)
            .learningRate(1e-9)
            .progress(
                (step, seconds, bound) -> {
                  steps.add(step);
                  bounds.add(bound.value());
                  assertTrue(seconds > 0);
                })
            .build();
    VariationalFlow.fit(away(), options).close();
    // 300 steps at the rate, 100 while it falls
    assertEquals(List.of(250L, 400L), steps);
    for (double bound : bounds) {
      assertEquals(Math.log(2 * Math.PI), bound, 1e-6);
    }
  }
}
