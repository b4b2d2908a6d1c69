package org.fjordflow.inference.evaluation;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.junit.jupiter.api.Test;

/** The classifier two-sample test, beside scikit-learn's and a closed form. */
final class ClassifierTestTest {

  @Test
  void accuraciesAreScikitLearns() {
    double mean =
        IntStream.range(0, 5)
            .mapToDouble(
                seed ->
                    ClassifierTest.of(
                            Stored.sample("first"),
                            Stored.sample("second"),
                            new SplittableRandom(seed))
                        .accuracy())
            .average()
            .orElseThrow();
    // Means of 5 and of 20 seeds: four standard errors of their difference.
    double error = Stored.value("c2st_deviation") * Math.sqrt(1.0 / 5 + 1.0 / 20);
    assertEquals(Stored.value("c2st_mean"), mean, 4 * error);
  }

  @Test
  void twoShiftedNormalsAreToldApartAsOftenAsTheyCanBe() {
    // The best rule for a shift of 1 is right with probability Phi(1/2).
    double best = new NormalDistribution().cumulativeProbability(0.5);
    ClassifierTest result =
        ClassifierTest.of(
            Stored.normal(3_000, 1, 0, 1), Stored.normal(3_000, 1, 1, 2), new SplittableRandom(1));
    assertEquals(best, result.accuracy(), 0.02);
    assertEquals(5, result.folds().length);
  }

  @Test
  void equalSamplesAreNotToldApart() {
    ClassifierTest result =
        ClassifierTest.of(
            Stored.normal(2_000, 2, 5, 1), Stored.normal(1_999, 2, 5, 2), new SplittableRandom(1));
    assertEquals(0.5, result.accuracy(), 0.04);
    ClassifierTest again =
        ClassifierTest.of(
            Stored.normal(2_000, 2, 5, 1), Stored.normal(1_999, 2, 5, 2), new SplittableRandom(1));
    assertArrayEquals(result.folds(), again.folds());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            ClassifierTest.of(
                Stored.normal(2, 2, 0, 1), Stored.normal(2, 2, 0, 2), new SplittableRandom(1)),
        "4 rows");
  }
}
