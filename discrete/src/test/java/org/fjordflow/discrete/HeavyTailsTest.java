package org.fjordflow.discrete;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On data with heavy tails, one flow over two bases. */
final class HeavyTailsTest {

  private static final int ROWS = 3000;

  /** (a, b + a / 2) with independent a and b from Student's t. */
  private static double[][] rows(double degrees, RandomGenerator random) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Distribution t = new BaseConfig.StudentT(degrees).create(new Parameters(backend), 2, random);
      double[][] rows = t.sample(ROWS, random);
      for (double[] row : rows) {
        row[1] += 0.5 * row[0];
      }
      return rows;
    }
  }

  private static double heldOut(FlowConfig config, BaseConfig base, double degrees) {
    RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());
    double[][] train = rows(degrees, random);
    double[][] held = rows(degrees, random);
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Parameters parameters = new Parameters(backend);
      Flow flow =
          new Flow(
              base.create(parameters, 2, random), config.bijection(parameters, random), backend);
      new Trainer(
              TrainerConfig.of(400, 256, 1).withOptimizer(Adam.of(5e-3)),
              parameters,
              Objectives.negativeLogLikelihood(flow),
              BatchSource.shuffled(Batch.of(train)),
              List.of())
          .train();
      return Arrays.stream(flow.logProb(held, Context.none(), random)).average().orElseThrow();
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void studentsTIsBetterThanTheNormal(double degrees) {
    for (FlowConfig config : List.of(Flows.nsf(2, 3, 16), Flows.realNvp(2, 4, 16))) {
      double normal = heldOut(config, new BaseConfig.Normal(), degrees);
      double studentT = heldOut(config, new BaseConfig.StudentT(5), degrees);
      System.out.printf(
          "t(%s), %d layers of %s: held-out log-likelihood %.3f nats over Student's t, %.3f over the normal; seed %d%n",
          degrees,
          config.layers(),
          config.getClass().getSimpleName(),
          studentT,
          normal,
          GradientCheck.defaultSeed());
      assertTrue(studentT > normal, studentT + " and " + normal);
    }
  }
}
