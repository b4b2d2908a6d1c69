package org.fjordflow.nd4j;

import java.util.Locale;
import java.util.Optional;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.nd4j.linalg.factory.Nd4j;

/** What ND4J computes on. Names classes of ND4J, so that {@link Nd4jBackendProvider} need not. */
final class Nd4jDevice {

  private Nd4jDevice() {}

  /** Returns ND4J's CUDA device if a product computed on it is right. */
  static Optional<String> gpu() {
    try (Nd4jBackend backend = new Nd4jBackend(DType.FLOAT32)) {
      String kind = Nd4j.getBackend().getClass().getSimpleName();
      if (!kind.toLowerCase(Locale.ROOT).contains("cublas")) {
        return Optional.empty();
      }
      Matrix two = backend.allocate(1, 1);
      Matrix four = backend.allocate(1, 1);
      double[] got = new double[1];
      backend.fill(2, two);
      backend.gemm(false, false, 1, two, two, 0, four);
      backend.download(four, got, 0);
      return got[0] == 4 ? Optional.of("a CUDA device, by ND4J") : Optional.empty();
    } catch (RuntimeException | LinkageError e) {
      // No driver, or a card that ND4J has no code for.
      return Optional.empty();
    }
  }
}
