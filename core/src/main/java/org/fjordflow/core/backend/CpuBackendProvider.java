package org.fjordflow.core.backend;

import java.util.Optional;

/** {@link CpuBackend} under the name {@value #ID}. */
public final class CpuBackendProvider implements BackendProvider {
  static final String ID = "cpu";

  /** Creates it; for {@link java.util.ServiceLoader}. */
  public CpuBackendProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String description() {
    return "OpenBLAS and loops in Java, on the processor";
  }

  @Override
  public Optional<String> gpu() {
    return Optional.empty();
  }

  @Override
  public Backend create(DType dtype, int threads) {
    return new CpuBackend(dtype, threads);
  }
}
