package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ContinuousConfig.Chain;
import org.fjordflow.cnf.ContinuousConfig.Images;
import org.fjordflow.cnf.ContinuousConfig.Images.Network;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Continuous flows of images at several scales, and matched ones. */
final class ContinuousImagesTest {

  private static final ImageShape SHAPE = new ImageShape(4, 4, 1);
  private static final int ROWS = 2;
  private static final SolverConfig SOLVER =
      SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 6);
  private static final Network NETWORK =
      new Network.Convolutions("concatsquash", List.of(3), "tanh");

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private Images images(int levels, int blocks) {
    SolveSettings solve = SolveSettings.exact().withSolver(SOLVER);
    return new Images(SHAPE, 0, levels, NETWORK, new Chain(blocks, 0.5, false), solve);
  }

  private Bijection bijection(Images images) {
    Bijection made = images.bijection(parameters, new SplittableRandom(SEED));
    SplittableRandom random = new SplittableRandom(SEED + 1);
    double[] values = parameters.get();
    Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.3, 0.3));
    parameters.set(values);
    return made;
  }

  private Transformed image(Bijection bijection, double[] x, long seed) {
    Tape tape = Tape.evaluating(backend);
    Var rows = tape.constant(x, x.length / SHAPE.size(), SHAPE.size());
    return bijection.forward(Pass.evaluation(tape, new SplittableRandom(seed)), rows, null);
  }

  @Test
  void twoScalesHaveTheLogDeterminantOfTheJacobian() {
    Bijection bijection = bijection(images(2, 1));
    int dim = SHAPE.size();
    double[] x = SmallModels.rows(ROWS, dim, SEED);
    double[][][] jacobians = new double[ROWS][dim][dim];
    double h = 1e-5;
    for (int j = 0; j < dim; j++) {
      double[] up = x.clone();
      double[] down = x.clone();
      for (int i = 0; i < ROWS; i++) {
        up[i * dim + j] += h;
        down[i * dim + j] -= h;
      }
      double[] above = SmallModels.read(backend, image(bijection, up, SEED).value().value());
      double[] below = SmallModels.read(backend, image(bijection, down, SEED).value().value());
      for (int e = 0; e < above.length; e++) {
        jacobians[e / dim][e % dim][j] = (above[e] - below[e]) / (2 * h);
      }
    }
    double[] expected =
        Arrays.stream(jacobians)
            .mapToDouble(
                m ->
                    Math.log(
                        Math.abs(
                            new LUDecomposition(MatrixUtils.createRealMatrix(m)).getDeterminant())))
            .toArray();
    double[] logDet = SmallModels.logDet(backend, image(bijection, x, SEED));
    assertArrayEquals(expected, logDet, 1e-4, "seed " + SEED);
  }

  @Test
  void scalesComeBack() {
    Bijection bijection = bijection(images(2, 2));
    double[] x = SmallModels.rows(ROWS, SHAPE.size(), SEED);
    double[] z = SmallModels.read(backend, image(bijection, x, SEED).value().value());
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, new SplittableRandom(SEED));
    Transformed back = bijection.inverse(pass, tape.constant(z, ROWS, SHAPE.size()), null);
    assertArrayEquals(x, SmallModels.read(backend, back.value().value()), 1e-4, "seed " + SEED);
  }

  /** The estimate of every scale counts, and so does its variance. */
  @Test
  void hutchinsonsEstimateIsTheExactOneInTheMean() {
    Bijection exact = bijection(images(2, 1));
    Hutchinson probes = new Hutchinson(ProbeDistribution.RADEMACHER, 4);
    Bijection estimated =
        ContinuousFlow.solved(exact, solve -> solve.withEvaluationDivergence(probes));
    double[] x = SmallModels.rows(1, SHAPE.size(), SEED);
    double[] many = new double[400 * x.length];
    Arrays.setAll(many, i -> x[i % x.length]);
    double expected = SmallModels.logDet(backend, image(exact, x, SEED))[0];
    Transformed image = image(estimated, many, SEED);
    double[] logDet = SmallModels.logDet(backend, image);
    double mean = Arrays.stream(logDet).average().orElseThrow();
    double spread = Arrays.stream(logDet).map(l -> (l - mean) * (l - mean)).average().orElseThrow();
    assertEquals(expected, mean, 4 * Math.sqrt(spread / logDet.length) + 1e-12, "seed " + SEED);
    double told = Arrays.stream(variance(image)).average().orElseThrow();
    assertEquals(spread, told, 0.25 * spread, "seed " + SEED);
  }

  private static double[] variance(Transformed image) {
    Transformed.Estimate logDet = image.logDet();
    assertNotNull(logDet);
    double[] variance = logDet.variance();
    assertNotNull(variance);
    return variance;
  }

  @Test
  void everyScaleIsSolvedAsTold() {
    Images images = images(2, 2);
    Bijection bijection = bijection(images);
    assertEquals(4, images.blocks());
    SolveSettings other = images.solve().withSolver(SolverConfig.fixed(SolverMethod.EULER, 1));
    Bijection changed =
        ContinuousFlow.solved(bijection, Collections.nCopies(images.blocks(), other));
    double[] x = SmallModels.rows(ROWS, SHAPE.size(), SEED);
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, new SplittableRandom(SEED));
    changed.forward(pass, tape.constant(x, ROWS, SHAPE.size()), null);
    assertEquals(4, pass.work().forwardEvaluations(), "Euler's method, one step a flow");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> ContinuousFlow.solved(bijection, Collections.nCopies(3, other)).dim());
  }

  @Test
  void filesHaveAllOfIt() {
    for (Images images :
        List.of(
            Images.ffjord(new ImageShape(8, 8, 3), 16, 16).withContext(10),
            Images.unet(new ImageShape(28, 28, 1), 8, 16))) {
      BijectionConfig read =
          JsonConfig.value(JsonConfig.tree(images), BijectionConfig.class, "model.json");
      assertEquals(images, read);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> images(3, 1).dim(), "levels");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> images(-1, 1).dim(), "levels");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new Network.Convolutions("concatsqash", List.of(2), "tanh").widest(),
        "concatsquash");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> new Network.Unet(List.of(), 1).widest(), "channels");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new Network.Unet(List.of(4, 0), 1).widest());
  }

  /** White images of one class and black ones of the other: samples are of their class. */
  @Test
  void aMatchedNetworkSamplesTheWantedClass() {
    ImageShape shape = new ImageShape(2, 2, 1);
    Images images = Images.unet(shape, 4, 4).withContext(2);
    Bijection bijection =
        images
            .withSolve(images.solve().withSolver(SOLVER).withEvaluationDivergence(new ExactTrace()))
            .bijection(parameters, new SplittableRandom(SEED));
    assertInstanceOf(ContinuousFlow.class, bijection);
    Flow flow = new Flow(DiagonalNormal.standard(shape.size()), bijection, backend);
    double[][] labels = {{1, 0}, {0, 1}};
    double[][] rows = {{1, 1, 1, 1}, {-1, -1, -1, -1}};
    FlowMatching matching =
        FlowMatching.of(bijection, ContinuousImagesTest::normal, FlowMatching.Options.standard());
    double[][] many = new double[64][];
    double[][] given = new double[64][];
    Arrays.setAll(many, i -> rows[i % 2]);
    Arrays.setAll(given, i -> labels[i % 2]);
    new Trainer(
            TrainerConfig.of(300, 64, SEED).withOptimizer(Adam.of(0.01)),
            parameters,
            matching,
            BatchSource.shuffled(new Batch(many, given)),
            List.of())
        .train();
    for (int c = 0; c < 2; c++) {
      double[][] samples = flow.sample(50, Context.shared(labels[c]), new SplittableRandom(SEED));
      for (double[] sample : samples) {
        double mean = Arrays.stream(sample).average().orElseThrow();
        assertTrue(Math.abs(mean - rows[c][0]) < 0.7, "class " + c + ": " + mean);
      }
    }
  }

  private static double[][] normal(int n, RandomGenerator random) {
    double[][] rows = new double[n][4];
    for (double[] row : rows) {
      Arrays.setAll(row, i -> random.nextGaussian());
    }
    return rows;
  }
}
