package org.fjordflow.cnf.matching;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.matching.FlowMatching.Options;
import org.fjordflow.cnf.matching.FlowMatching.Pairing;
import org.fjordflow.cnf.matching.FlowMatching.Path;
import org.fjordflow.cnf.matching.FlowMatching.Point;
import org.fjordflow.cnf.matching.FlowMatching.Times;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The objective between normals, where the best field is known, and its gradients. */
final class FlowMatchingTest {

  private static final double MEAN = 0.7;
  private static final double DEVIATION = 0.7;

  private final Backend backend = new CpuBackend(DType.FLOAT64, 2);

  @AfterEach
  void close() {
    backend.close();
  }

  static Stream<Path> paths() {
    return Stream.of(
        new Path.Straight(0),
        new Path.Straight(0.3),
        new Path.Target(0),
        new Path.Target(0.2),
        new Path.VariancePreserving());
  }

  static Stream<Times> times() {
    return Stream.of(
        new Times.Uniform(),
        new Times.Power(2),
        new Times.Power(-0.5),
        new Times.LogitNormal(0, 1));
  }

  private static double[][] normal(int n, double mean, double deviation, RandomGenerator random) {
    double[][] rows = new double[n][1];
    for (double[] row : rows) {
      row[0] = mean + deviation * random.nextGaussian();
    }
    return rows;
  }

  /** The mean velocity of all paths through x at t, between independent normals. */
  private static double best(Path path, double t, double x) {
    Point p = path.at(t);
    double variance = DEVIATION * DEVIATION;
    double of = p.source() * p.source() + p.data() * p.data() * variance + p.noise() * p.noise();
    double with = p.sourceRate() * p.source() + p.dataRate() * p.data() * variance;
    return p.dataRate() * MEAN + with / of * (x - p.data() * MEAN);
  }

  /** That field on a tape, turned by something, for times from data to source. */
  private static VectorField turned(Path path, UnaryOperator<Double> by) {
    return (tape, times, z, context) -> {
      int n = z.rows();
      double[] t = new double[n];
      double[] x = new double[n];
      tape.backend().download(times.value(), t, 0);
      tape.backend().download(z.value(), x, 0);
      double[] f = new double[n];
      Arrays.setAll(f, i -> -best(path, 1 - t[i], x[i]) + by.apply(x[i]));
      return tape.constant(f, n, 1);
    };
  }

  private double loss(VectorField field, Options options, int n) {
    SplittableRandom random = new SplittableRandom(11);
    Batch batch = Batch.of(normal(n, MEAN, DEVIATION, random));
    FlowMatching matching = FlowMatching.of(field, 1, 0, (k, r) -> normal(k, 0, 1, r), options);
    Tape tape = Tape.evaluating(backend);
    double[] loss = new double[1];
    backend.download(matching.loss(Pass.evaluation(tape, random), batch).value(), loss, 0);
    return loss[0];
  }

