package org.fjordflow.onednn;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.function.Supplier;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.internal.FloatProducts;

/**
 * oneDNN's products in float32, in those shapes in which they are faster than OpenBLAS's. Each is
 * made by the thread that asks for it. Results are as exact as OpenBLAS's, with other last bits,
 * and the same for any number of threads.
 */
public final class OneDnn implements FloatProducts {

  /** Fewer rows, columns or terms than these are better left to OpenBLAS. */
  private static final int LEAST_SIDE = 16;

  /** Up to this many multiplications OpenBLAS packs nothing on processors with AVX-512. */
  private static final long LARGEST_UNPACKED = 1_000_000;

  private final int leastSide;
  private final long leastWork;
  private final ThreadLocal<Boolean> alone;

  private OneDnn(int leastSide, long leastWork) {
    this.leastSide = leastSide;
    this.leastWork = leastWork;
    Function setThreads = setThreads();
    alone =
        ThreadLocal.withInitial(
            () -> {
              setThreads.invokeVoid(new Object[] {1});
              return true;
            });
  }

  /**
   * Creates a backend whose products in float32 are oneDNN's where these are faster.
   *
   * @param threads how many threads it uses at most, at least one
   * @return a new backend; the caller closes it
   * @throws FjordException INVALID_CONFIGURATION if oneDNN cannot be loaded on this machine
   */
  public static Backend backend(int threads) {
    return new CpuBackend(threads, load());
  }

  /** Creates the products of shapes that pay, and loads oneDNN. */
  static OneDnn load() {
    boolean unpacked = loaded(dnnl::dnnl_get_effective_cpu_isa) >= dnnl.dnnl_cpu_isa_avx512_core;
    return new OneDnn(LEAST_SIDE, unpacked ? LARGEST_UNPACKED + 1 : 0);
  }

  /** Creates the products of all shapes. */
  static OneDnn ofAllShapes() {
    return new OneDnn(1, 0);
  }

  /** OpenMP's threads are set for each thread that calls: oneDNN brings the library. */
  private static Function setThreads() {
    // A symbol is looked for in the libraries that this one needs, too.
    return loaded(
        () ->
            NativeLibrary.getInstance(Loader.load(dnnl.class)).getFunction("omp_set_num_threads"));
  }

  private static <T> T loaded(Supplier<T> action) {
    try {
      return action.get();
    } catch (LinkageError e) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "oneDNN cannot be loaded on this machine; use backend cpu (" + e.getMessage() + ")",
          e);
    }
  }

  @Override
  public String name() {
    return OneDnnBackendProvider.ID;
  }

  @Override
  public boolean takes(int m, int n, int k) {
    return Math.min(Math.min(m, n), k) >= leastSide && (long) m * n * k >= leastWork;
  }

  @Override
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      FloatPointer a,
      int lda,
      FloatPointer b,
      int ldb,
      float beta,
      FloatPointer c,
      int ldc) {
    alone.get();
    int status =
        dnnl.dnnl_sgemm(
            (byte) (transposeA ? 'T' : 'N'),
            (byte) (transposeB ? 'T' : 'N'),
            m,
            n,
            k,
            alpha,
            a,
            lda,
            b,
            ldb,
            beta,
            c,
            ldc);
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("dnnl_sgemm returned " + status);
    }
  }
}
