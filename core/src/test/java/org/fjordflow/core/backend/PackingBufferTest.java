package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.fjordflow.core.backend.internal.PackingBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When OpenBLAS's packing buffer is touched, and that results do not depend on it. */
final class PackingBufferTest {

  @Test
  void fewSmallProductsAreNotWorthIt() {
    PackingBuffer buffer = new PackingBuffer(true);
    for (int i = 0; i < 500; i++) {
      assertFalse(buffer.note(512, 64, 64), "product " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void manySmallProductsAre(DType dtype) {
    PackingBuffer buffer = new PackingBuffer(dtype == DType.FLOAT32);
    // The last of 1,024 completes four times what touching costs, 2^31 multiplications.
    for (int i = 1; i < 1024; i++) {
      assertFalse(buffer.note(512, 64, 64), "product " + i);
    }
    assertTrue(buffer.note(512, 64, 64));
    assertTrue(buffer.note(1, 1, 1));
  }

  @Test
  void oneLargeProductTouchesItByItself() {
    PackingBuffer buffer = new PackingBuffer(false);
    assertFalse(buffer.note(4096, 511, 4096 / 64));
    assertTrue(buffer.note(512, 512, 512));
  }

  @ParameterizedTest
  @EnumSource
  void productsAreTheSameBitsBeforeAndAfter(DType dtype) {
    int rows = 512;
    int width = 64;
    try (Backend backend = new CpuBackend(dtype, 1)) {
      Random random = new Random(1);
      Matrix x = backend.allocate(rows, width);
      Matrix w = backend.allocate(width, width);
      Matrix y = backend.allocate(rows, width);
      backend.upload(random.doubles((long) rows * width).toArray(), 0, x);
      backend.upload(random.doubles((long) width * width).toArray(), 0, w);
      double[] first = new double[rows * width];
      double[] later = new double[rows * width];
      backend.gemm(false, true, 1, x, w, 0, y);
      backend.download(y, first, 0);
      for (int i = 0; i < 1100; i++) {
        Arrays.fill(later, Double.NaN);
        backend.gemm(false, true, 1, x, w, 0, y);
        backend.download(y, later, 0);
        assertArrayEquals(first, later, "product " + i);
      }
    }
  }
}
