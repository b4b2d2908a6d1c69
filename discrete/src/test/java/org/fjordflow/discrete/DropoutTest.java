package org.fjordflow.discrete;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Dropout in the networks of discrete flows: its moments, its gradient, and where it is off. */
final class DropoutTest {

  private static final long SEED = GradientCheck.defaultSeed();

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  static Stream<FlowConfig> flows() {
    ColumnTransform spline = ColumnTransform.spline(3, 5);
    return Stream.of(
        Flows.realNvp(3, 2, 8).withActivation(Activation.TANH).withDropout(0.3),
        Flows.nsf(1, 1, 8)
            .withContext(3)
            .withActivation(Activation.TANH)
            .withTransform(spline)
            .withDropout(0.3),
        Flows.maf(3, 2, 8).withActivation(Activation.TANH).withDropout(0.3),
        Flows.iaf(3, 1, 8).withActivation(Activation.TANH).withDropout(0.3));
  }

  private static Var logProb(Flow flow, Pass pass, double[] x) {
    Tape tape = pass.tape();
    Var given = flow.contextSize() == 0 ? null : tape.constant(x, 4, flow.contextSize());
    Var rows = tape.constant(Arrays.copyOf(x, 4 * flow.dim()), 4, flow.dim());
    return tape.mean(flow.logProb(pass, rows, given));
  }

  private static double[] rows() {
    return random().doubles(12, -1, 1).toArray();
  }

  /** The same draws give the same masks, and the gradient is that of the flow with these masks. */
  @ParameterizedTest
  @MethodSource("flows")
  void gradientsAreThoseOfTheDrawnNetwork(FlowConfig config) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      Flow flow = config.create(parameters, random());
      GradientCheck check = new GradientCheck(backend, SEED, config.toString());
      parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
      check.assertGradients(
          1e-7,
          (tape, inputs) -> logProb(flow, Pass.training(tape, random()), rows()));
    }
  }

  @ParameterizedTest
  @MethodSource("flows")
  void evaluationsDropNothing(FlowConfig config) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Flow flow = config.create(new Parameters(backend), random());
      double[] evaluated =
          Elements.of(
              backend,
              logProb(flow, Pass.evaluation(Tape.evaluating(backend), random()), rows()).value());
      double[] trained =
          Elements.of(
              backend,
              logProb(flow, Pass.training(Tape.evaluating(backend), random()), rows()).value());
      assertFalse(Arrays.equals(evaluated, trained));
      FlowConfig without =
          config instanceof CouplingConfig coupling
              ? coupling.withDropout(0)
              : ((AutoregressiveConfig) config).withDropout(0);
      Flow plain = without.create(new Parameters(backend), random());
      assertArrayEquals(
          Elements.of(
              backend,
              logProb(plain, Pass.training(Tape.evaluating(backend), random()), rows()).value()),
          evaluated);
    }
  }

  /** The mean stays, and the variance is rate / (1 - rate): within six standard errors of both. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9})
  void elementsKeepTheirMean(double rate) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      int n = 40_000;
      Tape tape = Tape.evaluating(backend);
      double[] ones = new double[n];
      Arrays.fill(ones, 1);
      Var dropped =
          Dropout.of(rate).apply(Pass.training(tape, random()), tape.constant(ones, n / 8, 8));
      double[] values = Elements.of(backend, dropped.value());
      double zeros = Arrays.stream(values).filter(v -> v == 0).count();
      assertEquals(rate * n, zeros, 6 * Math.sqrt(n * rate * (1 - rate)));
      assertEquals(1 / (1 - rate), Arrays.stream(values).max().orElseThrow(), 1e-15);
    }
  }

  @Test
  void layersDropOtherElements() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Tape tape = Tape.evaluating(backend);
      Pass pass = Pass.training(tape, random());
      Var ones = tape.constant(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 12);
      double[] first = Elements.of(backend, Dropout.of(0.5).apply(pass, ones).value());
      double[] second = Elements.of(backend, Dropout.of(0.5).apply(pass, ones).value());
      assertFalse(Arrays.equals(first, second));
    }
  }
}
