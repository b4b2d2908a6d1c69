package org.fjordflow.inference.amortised;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.junit.jupiter.api.Test;

/** A linear autoencoder with normal columns is probabilistic PCA, whose evidence is known. */
final class ProbabilisticPcaTest {

  private static final int COLUMNS = 4;
  private static final int LATENT = 2;

  /** Loadings with orthogonal columns, whose posterior is a diagonal normal. */
  private static final RealMatrix LOADINGS =
      MatrixUtils.createRealMatrix(
          new double[][] {{1.2, 0.5}, {1.2, -0.5}, {0.4, 0.9}, {-0.4, 0.9}});

  private static final double NOISE = 0.7;

  private static VaeConfig linear(PosteriorFlow posterior) {
    return new VaeConfig(
        COLUMNS,
        LATENT,
        COLUMNS,
        NetworkConfig.dense(Activation.IDENTITY),
        NetworkConfig.dense(Activation.IDENTITY),
        new Likelihood.Normal(),
        posterior);
  }

  private static double[][] data(int n, RandomGenerator random) {
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] z = {random.nextGaussian(), random.nextGaussian()};
      rows[i] = LOADINGS.operate(z);
      for (int j = 0; j < COLUMNS; j++) {
        rows[i][j] += NOISE * random.nextGaussian();
      }
    }
    return rows;
  }

  /** log N(x; mean, W W' + noise^2). */
  private static double evidence(RealMatrix w, double[] mean, double noise, double[] x) {
    RealMatrix covariance =
        w.multiplyTransposed(w)
            .add(MatrixUtils.createRealIdentityMatrix(COLUMNS).scalarMultiply(noise * noise));
    CholeskyDecomposition cholesky = new CholeskyDecomposition(covariance);
    RealVector offset =
        MatrixUtils.createRealVector(x).subtract(MatrixUtils.createRealVector(mean));
    double square = offset.dotProduct(cholesky.getSolver().solve(offset));
    return -0.5 * (square + Math.log(cholesky.getDeterminant()) + COLUMNS * Math.log(2 * Math.PI));
  }

  private static void set(Parameters parameters, Map<String, double[]> values) {
    double[] theta = parameters.get();
    for (Parameters.Entry entry : parameters.entries()) {
      double[] given = values.get(entry.parameter().name());
      if (given != null) {
        assertEquals(entry.parameter().value().size(), given.length);
        System.arraycopy(given, 0, theta, entry.offset(), given.length);
      }
    }
    parameters.set(theta);
  }

  private static double[] flat(RealMatrix m) {
    return Arrays.stream(m.getData()).flatMapToDouble(Arrays::stream).toArray();
  }

  private static Map<String, double[]> generative() {
    return Map.of(
        "decoder.0.weight", flat(LOADINGS),
        "decoder.0.bias", new double[COLUMNS],
        "likelihood.log_deviation", new double[] {Math.log(NOISE)});
  }

  /** Variances of the posterior's columns times the precision of the noise. */
  private static double precision(int column) {
    RealVector loading = LOADINGS.getColumnVector(column);
    return loading.dotProduct(loading) + NOISE * NOISE;
  }

  /** The map from rows to the posterior's means. */
  private static RealMatrix back() {
    RealMatrix back = LOADINGS.transpose();
    for (int j = 0; j < LATENT; j++) {
      back.setRowVector(j, back.getRowVector(j).mapDivide(precision(j)));
    }
    return back;
  }

  private static void setExactPosterior(Parameters parameters) {
    double[] logDeviation = new double[LATENT];
    for (int j = 0; j < LATENT; j++) {
      double bounded = Math.log(NOISE / Math.sqrt(precision(j))) / 5;
      logDeviation[j] = 2.5 * Math.log((1 + bounded) / (1 - bounded));
    }
    set(
        parameters,
        Map.of(
            "encoder.0.weight",
            flat(MatrixUtils.createRealIdentityMatrix(COLUMNS)),
            "encoder.0.bias",
            new double[COLUMNS],
            "mean.weight",
            flat(back()),
            "mean.bias",
            new double[LATENT],
            "log_deviation.weight",
            new double[LATENT * COLUMNS],
            "log_deviation.bias",
            logDeviation));
  }

  /** Noise moves the mean of a posterior that is exact without it: its divergence is known. */
  @Test
  void noiseOnWhatTheEncoderSeesCostsTheDivergenceThatItMakes() {
    double noise = 0.5;
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      Vae vae = Vae.create(linear(PosteriorFlow.none()), parameters, new SplittableRandom(1));
      set(parameters, generative());
      setExactPosterior(parameters);
      double[] row = data(1, new SplittableRandom(4))[0];
      double evidence = evidence(LOADINGS, new double[COLUMNS], NOISE, row);
      double divergence = 0;
      for (int j = 0; j < LATENT; j++) {
        RealVector moved = back().getRowVector(j);
        divergence +=
            0.5 * noise * noise * moved.dotProduct(moved) * precision(j) / (NOISE * NOISE);
      }
      double[][] copies = new double[40_000][];
      Arrays.fill(copies, row);
      Batch batch = Batch.of(copies);
      assertEquals(-evidence, loss(vae.negativeElbo(), backend, batch), 1e-12);
      assertEquals(
          divergence - evidence, loss(vae.negativeElbo(noise), backend, batch), 0.02 * divergence);
    }
  }

  private static double loss(Objective objective, Backend backend, Batch batch) {
    Tape tape = Tape.evaluating(backend);
    return Elements.of(
        backend, objective.loss(Pass.training(tape, new SplittableRandom(3)), batch).value())[0];
  }

  @Test
  void everyWeightIsTheEvidenceWhereThePosteriorIsExact() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      Vae vae = Vae.create(linear(PosteriorFlow.none()), parameters, new SplittableRandom(1));
      set(parameters, generative());
      setExactPosterior(parameters);
      double[][] rows = data(5, new SplittableRandom(2));
      double[][] weights = vae.logWeights(rows, 3, new SplittableRandom(3));
      for (int i = 0; i < rows.length; i++) {
        double expected = evidence(LOADINGS, new double[COLUMNS], NOISE, rows[i]);
        for (double weight : weights[i]) {
          assertEquals(expected, weight, 1e-12);
        }
      }
    }
  }

  @Test
  void importanceSamplingConvergesToTheEvidence() {
    for (PosteriorFlow posterior :
        List.of(
            PosteriorFlow.none(),
            PosteriorFlow.planar(2),
            PosteriorFlow.orthogonalSylvester(2, 2),
            PosteriorFlow.continuous(1, 1, 4))) {
      try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
        Parameters parameters = new Parameters(backend);
        Vae vae = Vae.create(linear(posterior), parameters, new SplittableRandom(1));
        set(parameters, generative());
        double[][] row = data(1, new SplittableRandom(4));
        double expected = evidence(LOADINGS, new double[COLUMNS], NOISE, row[0]);
        double[][] copies = new double[500][];
        Arrays.fill(copies, row[0]);
        double[] logWeights =
            Arrays.stream(vae.logWeights(copies, 40, new SplittableRandom(5)))
                .flatMapToDouble(Arrays::stream)
                .toArray();
        int draws = logWeights.length;
        double variance =
            Arrays.stream(logWeights).map(w -> Math.expm1(w - expected)).map(r -> r * r).sum()
                / draws;
        double error = Math.sqrt(variance / draws);
        assertTrue(error < 0.06, posterior + " has weights that say something: " + error);
        double mean =
            Arrays.stream(logWeights).map(w -> Math.exp(w - expected)).average().orElseThrow();
        assertEquals(1, mean, 4 * error, posterior.toString());
        double few = vae.logEvidence(row, 500, new SplittableRandom(5))[0];
        assertEquals(expected, few, 0.5, posterior.toString());
        double elbo = vae.elbo(row, 500, new SplittableRandom(5))[0];
        assertTrue(elbo < few, posterior + ": the bound is below");
      }
    }
  }

  @Test
  void trainedBoundReachesTheEvidence() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      Vae vae = Vae.create(linear(PosteriorFlow.none()), parameters, new SplittableRandom(1));
      double[][] rows = data(1000, new SplittableRandom(6));
      TrainerConfig config =
          TrainerConfig.of(1500, 100, 7)
              .withOptimizer(Optimizer.Adamax.of(1e-2))
              .withSchedule(new Schedule.Cosine(1500, 0.01));
      BatchSource source = Vae.warmedUp(BatchSource.shuffled(Batch.of(rows)), 200);
      new Trainer(config, parameters, vae.negativeElbo(), source, List.of()).train();
      RealMatrix w = MatrixUtils.createRealMatrix(COLUMNS, LATENT);
      double[] mean = new double[COLUMNS];
      double noise = 0;
      double[] theta = parameters.get();
      for (Parameters.Entry entry : parameters.entries()) {
        switch (entry.parameter().name()) {
          case "decoder.0.weight" -> {
            for (int e = 0; e < COLUMNS * LATENT; e++) {
              w.setEntry(e / LATENT, e % LATENT, theta[entry.offset() + e]);
            }
          }
          case "decoder.0.bias" -> System.arraycopy(theta, entry.offset(), mean, 0, COLUMNS);
          case "likelihood.log_deviation" -> noise = Math.exp(theta[entry.offset()]);
          default -> {}
        }
      }
      double exact = 0;
      double best = 0;
      for (double[] row : rows) {
        exact += evidence(w, mean, noise, row) / rows.length;
        best += evidence(LOADINGS, new double[COLUMNS], NOISE, row) / rows.length;
      }
      double elbo =
          Arrays.stream(vae.elbo(rows, 20, new SplittableRandom(8))).average().orElseThrow();
      assertEquals(exact, elbo, 0.02, "the bound is tight");
      assertTrue(elbo > best - 0.02, elbo + " beside " + best + " of the model that drew the rows");
    }
  }

  @Test
  void samplesHaveTheCovariance() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      Vae vae = Vae.create(linear(PosteriorFlow.none()), parameters, new SplittableRandom(1));
      set(parameters, generative());
      double[][] latent = {{0.3, -1}, {2, 0.5}};
      double[][] means = vae.decode(latent);
      for (int i = 0; i < latent.length; i++) {
        assertArrayEquals(LOADINGS.operate(latent[i]), means[i], 1e-13);
      }
      int n = 20_000;
      double[][] rows = vae.sample(n, new SplittableRandom(9));
      RealMatrix covariance = LOADINGS.multiplyTransposed(LOADINGS);
      for (int j = 0; j < COLUMNS; j++) {
        covariance.addToEntry(j, j, NOISE * NOISE);
      }
      for (int j = 0; j < COLUMNS; j++) {
        for (int k = 0; k < COLUMNS; k++) {
          double sum = 0;
          for (double[] row : rows) {
            sum += row[j] * row[k] / n;
          }
          double expected = covariance.getEntry(j, k);
          double variance =
              covariance.getEntry(j, j) * covariance.getEntry(k, k) + expected * expected;
          assertEquals(expected, sum, 4.5 * Math.sqrt(variance / n));
        }
      }
    }
  }

  @Test
  void betaGrowsWithTheStep() {
    BatchSource source = Vae.warmedUp(BatchSource.sampled((n, random) -> new double[n][1]), 10);
    RandomStreams streams = new RandomStreams(1);
    for (long step : new long[] {1, 5, 10, 11, 400}) {
      double[][] betas = Objects.requireNonNull(source.batch(step, 3, streams).context());
      assertEquals(3, betas.length);
      assertEquals(Math.min(1, step / 10.0), betas[2][0]);
    }
    assertThrows(FjordException.class, () -> Vae.warmedUp(source, 0));
  }

  @Test
  void wrongRowsAreNamed() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      VaeConfig config = VaeCases.config(new Likelihood.Categorical(7, 2), PosteriorFlow.none());
      Vae vae = Vae.create(config, new Parameters(backend), new SplittableRandom(1));
      RandomGenerator random = new SplittableRandom(2);
      FjordException high =
          assertThrows(
              FjordException.class,
              () -> vae.elbo(new double[][] {{0, 1, 2, 3}, {0, 7, 1, 1}}, 1, random));
      assertEquals(
          "row 1, column 1 is 7.0; this likelihood is of whole numbers from 0 to 6",
          high.getMessage());
      assertThrows(FjordException.class, () -> vae.elbo(new double[][] {{0, 1, 2}}, 1, random));
      assertThrows(FjordException.class, () -> vae.elbo(new double[][] {{0, 1, 2, 3}}, 0, random));
      assertThrows(FjordException.class, () -> vae.decode(new double[][] {{0, 1}}));
      assertThrows(FjordException.class, () -> Vae.interpolate(new double[2], new double[3], 4));
      assertThrows(FjordException.class, () -> Vae.interpolate(new double[2], new double[2], 1));
    }
  }

  @Test
  void linesHaveTheirEnds() {
    double[][] line = Vae.interpolate(new double[] {0, 1}, new double[] {4, -1}, 5);
    assertEquals(List.of(0.0, 1.0), Arrays.stream(line[0]).boxed().toList());
    assertEquals(List.of(1.0, 0.5), Arrays.stream(line[1]).boxed().toList());
    assertEquals(List.of(4.0, -1.0), Arrays.stream(line[4]).boxed().toList());
  }
}
