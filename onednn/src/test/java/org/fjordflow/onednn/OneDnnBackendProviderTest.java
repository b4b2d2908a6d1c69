package org.fjordflow.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendProvider;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backend {@code onednn}, as a configuration names it. */
final class OneDnnBackendProviderTest {

  /** All terms are small integers, so that sums of products are exact in any order. */
  @ParameterizedTest
  @EnumSource
  void isFoundByItsName(DType dtype) {
    int size = 110;
    double[] values = new double[size * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 7 - 3;
    }
    try (Backend backend = Backends.create(OneDnnBackendProvider.ID, dtype, 2)) {
      assertEquals(dtype, backend.dtype());
      assertEquals(2, backend.threads());
      assertEquals(dtype == DType.FLOAT32 ? OneDnnBackendProvider.ID : "cpu", backend.name());
      Matrix a = backend.allocate(size, size);
      Matrix c = backend.allocate(size, size);
      backend.upload(values, 0, a);
      backend.gemm(false, true, 1, a, a, 0, c);
      double[] product = new double[values.length];
      backend.download(c, product, 0);
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
          double sum = 0;
          for (int k = 0; k < size; k++) {
            sum += values[i * size + k] * values[j * size + k];
          }
          assertEquals(sum, product[i * size + j]);
        }
      }
    }
  }

  @Test
  void isNoGpu() {
    BackendProvider provider = Backends.find(OneDnnBackendProvider.ID);
    assertEquals(true, provider.gpu().isEmpty());
    assertEquals("cpu", Backends.find(Backends.AUTO).id());
  }
}
