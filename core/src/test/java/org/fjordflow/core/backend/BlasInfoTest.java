package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.Set;
import org.fjordflow.core.backend.internal.VectorInstructions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenBLAS says of itself, and what is said of a kernel that is too old. */
final class BlasInfoTest {

  @Test
  void openBlasSaysWhatItIs() {
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      assertEquals("cpu", backend.name());
      BlasInfo blas = BlasInfo.read();
      assertTrue(blas.version().matches("0\\.3\\.\\d+.*"), blas.toString());
      assertFalse(blas.kernel().isBlank() || blas.kernel().equals("unknown"), blas.toString());
      assertEquals(1, blas.threads());
    }
  }

  @Test
  void theKernelOfThisProcessorIsKnownWhereTheProcessorIs() {
    BlasInfo blas = BlasInfo.read();
    if (VectorInstructions.ofThisProcessor().isPresent()) {
      assertTrue(VectorInstructions.ofKernel(blas.kernel()).isPresent(), blas.toString());
    }
  }

  private static Optional<String> advice(
      String kernel, VectorInstructions processor, Optional<String> asked) {
    return new BlasInfo("0.3.31", kernel, 1).advice(Optional.of(processor), asked);
  }

  @ParameterizedTest
  @CsvSource({
    "Haswell, AVX512, AVX2, AVX-512",
    "zen, AVX512, AVX2, AVX-512",
    "Nehalem, AVX512, SSE, AVX-512",
    "Prescott, AVX2, SSE, AVX2",
    "Sandybridge, AVX2, AVX, AVX2"
  })
  void aKernelOlderThanTheProcessorIsToldOf(
      String kernel, VectorInstructions processor, String has, String could) {
    String line = advice(kernel, processor, Optional.empty()).orElseThrow();
    String told =
        "OpenBLAS 0.3.31 computes with kernel %s (%s), though this processor has %s:"
            .formatted(kernel, has, could);
    assertTrue(line.startsWith(told), line);
    assertFalse(line.contains("\n") || line.contains("OPENBLAS"), line);
    String asked = advice(kernel, processor, Optional.of(kernel)).orElseThrow();
    assertTrue(asked.startsWith(told), asked);
    assertTrue(asked.contains("OPENBLAS_CORETYPE=" + kernel + " says so, unset it"), asked);
  }

  @ParameterizedTest
  @CsvSource({
    "SkylakeX, AVX512",
    "Cooperlake, AVX512",
    "SapphireRapids, AVX512",
    "SkylakeX, AVX2",
    "Haswell, AVX2",
    "Zen, AVX2",
    "Excavator, AVX2",
    "Nehalem, SSE",
    "armv8, AVX2",
    "new, AVX512"
  })
  void oneThatIsAsNewOrUnknownIsNot(String kernel, VectorInstructions processor) {
    assertEquals(Optional.empty(), advice(kernel, processor, Optional.of(kernel)));
    BlasInfo blas = new BlasInfo("0.3.31", kernel, 1);
    assertEquals(Optional.empty(), blas.advice(Optional.empty(), Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sse2 avx", "sse2 avx avx2", "sse2 avx fma"})
  void aProcessorHasWhatAllFlagsAreThereOf(String flags) {
    assertEquals(VectorInstructions.AVX, VectorInstructions.ofFlags(Set.of(flags.split(" "))));
  }

  @Test
  void theFirstXeonPhiIsNotMoreThanHaswell() {
    Set<String> flags = Set.of("sse2", "avx", "avx2", "fma", "avx512f", "avx512cd", "avx512er");
    assertEquals(VectorInstructions.AVX2, VectorInstructions.ofFlags(flags));
  }
}
