package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Validation;
import org.junit.jupiter.api.Test;

/** What a training is judged by costs a small part of it, and is the mean log-density still. */
class ValidationTest {

  private static final int DRAWS = 200;

  private static double[][] rows(int count, int dim) {
    RandomGenerator random = new RandomStreams(3).generator(Purpose.SPLIT);
    double[][] rows = new double[count][dim];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian());
    }
    return rows;
  }

  private static RandomGenerator random(long seed) {
    return new RandomStreams(seed).generator(Purpose.VALIDATION);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  @Test
  void probesOfWideFlowsHaveTheMeanOfTheExactTrace() {
    double[][] rows = rows(8, 17);
    try (FlowModel model = FlowModel.create(Recipe.FFJORD.spec(17, 0), 5)) {
      Validation validation = model.validation(Batch.of(rows));
      double[] losses = new double[DRAWS];
      Arrays.setAll(losses, seed -> validation.loss(random(seed)));
      double mean = mean(losses);
      double deviation =
          Math.sqrt(mean(Arrays.stream(losses).map(v -> v - mean).map(v -> v * v).toArray()));
      assertTrue(deviation > 1e-3, "estimated: " + deviation);
      assertEquals(-mean(model.logProb(rows)), mean, 4 * deviation / Math.sqrt(DRAWS));
      assertEquals(losses[7], validation.loss(random(7)), "the same probes every time");
    }
  }

  @Test
  void narrowFlowsAreExact() {
    double[][] rows = rows(50, 16);
    try (FlowModel model = FlowModel.create(Recipe.FFJORD.spec(16, 0), 5)) {
      double loss = model.validation(Batch.of(rows)).loss(random(1));
      assertEquals(-mean(model.logProb(rows)), loss, 1e-12);
    }
  }

  @Test
  void manySolvedRowsAreJudgedByFiveThousandOfThem() {
    double[][] rows = rows(10_000, 2);
    Batch half = Batch.of(rows).thinned(5_000);
    try (FlowModel model = FlowModel.create(Recipe.FFJORD.spec(2, 0), 5)) {
      double loss = model.validation(Batch.of(rows)).loss(random(1));
      assertEquals(-mean(model.logProb(half.rows())), loss, 1e-12);
    }
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(2, 0), 5)) {
      double loss = model.validation(Batch.of(rows)).loss(random(1));
      assertEquals(-mean(model.logProb(rows)), loss, 1e-12);
    }
  }
}
