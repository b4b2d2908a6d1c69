package org.fjordflow.estimators;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.estimators.Estimation.MATRIX;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.network;
import static org.fjordflow.estimators.Estimation.repeated;
import static org.fjordflow.estimators.Estimation.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** XTrace against its definition and exact traces. */
final class XTraceTest {

  private static final int MANY = 20_000;

  private final RandomGenerator random = new SplittableRandom(SEED);

  /** The same matrix for every row. */
  private static Divergence.JacobianProducts products(double[][] a) {
    int dim = a.length;
    return (directions, count) -> {
      double[] result = new double[directions.length];
      for (int at = 0; at < directions.length; at += dim) {
        double[] v = Arrays.copyOfRange(directions, at, at + dim);
        for (int i = 0; i < dim; i++) {
          result[at + i] = Frame.dot(a[i], v);
        }
      }
      return result;
    };
  }

  private static double[][] pairs(XTrace.Estimate estimate) {
    double[][] rows = new double[estimate.trace().length][];
    Arrays.setAll(rows, i -> new double[] {estimate.trace()[i], estimate.standardError()[i]});
    return rows;
  }

  /** The paper's definition, with a basis made anew for every vector that is left out. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void isTheMeanOfEstimatesThatLeaveOneOut(int k) {
    int dim = MATRIX.length;
    List<double[]> asked = new ArrayList<>();
    Divergence.JacobianProducts recorded =
        (directions, count) -> {
          asked.add(directions.clone());
          return products(MATRIX).apply(directions, count);
        };
    XTrace.Estimate found = new XTrace(k).estimate(1, dim, random, recorded);
    double[] tests = asked.get(0);
    double[] images = products(MATRIX).apply(tests, k);
    double[] estimates = new double[k];
    for (int i = 0; i < k; i++) {
      Frame others = new Frame(dim, k);
      for (int j = 0; j < k; j++) {
        if (j != i) {
          assertTrue(others.add(images, j * dim));
        }
      }
      double[] rest = Arrays.copyOfRange(tests, i * dim, (i + 1) * dim);
      for (int j = 0; j < others.size(); j++) {
        double[] q = others.get(j);
        Frame.subtract(Frame.dot(q, rest), q, rest);
        estimates[i] += Frame.dot(q, products(MATRIX).apply(q, 1));
      }
      double form = Frame.dot(rest, products(MATRIX).apply(rest, 1));
      estimates[i] += (dim - k + 1) * form / Frame.dot(rest, rest);
    }
    assertEquals(Arrays.stream(estimates).average().orElseThrow(), found.trace()[0], 1e-12);
    double error = k == 1 ? Double.NaN : Math.sqrt(Estimation.meanAndVariance(estimates)[1] / k);
    assertEquals(error, found.standardError()[0], 1e-12);
    assertEquals(2, asked.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void isUnbiased(int k) {
    double[][] drawn = pairs(new XTrace(k).estimate(MANY, 4, random, products(MATRIX)));
    Statistics.assertMean(
        drawn, row -> row[0], Estimation.trace(MATRIX), k + " test vectors, seed " + SEED);
  }

  @Test
  void isUnbiasedOnANetwork() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      int dim = 6;
      VectorField field = network(new Parameters(backend), dim, SEED);
      double[] z = rows(1, dim, SEED);
      FieldJacobian one = new FieldJacobian(backend, field, 0.3, z, dim, null);
      double exact = one.estimates(new ExactTrace(), random)[0];
      assertEquals(dim, one.products());
      FieldJacobian many = new FieldJacobian(backend, field, 0.3, repeated(z, MANY), dim, null);
      double[][] drawn = pairs(new XTrace(3).estimate(MANY, dim, random, many));
      Statistics.assertMean(drawn, row -> row[0], exact, "seed " + SEED);
      assertEquals(6, many.products());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void isExactWhereTheOthersHoldTheRange(int rank) {
    double[] values = new double[7];
    Arrays.fill(values, 0, rank, -1.5);
    double[][] a = Estimation.withSingularValues(random, values);
    XTrace.Estimate found = new XTrace(4).estimate(5, 7, random, products(a));
    for (int i = 0; i < 5; i++) {
      assertEquals(Estimation.trace(a), found.trace()[i], 1e-11, "seed " + SEED);
      assertEquals(0, found.standardError()[i], 1e-11, "seed " + SEED);
    }
  }

  @Test
  void isExactWithAsManyTestVectorsAsDimensions() {
    XTrace.Estimate found = new XTrace(4).estimate(5, 4, random, products(MATRIX));
    for (double trace : found.trace()) {
      assertEquals(Estimation.trace(MATRIX), trace, 1e-9, "seed " + SEED);
    }
  }

  /** The estimates are not independent; the paper takes them as if they were. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.8, 0.5})
  void theStandardErrorIsOfTheSizeOfTheError(double decay) {
    int dim = 16;
    double[] values = new double[dim];
    Arrays.setAll(values, i -> Math.pow(decay, i));
    double[][] a = Estimation.withSingularValues(random, values);
    double trace = Estimation.trace(a);
    double[][] drawn = pairs(new XTrace(5).estimate(4000, dim, random, products(a)));
    double variance =
        Arrays.stream(drawn).mapToDouble(row -> Math.pow(row[0] - trace, 2)).average().orElse(0);
    double told = Arrays.stream(drawn).mapToDouble(row -> row[1] * row[1]).average().orElse(0);
    double ratio = told / variance;
    assertTrue(ratio > 0.7 && ratio < 1.6, "ratio " + ratio + ", seed " + SEED);
  }

  @Test
  void needsRoom() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new XTrace(0), "0");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new XTrace(5).estimate(2, 4, random, products(MATRIX)),
        "5",
        "4");
  }
}
