package org.fjordflow.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;

/**
 * Products of the workloads beside the peak of the same run.
 *
 * <p>The peak of a thread is its rate in the fastest of {@link ProductShape#PEAKS}: what this BLAS
 * reaches on this processor, not what the processor's data sheet says. All shapes take turns in
 * rounds; the rate of a shape is that of its fastest round, so that other programs' work and
 * changes of the clock count the less the more rounds there are. With several threads each makes
 * products of its own, all begin at once, and rates are the mean of theirs.
 */
final class ProductTable {

  /**
   * How long to measure.
   *
   * @param rounds how often each shape has its turn, after one that is not counted
   * @param flops operations of a turn, at the least; there is at least one product in each
   */
  record Effort(int rounds, double flops) {
    static final Effort FULL = new Effort(15, 2e9);
  }

  /** A shape and its rate. */
  record Row(ProductShape shape, double rate) {}

  /** A shape's operands, c for each thread. */
  private record Operands(ProductShape shape, Matrix a, Matrix b, List<Matrix> c) {

    static Operands of(ProductShape s, Backend backend) {
      List<Matrix> c = new ArrayList<>();
      for (int i = 0; i < backend.threads(); i++) {
        c.add(backend.allocate(s.m(), s.n()));
      }
      return new Operands(
          s,
          s.transposeA() ? filled(backend, s.k(), s.m()) : filled(backend, s.m(), s.k()),
          s.transposeB() ? filled(backend, s.n(), s.k()) : filled(backend, s.k(), s.n()),
          c);
    }

    private static Matrix filled(Backend backend, int rows, int cols) {
      Matrix matrix = backend.allocate(rows, cols);
      double[] values = new double[rows * cols];
      Arrays.setAll(values, Math::sin);
      backend.upload(values, 0, matrix);
      return matrix;
    }

    /** Makes products on all threads at once; returns operations in a nanosecond and thread. */
    double rate(Backend backend, int products) {
      double[] rates = new double[c.size()];
      Together.run(
          backend,
          c.size(),
          index -> {
            long start = System.nanoTime();
            for (int i = 0; i < products; i++) {
              backend.gemm(
                  shape.transposeA(), shape.transposeB(), 1, a, b, shape.beta(), c.get(index));
            }
            rates[index] = shape.flops() * products / (System.nanoTime() - start);
          });
      return Arrays.stream(rates).average().orElseThrow();
    }
  }

  private ProductTable() {}

  /**
   * Measures.
   *
   * @param dtype element type
   * @param threads how many make products at once
   * @param shapes what is measured
   * @param effort how long
   * @return a row for each shape, in their order, in GFLOP/s of a thread
   */
  static List<Row> measure(DType dtype, int threads, List<ProductShape> shapes, Effort effort) {
    try (Backend backend = new CpuBackend(dtype, threads)) {
      List<Operands> all = shapes.stream().map(s -> Operands.of(s, backend)).toList();
      double[] best = new double[all.size()];
      for (int round = 0; round <= effort.rounds(); round++) {
        for (int i = 0; i < best.length; i++) {
          Operands operands = all.get(i);
          int products = (int) Math.max(1, effort.flops() / operands.shape().flops());
          double rate = operands.rate(backend, products);
          best[i] = round == 0 ? 0 : Math.max(best[i], rate);
        }
      }
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < best.length; i++) {
        rows.add(new Row(shapes.get(i), best[i]));
      }
      return rows;
    }
  }

  /**
   * Prints rates in parts of the fastest.
   *
   * @param dtype element type
   * @param threads how many made products at once
   * @param rows what was measured, the peaks among them
   * @param out where to
   */
  static void print(DType dtype, int threads, List<Row> rows, PrintStream out) {
    double peak =
        rows.stream()
            .filter(row -> ProductShape.PEAKS.contains(row.shape()))
            .mapToDouble(Row::rate)
            .max()
            .orElseThrow();
    out.printf(
        Locale.ROOT, "%n%s, threads %d: peak %.1f GFLOP/s a thread%n", dtype.id(), threads, peak);
    out.println("| product | of | GFLOP/s a thread | of the peak |");
    out.println("|---|---|---|---|");
    for (Row row : rows) {
      out.printf(
          Locale.ROOT,
          "| %s | %s | %.1f | %.0f %% |%n",
          row.shape(),
          row.shape().use(),
          row.rate(),
          100 * row.rate() / peak);
    }
  }
}
