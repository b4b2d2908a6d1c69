package org.fjordflow.core.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.DistributionContract;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bases by configuration: the contract, JSON, closed forms, gradients through samples. */
final class BaseConfigTest {

  private static final long SEED = GradientCheck.defaultSeed();

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static DistributionContract contract(String name, BaseConfig config, int dim) {
    return DistributionContract.of(name, (p, random) -> config.create(p, dim, random));
  }

  @TestFactory
  Stream<DynamicTest> contracts() {
    return Stream.of(
            contract("normal", new BaseConfig.Normal(), 2),
            contract("diagonal normal, 1-D", new BaseConfig.DiagonalNormal(), 1),
            contract("diagonal normal, 2-D", new BaseConfig.DiagonalNormal(), 2),
            contract("t(1.2), 1-D", new BaseConfig.StudentT(1.2), 1),
            contract("t(30), 1-D", new BaseConfig.StudentT(30), 1),
            contract("t(2.5), 2-D", new BaseConfig.StudentT(2.5), 2).within(1e-6),
            contract("mixture, 1-D", new BaseConfig.Mixture(3), 1),
            contract("mixture, 2-D", new BaseConfig.Mixture(2), 2),
            contract("uniform, 1-D", BaseConfig.Uniform.of(-2, 1), 1).on(-2, 1),
            contract("uniform, 2-D", BaseConfig.Uniform.of(-2, 1), 2).on(-2, 1))
        .flatMap(DistributionContract::tests);
  }

  static Stream<BaseConfig> all() {
    return Stream.of(
        new BaseConfig.Normal(),
        new BaseConfig.DiagonalNormal(),
        new BaseConfig.StudentT(3),
        new BaseConfig.Mixture(4),
        new BaseConfig.Uniform(List.of(0.0, -1.0), List.of(1.0, 2.5)));
  }

  /** As the component of another record has it. */
  record Holder(BaseConfig base) {}

  @ParameterizedTest
  @MethodSource("all")
  void jsonGivesTheSameBack(BaseConfig config) {
    String text = JsonConfig.text(JsonConfig.tree(new Holder(config)));
    Holder back = JsonConfig.value(JsonConfig.parse(text, "text"), Holder.class, "text");
    assertEquals(config, back.base(), text);
    JsonConfig.requireNamed(config);
    assertTrue(text.contains("\"type\""), text);
    Distribution base = config.create(parameters, 2, new SplittableRandom(SEED));
    assertEquals(2, base.dim());
    assertTrue(
        parameters.entries().stream().allMatch(e -> e.parameter().name().startsWith("base.")));
  }

  private static void refused(String json, String message) {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> JsonConfig.value(JsonConfig.parse(json, "text"), Holder.class, "text").base(),
        message);
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    refused("{\"base\": {\"type\": \"student-t\", \"degrees\": 0.5}}", "degrees is 0.5");
    refused("{\"base\": {\"type\": \"mixture\", \"components\": 0}}", "components is 0");
    refused("{\"base\": {\"type\": \"uniform\", \"low\": [1], \"high\": [1]}}", "greater than");
    refused("{\"base\": {\"type\": \"uniform\", \"low\": [0], \"high\": [1, 2]}}", "1");
    refused("{\"base\": {\"type\": \"cauchy\"}}", "cauchy");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            new BaseConfig.Uniform(List.of(0.0, 0.0), List.of(1.0, 1.0))
                .create(parameters, 3, new SplittableRandom(SEED)),
        "1 or 3 values");
  }

  private double logProb(Distribution base, double... row) {
    Tape tape = Tape.evaluating(backend);
    return Elements.of(backend, base.logProb(tape, tape.constant(row, 1, row.length)).value())[0];
  }

  /** Cauchy's density and those of two and four degrees, near and far. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-9, 0.3, -2, 55, -1e7, 1e12, 1e160, -1e300})
  void studentTIsItsClosedForms(double x) {
    double far = 2 * Math.log(Math.abs(x));
    boolean huge = Math.abs(x) > 1e100;
    double[] degrees = {1, 2, 4};
    double[] atZero = {1 / Math.PI, 1 / (2 * Math.sqrt(2)), 3.0 / 8};
    for (int i = 0; i < degrees.length; i++) {
      double v = degrees[i];
      Distribution t =
          new BaseConfig.StudentT(v).create(new Parameters(backend), 1, new SplittableRandom(SEED));
      double log = huge ? far - Math.log(v) : Math.log1p(x * x / v);
      double expected = Math.log(atZero[i]) - (v + 1) / 2 * log;
      assertEquals(expected, logProb(t, x), 1e-12 * (1 + Math.abs(expected)), "t(" + v + ")");
    }
  }

  /** With many degrees it is the normal. */
  @Test
  void studentTTendsToTheNormal() {
    Distribution t = new BaseConfig.StudentT(1e6).create(parameters, 1, new SplittableRandom(SEED));
    Distribution normal = new BaseConfig.Normal().create(parameters, 1, new SplittableRandom(SEED));
    for (double x : new double[] {0, 0.5, -3}) {
      // The correction of first order is (z^4 - 2 z^2 - 1) / (4 v).
      double first = (Math.pow(x, 4) - 2 * x * x - 1) / 4e6;
      assertEquals(logProb(normal, x) + first, logProb(t, x), 1e-9);
    }
  }

  /** Whatever values parameters have, log-densities are numbers. */
  @Test
  void noParameterMakesItNan() {
    for (BaseConfig config : all().toList()) {
      Parameters own = new Parameters(backend);
      Distribution base = config.create(own, 2, new SplittableRandom(SEED));
      for (double value : new double[] {-1e30, -1e3, 1e3, 1e30}) {
        double[] values = new double[own.size()];
        Arrays.fill(values, value);
        own.set(values);
        for (double x : new double[] {0, -1e3, value}) {
          double logProb = logProb(base, x, x);
          assertTrue(logProb < Double.POSITIVE_INFINITY, config + " at " + value + ": " + logProb);
        }
      }
    }
  }

  /**
   * A variational objective trains the base through samples alone: the reverse divergence to a base
   * with other values goes to zero, and so do its values.
   */
  @ParameterizedTest
  @MethodSource("trained")
  void samplesTrainTheBase(BaseConfig config, double[] values, double within) {
    Distribution target = config.create(parameters, 1, new SplittableRandom(SEED));
    parameters.set(values);
    Parameters own = new Parameters(backend);
    Flow flow =
        new Flow(
            config.create(own, 1, new SplittableRandom(SEED)),
            new Standardization(new double[1], new double[] {1}),
            backend);
    own.set(new double[values.length]);
    TrainerConfig training = TrainerConfig.of(400, 200, SEED).withOptimizer(Adam.of(0.03));
    double last =
        new Trainer(training, own, Objectives.reverseKl(flow, target::logProb), List.of())
            .train()
            .finalLoss();
    assertEquals(0, last, 0.02, "reverse KL, seed " + SEED);
    assertArrayEquals(values, own.get(), within, "seed " + SEED);
  }

  static Stream<Arguments> trained() {
    return Stream.of(
        Arguments.of(new BaseConfig.DiagonalNormal(), new double[] {0.8, -0.5}, 0.05),
        Arguments.of(new BaseConfig.StudentT(1.5), new double[] {1.2, 0.5, 0.3}, 0.4));
  }
}
