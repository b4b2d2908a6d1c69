package org.fjordflow.inference.simulation.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Linear regression as a bijection. */
final class RegressionContractTest {

  @TestFactory
  Stream<DynamicTest> regression() {
    return BijectionContract.of("regression", new RegressionConfig(3, 2)::bijection).tests();
  }

  /** x = A c + b + normal noise is the model itself: its log-density is known. */
  @Test
  void dataOfTheModelAreFittedByInitialization() {
    SplittableRandom random = new SplittableRandom(1);
    int n = 4_000;
    double[][] x = new double[n][];
    double[][] c = new double[n][];
    double expected = 0;
    for (int i = 0; i < n; i++) {
      c[i] = new double[] {10 + 3 * random.nextGaussian(), random.nextGaussian()};
      double e = random.nextGaussian();
      double f = random.nextGaussian();
      x[i] = new double[] {2 * c[i][0] - c[i][1] + 5 + 0.5 * e, -c[i][1] + 0.1 * f};
      expected -= (Math.log(2 * Math.PI) + Math.log(0.05) + (e * e + f * f) / 2) / n;
    }
    FlowSpec spec = FlowSpec.of(new RegressionConfig(2, 2)).withDtype("float64");
    try (FlowModel model = FlowModel.create(spec, 1)) {
      model.initialize(new Batch(x, c), random);
      double mean = 0;
      for (double log : model.logProb(x, Context.of(c))) {
        mean += log / n;
      }
      assertEquals(expected, mean, 0.005);
      double[][] drawn =
          model.fromBase(new double[][] {{0, 0}}, Context.shared(new double[] {1, 2}));
      assertArrayEquals(new double[] {5, -2}, drawn[0], 0.1);
      assertTrue(model.parameters().awaitingData().isEmpty());
    }
  }
}
