package org.fjordflow.core.autodiff.internal;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * Transposes of small weights, which make products faster: BLAS multiplies small matrices quickly
 * where neither is transposed. Kept as long as the parameters' values stay what they are. May be
 * used by several threads.
 */
public final class Transposes {

  /** From here on BLAS repacks its operands, and transposes them on the way. */
  private static final int LARGEST = 128 * 128;

  private record Transpose(Matrix matrix, int version) {}

  private final Map<Matrix, Transpose> kept = new ConcurrentHashMap<>();
  private int version;

  /** Says that values may have changed; not to be called while others use this. */
  public void invalidate() {
    version++;
  }

  /** Returns whether a weight is small enough to profit. */
  public static boolean pays(Matrix weight) {
    return weight.size() <= LARGEST;
  }

  /** Returns the transpose of a parameter's value. */
  public Matrix of(Backend backend, Matrix weight) {
    Transpose found = kept.get(weight);
    if (found == null || found.version() != version) {
      found = kept.compute(weight, (key, old) -> refresh(backend, key, old));
    }
    return found.matrix();
  }

  private Transpose refresh(Backend backend, Matrix weight, @Nullable Transpose old) {
    if (old != null && old.version() == version) {
      return old;
    }
    Matrix target =
        old == null
            ? backend.allocate(/* rows= */ weight.cols(), /* cols= */ weight.rows())
            : old.matrix();
    backend.transpose(weight, target);
    return new Transpose(target, version);
  }
}