  /** The loss is a parabola in any change of the field, whose least value is at the best one. */
  @ParameterizedTest
  @MethodSource("paths")
  void theBestFieldHasTheLeastLoss(Path path) {
    for (Times times : times().toList()) {
      Options options = new Options(path, times, new Pairing.Independent());
      int n = 40_000;
      double least = loss(turned(path, x -> 0.0), options, n);
      for (UnaryOperator<Double> change :
          List.<UnaryOperator<Double>>of(x -> 1.0, x -> x, x -> Math.sin(3 * x))) {
        double step = 0.5;
        double more = loss(turned(path, x -> step * change.apply(x)), options, n);
        double less = loss(turned(path, x -> -step * change.apply(x)), options, n);
        double slope = (more - less) / (2 * step);
        double curvature = (more + less - 2 * least) / (step * step);
        assertEquals(0, slope / curvature, 0.04, path + " " + times);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("paths")
  void ratesAreDerivatives(Path path) {
    double h = 1e-5;
    for (double t : new double[] {0.1, 0.5, 0.9}) {
      Point before = path.at(t - h);
      Point after = path.at(t + h);
      Point here = path.at(t);
      assertEquals((after.source() - before.source()) / (2 * h), here.sourceRate(), 1e-8);
      assertEquals((after.data() - before.data()) / (2 * h), here.dataRate(), 1e-8);
    }
    assertEquals(1, path.at(0).source(), 1e-12);
    assertEquals(0, path.at(0).data(), 1e-12);
    assertEquals(1, path.at(1).data(), 1e-12);
  }

  @Test
  void quantilesAreThoseOfTheirDensities() {
    assertEquals(0.25, new Times.Uniform().quantile(0.25));
    assertEquals(0.5, new Times.Power(2).quantile(0.125), 1e-12);
    assertEquals(0.25, new Times.Power(-0.5).quantile(0.5), 1e-12);
    assertEquals(0.5, new Times.LogitNormal(0, 2).quantile(0.5), 1e-12);
    double oneDeviation = 0.8413447460685429;
    double expected = 1 / (1 + Math.exp(-(0.3 + 2)));
    assertEquals(expected, new Times.LogitNormal(0.3, 2).quantile(oneDeviation), 1e-9);
  }

  private static ModelConfig config(int dim, int context, int... hidden) {
    return ModelConfig.builder(dim)
        .context(context)
        .hidden(hidden)
        .activation("tanh")
        .endTime(0.8)
        .trainEndTime(true)
        .dtype("float64")
        .build();
  }

  private static ContinuousFlow flow(BuiltModel<ModelConfig> model) {
    return (ContinuousFlow) model.flow().bijection();
  }

  private static final int TERMS = 7;

  /**
   * Affine in z, with coefficients that are polynomials of the time: between normals the best is.
   */
  private static VectorField affine(Parameter weight) {
    return (tape, times, z, context) -> {
      int n = z.rows();
      double[] t = new double[n];
      tape.backend().download(times.value(), t, 0);
      double[] basis = new double[n * TERMS];
      for (int i = 0; i < n; i++) {
        for (int k = 0; k < TERMS; k++) {
          basis[i * TERMS + k] = Math.cos(k * Math.acos(2 * t[i] - 1));
        }
      }
      Var both =
          tape.layer(
              Elementwise.IDENTITY,
              tape.constant(basis, n, TERMS),
              tape.parameter(weight),
              null,
              null);
      return tape.add(tape.columns(both, 0, 1), tape.multiply(tape.columns(both, 1, 2), z));
    };
  }

  /** Largest error within two deviations of the states. */
  private double errorOfMatched(Pairing pairing, int steps, int batch) {
    Parameters parameters = new Parameters(backend);
    Parameter weight = parameters.add("weight", new double[2 * TERMS], 2, TERMS);
    VectorField field = affine(weight);
    FlowMatching matching =
        FlowMatching.of(
            field,
            1,
            0,
            DiagonalNormal.standard(1)::sample,
            Options.standard().withPairing(pairing));
    TrainerConfig config =
        TrainerConfig.of(steps, batch, 5)
            .withOptimizer(Adam.of(2e-2))
            .withSchedule(new Schedule.Cosine(steps, 0.01))
            .withAverage(0.99);
    BatchSource data = BatchSource.sampled((n, random) -> normal(n, MEAN, DEVIATION, random));
    new Trainer(config, parameters, matching, data, List.of()).train();
    Tape tape = Tape.evaluating(backend);
    boolean transport = pairing instanceof Pairing.Transport;
    double worst = 0;
    for (double t = 0.05; t < 1; t += 0.1) {
      double deviation = transport ? 1 - t + t * DEVIATION : Math.hypot(1 - t, t * DEVIATION);
      for (double k = -2; k <= 2; k += 0.25) {
        double x = t * MEAN + k * deviation;
        double known = transport ? MEAN + (DEVIATION - 1) * k : best(new Path.Straight(0), t, x);
        double[] value = new double[1];
        Var at = field.at(tape, tape.constant(1 - t), tape.constant(x), null);
        backend.download(at.value(), value, 0);
        worst = Math.max(worst, Math.abs(-value[0] - known));
      }
    }
    return worst;
  }

  @Test
  void theMatchedFieldIsTheKnownOne() {
    double error = errorOfMatched(new Pairing.Independent(), 1_500, 2_048);
    assertTrue(error < 0.02, "largest error " + error);
  }

  /** Batches are finite: their plans are not quite that of the distributions. */
  @Test
  void theFieldMatchedByTransportIsTheMapOfQuantiles() {
    double error = errorOfMatched(new Pairing.Transport(), 500, 256);
    assertTrue(error < 0.04, "largest error " + error);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void gradientsAreThoseOfFiniteDifferences(boolean embedded) {
    Parameters parameters = new Parameters(backend);
    SplittableRandom random = new SplittableRandom(1);
    EmbeddingConfig embedding = EmbeddingConfig.of(3, 4);
    Mlp network = embedding.create(parameters, 2, random);
    Bijection inner =
        config(2, embedded ? embedding.size() : 2, 6).flow().bijection(parameters, random);
    Bijection flow = embedded ? embedding.before(inner, network) : inner;
    double[][] rows = new double[7][];
    double[][] given = new double[7][];
    Arrays.setAll(rows, i -> random.doubles(2, -1, 1).toArray());
    Arrays.setAll(given, i -> random.doubles(2, -1, 1).toArray());
    Batch batch = new Batch(rows, given);
    Options options =
        new Options(
            new Path.Straight(0.1), new Times.Power(1), new Pairing.ConditionalTransport(0.1));
    FlowMatching matching = FlowMatching.of(flow, DiagonalNormal.standard(2)::sample, options);
    Tape tape = Tape.recording(backend);
    parameters.zeroGradient();
    tape.backward(matching.loss(Pass.training(tape, new SplittableRandom(9)), batch));
    double[] gradient = new double[parameters.size()];
    parameters.copyGradient(gradient);
    double[] values = parameters.get();
    double[] differences = new double[values.length];
    double h = 1e-5;
    for (int i = 0; i < values.length; i++) {
      differences[i] =
          (valueWith(parameters, values, i, h, matching, batch)
                  - valueWith(parameters, values, i, -h, matching, batch))
              / (2 * h);
    }
    // The end time is held.
    for (Parameters.Entry entry : parameters.entries()) {
      if (entry.parameter().name().endsWith("sqrt_end_time")) {
        assertEquals(0, gradient[entry.offset()]);
        differences[entry.offset()] = 0;
      }
    }
    assertArrayEquals(differences, gradient, 1e-8);
  }

  private double valueWith(
      Parameters parameters,
      double[] values,
      int index,
      double change,
      FlowMatching matching,
      Batch batch) {
    double[] moved = values.clone();
    moved[index] += change;
    parameters.set(moved);
    Tape tape = Tape.evaluating(backend);
    double[] loss = new double[1];
    Var value = matching.loss(Pass.training(tape, new SplittableRandom(9)), batch);
    backend.download(value.value(), loss, 0);
    parameters.set(values);
    return loss[0];
  }

  @Test
  void validationsDrawTheSameEveryTime() {
    try (BuiltModel<ModelConfig> model = config(1, 0, 8).create(new SplittableRandom(3))) {
      FlowMatching matching =
          FlowMatching.of(flow(model), DiagonalNormal.standard(1)::sample, Options.standard());
      Batch rows = Batch.of(normal(300, MEAN, DEVIATION, new SplittableRandom(2)));
      Backend own = model.flow().backend();
      double first = matching.validation(own, rows).loss(new SplittableRandom(4));
      assertEquals(first, matching.validation(own, rows).loss(new SplittableRandom(4)));
      assertTrue(first > 0);
    }
  }

  @Test
  void whatDoesNotFitIsToldApart() {
    VectorField field = (tape, t, z, context) -> z;
    BatchSource.Sampler normal = DiagonalNormal.standard(2)::sample;
    for (Pairing pairing : List.of(new Pairing.Transport(), new Pairing.Entropic(0.1))) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> FlowMatching.of(field, 2, 1, normal, Options.standard().withPairing(pairing)),
          "conditional-transport");
    }
    for (double sigma : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Path.Straight(sigma), "sigma");
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Path.Target(sigma), "sigma");
    }
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Path.Target(1), "below 1");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Times.Power(-1), "exponent");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Times.LogitNormal(0, 0), "deviation");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Pairing.Entropic(0), "regularization");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Pairing.ConditionalTransport(1), "share");
    Pass pass = Pass.evaluation(Tape.evaluating(backend), new SplittableRandom(1));
    Batch batch = Batch.of(new double[][] {{1, 2}, {3, 4}});
    FlowMatching few =
        FlowMatching.of(field, 2, 0, (n, random) -> new double[1][2], Options.standard());
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> few.loss(pass, batch), "1 rows", "batch of 2");
    FlowMatching narrow =
        FlowMatching.of(field, 2, 0, (n, random) -> new double[n][1], Options.standard());
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> narrow.loss(pass, batch), "source", "expected 2");
    FlowMatching conditional = FlowMatching.of(field, 2, 1, normal, Options.standard());
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> conditional.loss(pass, batch), "context");
    Bijection chain =
        ModelConfig.builder(2)
            .blocks(2)
            .dtype("float64")
            .build()
            .flow()
            .bijection(new Parameters(backend), new SplittableRandom(1));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowMatching.of(chain, normal, Options.standard()),
        "one block");
  }

  @ParameterizedTest
  @MethodSource("paths")
  void oneRowAndRowsThatAreAllTheSameHaveALoss(Path path) {
    VectorField field = (tape, t, z, context) -> z;
    for (Pairing pairing :
        List.of(
            new Pairing.Independent(),
            new Pairing.Transport(),
            new Pairing.Entropic(0.1),
            new Pairing.ConditionalTransport(0.1))) {
      for (int n : new int[] {1, 5}) {
        double[][] rows = new double[n][];
        Arrays.setAll(rows, i -> new double[] {2, 3});
        for (BatchSource.Sampler source :
            List.<BatchSource.Sampler>of(DiagonalNormal.standard(2)::sample, (k, random) -> rows)) {
          Options options = new Options(path, new Times.Uniform(), pairing);
          Tape tape = Tape.evaluating(backend);
          double[] loss = new double[1];
          Var value =
              FlowMatching.of(field, 2, 0, source, options)
                  .loss(Pass.evaluation(tape, new SplittableRandom(1)), Batch.of(rows));
          backend.download(value.value(), loss, 0);
          assertTrue(Double.isFinite(loss[0]) && loss[0] >= 0, path + " " + pairing);
        }
      }
    }
  }
}
