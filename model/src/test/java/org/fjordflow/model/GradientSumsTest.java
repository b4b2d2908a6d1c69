package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums of losses and gradients of parts of a batch. */
final class GradientSumsTest {
  private static final long SEED = 8;
  private static final int ROWS = 60;

  private static Batch rows() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[ROWS][];
    double[][] given = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      given[i] = new double[] {random.nextGaussian()};
      double x = given[i][0] + random.nextGaussian();
      rows[i] = new double[] {3 * x, x * x + random.nextGaussian()};
    }
    return new Batch(rows, given);
  }

  private static FlowModel model(Recipe recipe, Batch batch) {
    double[][] all = new double[ROWS][];
    double[][] given = Objects.requireNonNull(batch.context());
    Arrays.setAll(all, i -> new double[] {batch.rows()[i][0], batch.rows()[i][1], given[i][0]});
    FitOptions options =
        FitOptions.builder(recipe.withDtype("float64"))
            .context("c")
            .steps(3)
            .seed(SEED)
            .threads(2)
            .build();
    return FlowModel.fit(Table.of(List.of("a", "b", "c"), all), options);
  }

  private static double loss(FlowModel model, Batch batch) {
    return -Arrays.stream(
            model.logProb(batch.rows(), Context.of(Objects.requireNonNull(batch.context()))))
        .sum();
  }

  /** Along a random direction, by central differences of what the model says of rows. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "MAF", "REALNVP", "FFJORD", "MLP", "PLANAR"})
  void partsSumUpToTheGradientOfTheLogDensity(Recipe recipe) {
    Batch batch = rows();
    try (FlowModel model = model(recipe, batch)) {
      double[] theta = model.parameters().get();
      GradientSums sums = model.gradientSums(SEED);
      sums.advance(1, theta);
      double[] gradient = new double[theta.length];
      double loss = sums.add(1, batch.slice(0, 20), 0, gradient);
      loss += sums.add(1, batch.slice(20, ROWS), 1, gradient);
      // Continuous flows are solved less exactly in training.
      boolean continuous = !model.config().continuous().isEmpty();
      double tolerance = continuous ? 2e-2 : 1e-5;
      assertEquals(loss(model, batch), loss, (continuous ? 1e-2 : 1e-9) * Math.abs(loss));
      SplittableRandom random = new SplittableRandom(SEED + 1);
      double[] direction = random.doubles(theta.length, -1, 1).toArray();
      double step = 1e-7;
      double slope = 0;
      for (int sign : new int[] {1, -1}) {
        double[] moved = theta.clone();
        Arrays.setAll(moved, i -> theta[i] + sign * step * direction[i]);
        model.parameters().set(moved);
        slope += sign * loss(model, batch) / (2 * step);
      }
      double expected =
          IntStream.range(0, theta.length).mapToDouble(i -> gradient[i] * direction[i]).sum();
      assertTrue(Math.abs(expected) > 1, "a slope to be seen: " + expected);
      assertEquals(slope, expected, tolerance * Math.abs(slope));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "FFJORD"})
  void threadsGetTheBitsOfOne(Recipe recipe) {
    Batch batch = rows();
    try (FlowModel model = model(recipe, batch)) {
      GradientSums sums = model.gradientSums(SEED);
      sums.advance(4, model.parameters().get());
      double[] expected = new double[model.parameters().size()];
      double loss = sums.add(4, batch, 7, expected);
      IntStream.range(0, 8)
          .parallel()
          .forEach(
              any -> {
                double[] gradient = new double[expected.length];
                assertEquals(loss, sums.add(4, batch, 7, gradient));
                assertArrayEquals(expected, gradient);
              });
    }
  }

  @Test
  void parametersOfAnotherStepAreRefused() {
    Batch batch = rows();
    try (FlowModel model = model(Recipe.MAF, batch)) {
      double[] theta = model.parameters().get();
      GradientSums sums = model.gradientSums(SEED);
      sums.advance(5, theta);
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> sums.add(4, batch, 0, new double[theta.length]),
          "step 4",
          "step 5");
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> sums.advance(4, theta), "step 5");
      assertFails(
          ErrorKey.NON_FINITE,
          () -> sums.require(new Batch(new double[][] {{1, Double.NaN}}, new double[][] {{0}})),
          "column");
    }
  }
}
