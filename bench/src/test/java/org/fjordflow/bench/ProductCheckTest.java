package org.fjordflow.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Wrong products are found and named, right ones pass, and rates are printed beside the peak. */
class ProductCheckTest {
  private static final List<ProductShape> SIZES =
      ProductShape.sizes().stream().filter(shape -> shape.flops() < 1e7).toList();

  @ParameterizedTest
  @EnumSource
  void rightProductsPass(DType dtype) {
    assertEquals(Optional.empty(), new ProductCheck(dtype, 2).firstError(SIZES));
  }

  @ParameterizedTest
  @EnumSource
  void aSlightErrorInOneOfTheProductsIsNamed(DType dtype) {
    double relative = dtype == DType.FLOAT32 ? 1e-4 : 1e-13;
    ProductCheck check =
        new ProductCheck(
            dtype,
            2,
            (backend, ta, tb, alpha, a, b, beta, c) -> {
              boolean wrong = ta && !tb && beta == 1 && c.rows() == 64 && c.cols() == 64;
              backend.gemm(ta, tb, wrong ? alpha * (1 + relative) : alpha, a, b, beta, c);
            });
    String error = check.firstError(SIZES).orElseThrow();
    assertTrue(error.startsWith("wrong product in " + dtype.id() + ", 64 x "), error);
    assertTrue(
        error.contains(" x 64, first transposed, beta 1.0, alpha 1.0, threads 1: element ("),
        error);
    assertEquals(1, error.lines().count());
  }

  @Test
  void whatWasThereBeforeMustBeGoneWhereBetaIsZero() {
    ProductCheck check =
        new ProductCheck(
            DType.FLOAT32,
            1,
            (backend, ta, tb, alpha, a, b, beta, c) -> {
              if (c.rows() > 100) {
                double[] before = new double[c.size()];
                backend.download(c, before, 0);
                backend.gemm(ta, tb, alpha, a, b, beta, c);
                addFirst(backend, before[0] * beta * 0, c);
              } else {
                backend.gemm(ta, tb, alpha, a, b, beta, c);
              }
            });
    String error = check.firstError(SIZES).orElseThrow();
    assertTrue(error.contains("beta 0.0, alpha 1.0, threads 1: element (0, 0) is NaN"), error);
  }

  private static void addFirst(Backend backend, double value, Matrix c) {
    double[] values = new double[c.size()];
    backend.download(c, values, 0);
    values[0] += value;
    backend.upload(values, 0, c);
  }

  @Test
  void everyTimedProductIsChecked() {
    List<ProductShape> sizes = ProductShape.sizes();
    for (List<ProductShape> timed : List.of(ProductShape.PEAKS, ProductShape.WORKLOADS)) {
      for (ProductShape shape : timed) {
        assertTrue(
            sizes.stream()
                .anyMatch(s -> s.m() == shape.m() && s.n() == shape.n() && s.k() == shape.k()),
            shape::toString);
      }
    }
  }

  @Test
  void ratesAreMeasuredAndPrintedInPartsOfTheFastestPeak() {
    List<ProductShape> shapes =
        ProductShape.WORKLOADS.stream().filter(shape -> shape.flops() < 1e7).toList();
    List<ProductTable.Row> measured =
        ProductTable.measure(DType.FLOAT64, 2, shapes, new ProductTable.Effort(2, 0));
    assertEquals(shapes, measured.stream().map(ProductTable.Row::shape).toList());
    assertTrue(measured.stream().allMatch(row -> row.rate() > 0));

    List<ProductTable.Row> rows =
        IntStream.range(0, 4)
            .mapToObj(i -> new ProductTable.Row(ProductShape.PEAKS.get(i), 100 + i * 20))
            .toList();
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    ProductTable.print(
        DType.FLOAT32, 2, rows, new PrintStream(table, true, StandardCharsets.UTF_8));
    List<String> lines = table.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals("float32, threads 2: peak 160.0 GFLOP/s a thread", lines.get(1));
    assertEquals("| 1024 x 1024 x 1024, beta 0.0 | peak | 100.0 | 63 % |", lines.get(4));
  }
}
