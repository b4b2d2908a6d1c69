package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.bytedeco.javacpp.Pointer;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link CpuBackend} against the contract of every backend. */
final class CpuBackendTest extends BackendContract {
  @Override
  protected Backend create(DType dtype) {
    return new CpuBackend(dtype);
  }

  @Override
  protected Backend create(DType dtype, int threads) {
    return new CpuBackend(dtype, threads);
  }

  @Test
  void theCallersThreadIsOneOfThoseAskedFor() {
    for (int threads : new int[] {1, 2, 7}) {
      try (Backend backend = new CpuBackend(DType.FLOAT64, threads)) {
        assertEquals(threads, backend.threads());
      }
    }
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      assertEquals(Runtime.getRuntime().availableProcessors(), backend.threads());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void fewerThreadsThanOneAreRefused(int threads) {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new CpuBackend(DType.FLOAT32, threads),
        String.valueOf(threads));
  }

  @Test
  void memoryBeyondTheLimitIsToldOf() {
    int side = 1 << 15;
    long bytes = (long) side * side * Double.BYTES;
    assumeTrue(Pointer.maxBytes() > 0 && Pointer.maxBytes() < bytes, "all of it would be there");
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      OutOfMemoryError error =
          assertThrows(OutOfMemoryError.class, () -> backend.allocate(side, side));
      String message = String.valueOf(error.getMessage());
      assertTrue(message.startsWith("8192.0 MiB of native memory"), message);
      assertTrue(message.contains("-Xmx"), message);
    }
  }

  @Override
  protected double functionTolerance(DType dtype) {
    // In FLOAT32 all is built on one rational tanh; swish has the largest error: FloatActivations.
    return dtype == DType.FLOAT32 ? 2.5e-6 : super.functionTolerance(dtype);
  }
}
