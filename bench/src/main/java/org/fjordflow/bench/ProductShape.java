package org.fjordflow.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A matrix product {@code c = op(a) op(b) + beta c}, of m x k times k x n.
 *
 * @param use where it is made
 * @param m rows of c
 * @param n columns of c
 * @param k columns of op(a)
 * @param transposeA whether a is k x m
 * @param transposeB whether b is n x k
 * @param beta factor of what c holds before
 */
record ProductShape(
    String use, int m, int n, int k, boolean transposeA, boolean transposeB, double beta) {

  /** What a processor can do is read from the fastest of these. */
  static final List<ProductShape> PEAKS =
      List.of(
          forward("peak", 1024, 1024, 1024),
          layer("peak", 1024, 1024, 1024),
          forward("peak", 2000, 2000, 2000),
          layer("peak", 2000, 2000, 2000));

  /** Those of the workloads: rows are those of a part with its tangents, or of a whole batch. */
  static final List<ProductShape> WORKLOADS =
      List.of(
          layer("wide-43, whole batch", 2000, 860, 860),
          forward("wide-43, whole batch", 2000, 860, 860),
          gradient("wide-43, whole batch", 860, 860, 2000),
          layer("wide-43", 500, 860, 860),
          forward("wide-43", 500, 860, 860),
          gradient("wide-43", 860, 860, 500),
          layer("wide-43, first layer", 500, 860, 43),
          gradient("wide-43, first layer", 860, 43, 500),
          layer("wide-43, last layer", 500, 43, 860),
          gradient("wide-43, last layer", 43, 860, 500),
          layer("wide-63", 500, 1260, 1260),
          layer("wide-63, first layer", 500, 1260, 63),
          forward("toy", 192, 64, 64),
          gradient("toy", 64, 64, 192),
          forward("toy, first layer", 192, 64, 2),
          forward("toy, last layer", 192, 2, 64),
          layer("toy, whole batch", 512, 64, 64),
          forward("table-6", 270, 60, 60),
          gradient("table-6", 60, 60, 270),
          forward("table-6, first layer", 270, 60, 6),
          forward("discrete", 128, 128, 128),
          gradient("discrete", 128, 128, 128),
          layer("spline, last layer", 128, 483, 128),
          layer("large batch", 2048, 128, 128));

  /** Not timed here: those of {@link LinearKernelBenchmark}, and sums of few or many terms. */
  static final List<ProductShape> OTHERS =
      List.of(
          layer("kernel", 768, 64, 64),
          gradient("kernel", 64, 64, 768),
          layer("kernel", 768, 64, 3),
          forward("odd", 17, 13, 1),
          forward("odd", 33, 65, 7),
          forward("odd", 1, 100, 31),
          forward("odd", 100, 1, 31),
          forward("odd", 5, 7, 3001),
          forward("odd", 64, 64, 4096));

  /** Returns all of them, each size once whatever its transposes. */
  static List<ProductShape> sizes() {
    return Stream.of(OTHERS, WORKLOADS, PEAKS)
        .flatMap(List::stream)
        .map(shape -> forward("", shape.m, shape.n, shape.k))
        .distinct()
        .toList();
  }

  /** A product with neither operand transposed. */
  static ProductShape forward(String use, int m, int n, int k) {
    return new ProductShape(use, m, n, k, false, false, 0);
  }

  /** A layer's product with its weight, n x k. */
  private static ProductShape layer(String use, int m, int n, int k) {
    return new ProductShape(use, m, n, k, false, true, 0);
  }

  /** A weight's gradient, added to what is there. */
  private static ProductShape gradient(String use, int m, int n, int k) {
    return new ProductShape(use, m, n, k, true, false, 1);
  }

  /** Returns the same size with other transposes and another factor. */
  ProductShape with(boolean newTransposeA, boolean newTransposeB, double newBeta) {
    return new ProductShape(use, m, n, k, newTransposeA, newTransposeB, newBeta);
  }

  /** Returns the floating-point operations: {@code 2 m n k}. */
  double flops() {
    return 2.0 * m * n * k;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d x %d x %d%s%s, beta %s",
        m,
        k,
        n,
        transposeA ? ", first transposed" : "",
        transposeB ? ", second transposed" : "",
        beta);
  }
}
