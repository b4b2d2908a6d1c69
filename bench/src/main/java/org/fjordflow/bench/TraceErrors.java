package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.internal.field.FfjordField;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.FieldJacobian;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.estimators.XTrace;

/** Errors of estimates of the trace of a field's Jacobian, at some points again and again. */
final class TraceErrors implements AutoCloseable {

  private static final int POINTS = 8;
  private static final double TIME = 0.5;

  private final Backend backend;
  private final int dim;
  private final int rows;
  private final FieldJacobian jacobian;
  private final double[] exact;
  private final double norm;

  private TraceErrors(Backend backend, VectorField field, int dim, int repetitions) {
    this.backend = backend;
    this.dim = dim;
    this.rows = repetitions;
    double[] points =
        new RandomStreams(2).generator(Purpose.TEST).doubles(POINTS * (long) dim, -2, 2).toArray();
    double[] repeated = new double[rows * dim];
    Arrays.setAll(repeated, i -> points[i % points.length]);
    jacobian = new FieldJacobian(backend, field, TIME, repeated, dim, null);
    // The columns of each point's Jacobian.
    double[] columns =
        new FieldJacobian(backend, field, TIME, points, dim, null)
            .apply(ExactTrace.units(POINTS, dim), dim);
    norm = Math.sqrt(Arrays.stream(columns).map(v -> v * v).sum() / POINTS);
    exact = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      for (int j = 0; j < dim; j++) {
        exact[i] += columns[(j * POINTS + i) * dim + j];
      }
    }
  }

  /** Errors for one matrix. */
  static TraceErrors ofMatrix(double[][] a, int repetitions) {
    double[] flat = Arrays.stream(a).flatMapToDouble(Arrays::stream).toArray();
    VectorField field =
        (tape, t, z, context) -> {
          Var weight = tape.constant(flat, a.length, a.length);
          return tape.layer(Elementwise.IDENTITY, z, weight, null, null);
        };
    return new TraceErrors(new CpuBackend(DType.FLOAT64), field, a.length, repetitions);
  }

  /** Errors for FFJORD's network with two hidden layers of twice the width, initial weights. */
  static TraceErrors ofNetwork(int dim, int repetitions) {
    Backend backend = new CpuBackend(DType.FLOAT64);
    Parameters parameters = new Parameters(backend);
    RandomGenerator random = new RandomStreams(1).generator(Purpose.INITIALIZATION);
    int[] sizes = {dim, 2 * dim, 2 * dim, dim};
    List<TimeLayer> layers = new ArrayList<>();
    for (int i = 0; i + 1 < sizes.length; i++) {
      TimeLayerKind kind = TimeLayerKind.of("concatsquash");
      layers.add(kind.create(parameters, "net." + i, sizes[i], sizes[i + 1], random));
    }
    return new TraceErrors(backend, new FfjordField(layers, Activation.TANH), dim, repetitions);
  }

  /** Matrices {@code U diag(s) V^T} with random orthogonal U and V, by what their s are. */
  static Map<String, double[][]> matrices(int dim) {
    Map<String, double[][]> matrices = new LinkedHashMap<>();
    matrices.put("singular values 1", matrix(dim, i -> 1));
    matrices.put("singular values 1/i", matrix(dim, i -> 1.0 / (i + 1)));
    matrices.put("singular values 0.8^i", matrix(dim, i -> Math.pow(0.8, i)));
    matrices.put("rank 4 and 0.01", matrix(dim, i -> i < 4 ? 1 : 0.01));
    return matrices;
  }

  private static double[][] matrix(int dim, IntToDoubleFunction singularValue) {
    RandomGenerator random = new RandomStreams(3).generator(Purpose.DATA);
    Hutchinson basis = new Hutchinson(ProbeDistribution.ORTHOGONAL, dim);
    double[] u = basis.draw(1, dim, random);
    double[] v = basis.draw(1, dim, random);
    double[][] a = new double[dim][dim];
    for (int k = 0; k < dim; k++) {
      double factor = singularValue.applyAsDouble(k) / dim; // the vectors are of length sqrt(dim)
      for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++) {
          a[i][j] += factor * u[k * dim + i] * v[k * dim + j];
        }
      }
    }
    return a;
  }

  private static RandomGenerator random() {
    return new RandomStreams(4).generator(Purpose.PROBES);
  }

  /** Returns the root mean square error in parts of the Jacobian's norm. */
  double of(Divergence divergence) {
    double[] estimates = jacobian.estimates(divergence, random());
    int k = divergence.estimates();
    double[] means = new double[rows];
    for (int i = 0; i < estimates.length; i++) {
      means[i / k] += estimates[i] / k;
    }
    return error(means);
  }

  /** The same for XTrace. */
  double ofXTrace(int testVectors) {
    return error(new XTrace(testVectors).estimate(rows, dim, random(), jacobian).trace());
  }

  private double error(double[] traces) {
    double squares = 0;
    for (int i = 0; i < rows; i++) {
      squares += Math.pow(traces[i] - exact[i % POINTS], 2);
    }
    return Math.sqrt(squares / rows) / norm;
  }

  @Override
  public void close() {
    backend.close();
  }
}
