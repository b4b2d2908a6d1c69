package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Maximum likelihood of Gaussians, whose solutions are moments and least squares. */
final class GaussianFlowTest {

  private static final long SEED = 11;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  /** {@code z1 = u1 exp(s1), z2 = (u2 + a u1) exp(s2)} with {@code u = x - m - c B}. */
  private static final class Triangular implements Bijection {
    private final int contextSize;
    private final Parameter mean;
    private final Parameter logScale;
    private final Parameter shear;
    private final Parameter slope;

    Triangular(Parameters parameters, int contextSize) {
      this.contextSize = contextSize;
      mean = parameters.add("mean", new double[2], 2);
      logScale = parameters.add("log_scale", new double[2], 2);
      shear = parameters.add("shear", new double[1]);
      slope = parameters.add("slope", new double[2], 2);
    }

    @Override
    public int dim() {
      return 2;
    }

    @Override
    public int contextSize() {
      return contextSize;
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      Tape t = pass.tape();
      Var u = t.subtract(x, t.parameter(mean));
      if (context != null) {
        Var b = t.parameter(slope);
        Var moved =
            t.concat(
                t.multiply(context, t.columns(b, 0, 1)), t.multiply(context, t.columns(b, 1, 2)));
        u = t.subtract(u, moved);
      }
      Var first = t.columns(u, 0, 1);
      Var second = t.add(t.columns(u, 1, 2), t.multiply(first, t.parameter(shear)));
      Var s = t.parameter(logScale);
      Var z = t.multiply(t.concat(first, second), t.apply(Elementwise.EXP, s));
      return Transformed.exact(z, t.repeat(t.rowSum(s), x.rows()));
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "not needed here");
    }
  }

  private static Batch correlated(int n) {
    RandomGenerator random = new RandomStreams(SEED).generator(Purpose.TEST);
    double[][] rows = new double[n][];
    double[][] context = new double[n][];
    for (int i = 0; i < n; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      context[i] = new double[] {random.nextGaussian()};
      rows[i] = new double[] {1 + 0.5 * a + 0.8 * context[i][0], -2 + a + 1.5 * b - context[i][0]};
    }
    return new Batch(rows, context);
  }

  private Flow train(Batch data, int contextSize) {
    Flow flow =
        new Flow(DiagonalNormal.standard(2), new Triangular(parameters, contextSize), backend);
    TrainerConfig config =
        TrainerConfig.of(1500, data.size(), SEED)
            .withOptimizer(Adam.of(0.05))
            .withSchedule(new Schedule.Cosine(1500, 0));
    TrainingResult result =
        new Trainer(
                config,
                parameters,
                Objectives.negativeLogLikelihood(flow),
                BatchSource.shuffled(data),
                List.of())
            .train();
    double judged =
        Validation.negativeLogLikelihood(flow, data)
            .loss(new RandomStreams(SEED).generator(Purpose.VALIDATION));
    assertEquals(result.finalLoss(), judged, 1e-9);
    return flow;
  }

  /** The likelihood is greatest at the sample's mean and covariance (divided by n). */
  @Test
  void findsMeanAndCovariance() {
    Batch data = Batch.of(correlated(500).rows());
    Flow flow = train(data, 0);
    double[][] moments = moments(data.rows());
    double[] theta = parameters.get();
    assertEquals(moments[0][0], theta[0], 1e-6);
    assertEquals(moments[0][1], theta[1], 1e-6);
    assertEquals(Math.sqrt(moments[1][0]), Math.exp(-theta[2]), 1e-6);
    assertEquals(-moments[1][1] / moments[1][0], theta[4], 1e-6);
    double determinant = moments[1][0] * moments[1][2] - moments[1][1] * moments[1][1];
    double entropy = 0.5 * (2 * Math.log(2 * Math.PI * Math.E) + Math.log(determinant));
    double loss =
        Validation.negativeLogLikelihood(flow, data)
            .loss(new RandomStreams(SEED).generator(Purpose.VALIDATION));
    assertEquals(entropy, loss, 1e-9);
  }

  /** With the mean linear in the context, it is greatest at the least-squares line. */
  @Test
  void findsTheRegressionOnTheContext() {
    Batch data = correlated(500);
    Flow unused = train(data, 1);
    double[] theta = parameters.get();
    double[][] context = Objects.requireNonNull(data.context());
    for (int j = 0; j < 2; j++) {
      double[][] pairs = new double[data.size()][];
      for (int i = 0; i < pairs.length; i++) {
        pairs[i] = new double[] {context[i][0], data.rows()[i][j]};
      }
      double[][] moments = moments(pairs);
      double slope = moments[1][1] / moments[1][0];
      assertEquals(slope, theta[5 + j], 1e-6);
      assertEquals(moments[0][1] - slope * moments[0][0], theta[j], 1e-6);
    }
  }

  @Test
  void batchesMustFitTheFlow() {
    FjordException without =
        assertThrows(FjordException.class, () -> train(Batch.of(correlated(5).rows()), 1));
    assertEquals(ErrorKey.SHAPE_MISMATCH, without.key());
  }

  /** Means, and the covariances 11, 12 and 22 with divisor n. */
  private static double[][] moments(double[][] rows) {
    double[] mean = new double[2];
    for (double[] row : rows) {
      mean[0] += row[0] / rows.length;
      mean[1] += row[1] / rows.length;
    }
    double[] covariance = new double[3];
    for (double[] row : rows) {
      double a = row[0] - mean[0];
      double b = row[1] - mean[1];
      covariance[0] += a * a / rows.length;
      covariance[1] += a * b / rows.length;
      covariance[2] += b * b / rows.length;
    }
    return new double[][] {mean, covariance};
  }
}
