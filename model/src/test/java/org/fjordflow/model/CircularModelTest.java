package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.discrete.Flows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models of tables some of whose columns are angles. */
final class CircularModelTest {

  private static final long SEED = 11;
  private static final List<Integer> SECOND = List.of(1);

  @TempDir private Path folder;

  /** A number in other units, and an angle near the seam that depends on it. */
  private static Table rows() {
    RandomGenerator random = new SplittableRandom(SEED);
    double[][] rows = new double[600][2];
    for (double[] row : rows) {
      row[0] = 300 + 20 * random.nextGaussian();
      double angle = Math.PI + 0.5 * Math.sin(row[0] / 20) + 0.3 * random.nextGaussian();
      row[1] = Math.IEEEremainder(angle, 2 * Math.PI);
    }
    return Table.of(rows);
  }

  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "NSF_AR"})
  void isFittedSavedAndLoaded(Recipe recipe) {
    FlowRecipe angles = recipe.withCircular(SECOND).withBase(new BaseConfig.StudentT(5));
    FitOptions options = FitOptions.builder(angles).steps(40).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(rows(), options)) {
      assertEquals(SECOND, model.config().circular());
      Moments moments = Objects.requireNonNull(model.config().moments());
      assertEquals(300, moments.mean()[0], 5);
      assertEquals(0, moments.mean()[1]);
      assertEquals(1, moments.standardDeviation()[1]);
      double[][] samples = model.sample(500, SEED).rows();
      for (double[] row : samples) {
        assertTrue(row[1] >= -Math.PI && row[1] < Math.PI, "in [-pi, pi): " + row[1]);
      }
      double near = Arrays.stream(samples).mapToDouble(row -> -Math.cos(row[1])).average().orElse(0);
      assertTrue(near > 0.3, "samples are around pi: " + near);
      double[] seam =
          model.logProb(
              new double[][] {
                {310, Math.PI - 1e-6}, {310, -Math.PI + 1e-6}, {310, 5 * Math.PI - 1e-6}
              });
      assertEquals(seam[0], seam[1], 1e-3, "log-density across the seam");
      assertEquals(seam[0], seam[2], 1e-3, "log-density two turns on");
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.config(), loaded.config());
        assertArrayEquals(model.logProb(rows()), loaded.logProb(rows()));
        assertArrayEquals(samples, loaded.sample(500, SEED).rows());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Recipe.class)
  void othersRefuse(Recipe recipe) {
    if (recipe == Recipe.NSF || recipe == Recipe.NSF_AR) {
      assertEquals(SECOND, recipe.withCircular(SECOND).spec(2, 1).circular());
    } else {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> recipe.withCircular(SECOND).spec(2, 0),
          "circular",
          "nsf and nsf-ar");
    }
    assertEquals(recipe.spec(2, 0), recipe.spec(2, 0).withCircular(List.of()));
  }

  @Test
  void allBijectionsHaveTheSameAngles() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowSpec.of(Flows.nsf(2, 1, 4).withCircular(SECOND), ModelConfig.ffjord(2).flow()),
        "circular of a bijection");
    FlowSpec two = FlowSpec.of(Flows.nsf(2, 1, 4), Flows.autoregressiveNsf(2, 1, 4));
    assertEquals(List.of(0, 1), two.withCircular(List.of(1, 0)).circular());
    FlowSpec moved =
        two.withMoments(new Moments(new double[] {3, 4}, new double[] {5, 6}), null)
            .withCircular(SECOND);
    assertEquals(
        new Moments(new double[] {3, 0}, new double[] {5, 1}), moved.moments(), "angles stay");
  }
}
