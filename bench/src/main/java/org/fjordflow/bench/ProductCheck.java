package org.fjordflow.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;

/**
 * Compares products with a plain loop in float64, before anything is timed: a BLAS that is older
 * than the processor may be fast and wrong. All transposes are tried, with beta 0 (c is NaN
 * before), 1 and another one, on one thread and on all at once. {@link KnownProduct} has the bound.
 */
final class ProductCheck {

  private static final double[] BETAS = {0, 1, -0.5};

  /** How products are made. */
  @FunctionalInterface
  interface Gemm {
    /** Does what {@link Backend#gemm} of the backend is expected to do. */
    void multiply(
        Backend backend,
        boolean transposeA,
        boolean transposeB,
        double alpha,
        Matrix a,
        Matrix b,
        double beta,
        Matrix c);
  }

  private final DType dtype;
  private final int threads;
  private final Gemm gemm;

  /**
   * Creates a check of the products of {@link CpuBackend}.
   *
   * @param dtype element type
   * @param threads how many products run at once, after one has run alone
   */
  ProductCheck(DType dtype, int threads) {
    this(dtype, threads, Backend::gemm);
  }

  /** Creates a check of products on {@link CpuBackend}'s matrices that something else makes. */
  ProductCheck(DType dtype, int threads, Gemm gemm) {
    this.dtype = dtype;
    this.threads = threads;
    this.gemm = gemm;
  }

  /**
   * Compares products.
   *
   * @param sizes of which rows, columns and terms are taken
   * @return the first wrong one, in one line; empty if there is none
   */
  Optional<String> firstError(List<ProductShape> sizes) {
    return sizes.stream().map(this::firstError).flatMap(Optional::stream).findFirst();
  }

  private Optional<String> firstError(ProductShape size) {
    try (Backend backend = new CpuBackend(dtype, threads)) {
      KnownProduct known = new KnownProduct(size, backend);
      for (int transposes = 0; transposes < 4; transposes++) {
        for (double beta : BETAS) {
          ProductShape shape = size.with((transposes & 1) != 0, (transposes & 2) != 0, beta);
          for (int count : threads == 1 ? new int[] {1} : new int[] {1, threads}) {
            Optional<String> error = firstError(backend, known, shape, count);
            if (error.isPresent()) {
              return error;
            }
          }
        }
      }
      return Optional.empty();
    }
  }

  private Optional<String> firstError(
      Backend backend, KnownProduct known, ProductShape shape, int count) {
    double beta = shape.beta();
    double alpha = beta == 0 || beta == 1 ? 1 : 0.75;
    String[] errors = new String[count];
    Together.run(
        backend,
        count,
        index -> {
          Matrix c = known.target(index, beta);
          gemm.multiply(
              backend,
              shape.transposeA(),
              shape.transposeB(),
              alpha,
              known.a(shape.transposeA()),
              known.b(shape.transposeB()),
              beta,
              c);
          errors[index] = known.error(index, alpha, beta);
        });
    return Arrays.stream(errors)
        .filter(Objects::nonNull)
        .findFirst()
        .map(
            error ->
                "wrong product in %s, %s, alpha %s, threads %d: %s"
                    .formatted(dtype.id(), shape, alpha, count, error));
  }
}
