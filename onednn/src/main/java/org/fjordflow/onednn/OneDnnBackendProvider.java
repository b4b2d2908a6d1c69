package org.fjordflow.onednn;

import java.util.Optional;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendProvider;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;

/**
 * {@link OneDnn#backend} under the name {@value #ID}; in float64, for which oneDNN has no products,
 * a plain {@link CpuBackend}. Loads nothing of oneDNN until it has to.
 */
public final class OneDnnBackendProvider implements BackendProvider {
  static final String ID = "onednn";

  /** Creates it; for {@link java.util.ServiceLoader}. */
  public OneDnnBackendProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String description() {
    return "cpu, with oneDNN's products in float32 where these are faster";
  }

  @Override
  public Optional<String> gpu() {
    return Optional.empty();
  }

  /**
   * Creates the backend; of float64 it is a plain one, by the name {@code cpu}.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION in float32, if oneDNN cannot be
   *     loaded on this machine
   */
  @Override
  public Backend create(DType dtype, int threads) {
    return dtype == DType.FLOAT32 ? OneDnn.backend(threads) : new CpuBackend(dtype, threads);
  }
}
