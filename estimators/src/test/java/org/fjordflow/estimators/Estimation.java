package org.fjordflow.estimators;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;

/** Fields with known Jacobians, and what a divergence makes of a field. */
final class Estimation {

  static final long SEED = GradientCheck.defaultSeed();

  /** A matrix that is neither symmetric nor diagonal. */
  static final double[][] MATRIX = {
    {0.7, -1.2, 0.4, 0.1}, {0.3, -0.5, 2.1, -0.6}, {-0.9, 0.8, 1.6, 0.2}, {1.1, 0.0, -0.7, -0.2}
  };

  /** For estimators that choose no directions by the field. */
  static final Divergence.JacobianProducts NOT_ASKED =
      (directions, count) -> {
        throw new AssertionError("asked for products");
      };

  private Estimation() {}

  /** {@code f(z) = A z}. */
  static VectorField linear(double[][] a) {
    double[] flat = Arrays.stream(a).flatMapToDouble(Arrays::stream).toArray();
    return (tape, t, z, context) -> {
      Var weight = tape.constant(flat, a.length, a.length);
      return tape.layer(Elementwise.IDENTITY, z, weight, null, null);
    };
  }

  /** Each component depends on itself alone: {@code f_j(z) = tanh(s_j z_j)}. */
  static VectorField diagonal(double... s) {
    return (tape, t, z, context) ->
        tape.apply(Elementwise.TANH, tape.multiply(z, tape.constant(s, 1, s.length)));
  }

  /** The same everywhere. */
  static VectorField constant(double... velocity) {
    return (tape, t, z, context) ->
        tape.repeat(tape.constant(velocity, 1, velocity.length), z.rows());
  }

  /** A network of state and time with a hidden layer. */
  static VectorField network(Parameters parameters, int dim, long seed) {
    Mlp mlp =
        Mlp.create(
            parameters,
            "network",
            List.of(dim + 1, 8, dim),
            Activation.TANH,
            new SplittableRandom(seed));
    return (tape, t, z, context) -> mlp.apply(tape, tape.concat(z, tape.repeat(t, z.rows())));
  }

  /** The sum of diagonal elements. */
  static double trace(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i][i];
    }
    return sum;
  }

  /** Draws rows uniform in (-1, 1). */
  static double[] rows(int n, int dim, long seed) {
    return new SplittableRandom(seed).doubles((long) n * dim, -1, 1).toArray();
  }

  /** One row n times. */
  static double[] repeated(double[] row, int n) {
    double[] rows = new double[n * row.length];
    Arrays.setAll(rows, i -> row[i % row.length]);
    return rows;
  }

  /** A random matrix with orthonormal columns. */
  static double[][] orthogonal(int dim, RandomGenerator random) {
    Frame frame = new Frame(dim, dim);
    double[][] columns = new double[dim][dim];
    for (int j = 0; j < dim; j++) {
      frame.addRandom(random);
      for (int i = 0; i < dim; i++) {
        columns[i][j] = frame.get(j)[i];
      }
    }
    return columns;
  }

  /** {@code U diag(values) V^T} with random orthogonal U and V. */
  static double[][] withSingularValues(RandomGenerator random, double... values) {
    int dim = values.length;
    double[][] u = orthogonal(dim, random);
    double[][] v = orthogonal(dim, random);
    double[][] a = new double[dim][dim];
    for (int i = 0; i < dim; i++) {
      for (int j = 0; j < dim; j++) {
        for (int k = 0; k < dim; k++) {
          a[i][j] += u[i][k] * values[k] * v[j][k];
        }
      }
    }
    return a;
  }

  /**
   * The sum of squares of the symmetric part's elements.
   *
   * @param diagonal whether those on the diagonal are counted
   */
  static double squares(double[][] a, boolean diagonal) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a.length; j++) {
        double s = (a[i][j] + a[j][i]) / 2;
        sum += i == j && !diagonal ? 0 : s * s;
      }
    }
    return sum;
  }

  /** Mean and sample variance of a row's estimates. */
  static double[] meanAndVariance(double[] estimates) {
    double mean = Arrays.stream(estimates).average().orElseThrow();
    double squares = Arrays.stream(estimates).map(e -> (e - mean) * (e - mean)).sum();
    return new double[] {mean, squares / (estimates.length - 1)};
  }

  /**
   * Estimates of the divergence at time 0.3, one row for each row of z.
   *
   * @param z row-major. Not modified.
   */
  static double[][] estimates(
      Backend backend,
      Divergence divergence,
      VectorField field,
      double[] z,
      int dim,
      RandomGenerator random) {
    Divergence.JacobianProducts here = new FieldJacobian(backend, field, 0.3, z, dim, null);
    return estimates(backend, divergence, field, z, dim, random, here);
  }

  /** The same with directions that are chosen by given Jacobians. */
  static double[][] estimates(
      Backend backend,
      Divergence divergence,
      VectorField field,
      double[] z,
      int dim,
      RandomGenerator random,
      Divergence.JacobianProducts start) {
    int n = z.length / dim;
    double[] drawn = divergence.draw(n, dim, random, start);
    Tape tape = Tape.evaluating(backend);
    Matrix stack = tape.take((1 + divergence.directions(dim)) * n, dim);
    backend.upload(z, 0, stack.rows(0, n));
    Matrix directions = stack.rows(n, stack.rows());
    backend.upload(drawn, 0, directions);
    Var f = field.apply(tape, tape.constant(0.3), tape.input(stack, n), null);
    Var trace = divergence.trace(tape, f, directions);
    double[] flat = new double[trace.value().size()];
    backend.download(trace.value(), flat, 0);
    double[][] rows = new double[n][];
    int k = divergence.estimates();
    for (int i = 0; i < n; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * k, (i + 1) * k);
    }
    return rows;
  }
}
