package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.TrainerConfig.RollbackPolicy;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.core.train.optim.Optimizer.Adamax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedules, clipping, early stopping, and the configuration that holds them. */
final class ScheduleTest {

  @Test
  void factorsAreThoseOfTheirFormulas() {
    assertEquals(1, new Schedule.Constant().factor(1234, 99));
    Schedule warmUp = new Schedule.WarmUp(4, new Schedule.Constant());
    assertArrayEquals(new double[] {0.25, 0.5, 0.75, 1, 1}, factors(warmUp, 5));
    Schedule stepDecay = new Schedule.StepDecay(2, 0.5);
    assertArrayEquals(new double[] {1, 1, 0.5, 0.5, 0.25}, factors(stepDecay, 5));
    Schedule exponential = new Schedule.Exponential(0.5);
    assertArrayEquals(new double[] {1, 0.5, 0.25, 0.125}, factors(exponential, 4));
    Schedule cosine = new Schedule.Cosine(4, 0.2);
    double root = Math.sqrt(0.5);
    assertArrayEquals(
        new double[] {1, 0.6 + 0.4 * root, 0.6, 0.6 - 0.4 * root, 0.2, 0.2},
        factors(cosine, 6),
        1e-15);
    Schedule both = new Schedule.WarmUp(2, exponential);
    assertArrayEquals(new double[] {0.5, 0.5, 0.25, 0.125}, factors(both, 4));
  }

  @Test
  void aCooldownFallsInTheLastPartOfTheTimeAlone() {
    Schedule cooldown = new Schedule.Cooldown(0.25, new Schedule.StepDecay(1, 0.5));
    assertArrayEquals(new double[] {1, 0.5, 0.25}, factors(cooldown, 3), "no limit");
    assertEquals(0.5, cooldown.factor(2, 0, 0.75));
    assertEquals(0.25, cooldown.factor(2, 0, 0.875));
    assertEquals(0.005, cooldown.factor(2, 0, 1.5));
    assertEquals(0.125, new Schedule.WarmUp(4, cooldown).factor(2, 0, 0.875));
    assertTrue(new Schedule.Cooldown(1, new Schedule.Plateau(2)).needsValidation());
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> new Schedule.Cooldown(0, cooldown));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> new Schedule.Cooldown(1.1, cooldown));
  }

  private static double[] factors(Schedule schedule, int steps) {
    double[] factors = new double[steps];
    for (int i = 0; i < steps; i++) {
      factors[i] = schedule.factor(i + 1, 0);
    }
    return factors;
  }

  /** FFJORD on tables: lr / 10 after 10, / 100 after 20, stop after 30; a gain resets the count. */
  @Test
  void plateauFallsTwiceAndDoesNotRiseAgain() {
    Schedule plateau = new Schedule.Plateau(10);
    EarlyStopping seen = EarlyStopping.start().after(1, 5);
    for (int i = 1; i <= 9; i++) {
      seen = seen.after(1 + i, 6);
      assertEquals(1, plateau.factor(i, seen.longestWithoutGain()));
    }
    seen = seen.after(11, Double.NaN);
    assertEquals(0.1, plateau.factor(11, seen.longestWithoutGain()));
    seen = seen.after(12, 4);
    assertEquals(new EarlyStopping(12, 4, 0, 10), seen);
    assertEquals(0.1, plateau.factor(12, seen.longestWithoutGain()));
    for (int i = 1; i <= 29; i++) {
      seen = seen.after(12 + i, 4);
      assertEquals(i < 20 ? 0.1 : 0.01, plateau.factor(i, seen.longestWithoutGain()));
      assertFalse(seen.exhausts(30));
    }
    seen = seen.after(42, 4);
    assertTrue(seen.exhausts(30));
    assertFalse(seen.exhausts(0));
    assertEquals(0.01, plateau.factor(42, seen.longestWithoutGain()));
  }

  @Test
  void clippingKeepsTheDirection() {
    double[] gradient = {3, 0, -4};
    assertEquals(5, GradientNorm.norm(gradient));
    GradientNorm.clip(gradient, 5, 0);
    assertArrayEquals(new double[] {3, 0, -4}, gradient);
    GradientNorm.clip(gradient, 5, 6);
    assertArrayEquals(new double[] {3, 0, -4}, gradient);
    GradientNorm.clip(gradient, 5, 1);
    double factor = 1 / (5 + 1e-6);
    assertArrayEquals(new double[] {3 * factor, 0, -4 * factor}, gradient, 1e-16);
    assertFalse(Double.isFinite(GradientNorm.norm(new double[] {1, Double.NaN})));
  }

  @Test
  void configurationsAreChecked() {
    TrainerConfig config = TrainerConfig.of(10, 2, 1);
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> config.withSteps(-1));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> TrainerConfig.of(10, 0, 1));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> config.withClipNorm(Double.NaN));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> new RollbackPolicy(1, 0, 1));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> new Schedule.Plateau(0));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> new Schedule.Exponential(1.5));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> config.withSchedule(new Schedule.Plateau(10)));
    assertKey(ErrorKey.INVALID_CONFIGURATION, () -> config.withValidation(0, 3));
    assertEquals(3, config.withValidation(5, 3).patience());
  }

  private static void assertKey(ErrorKey key, Runnable action) {
    assertEquals(key, assertThrows(FjordException.class, action::run).key());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, Long.MIN_VALUE})
  void configurationsGoThroughJson(long seed) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    for (Schedule schedule :
        List.of(
            new Schedule.Constant(),
            new Schedule.WarmUp(3, new Schedule.Cosine(7, 0.1)),
            new Schedule.StepDecay(2, 0.5),
            new Schedule.Exponential(0.9),
            new Schedule.Plateau(10))) {
      for (Optimizer optimizer : List.of(Adam.of(1), AdamW.of(0.1), Adamax.of(1e-3))) {
        TrainerConfig config =
            TrainerConfig.of(10, 2, seed)
                .withOptimizer(optimizer)
                .withValidation(2, 4)
                .withSchedule(schedule);
        String json = mapper.writeValueAsString(config);
        assertEquals(config, mapper.readValue(json, TrainerConfig.class), json);
      }
    }
  }
}
