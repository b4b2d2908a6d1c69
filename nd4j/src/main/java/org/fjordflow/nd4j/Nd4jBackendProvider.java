package org.fjordflow.nd4j;

import java.util.Optional;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendProvider;
import org.fjordflow.core.backend.DType;

/** {@link Nd4jBackend} under the name {@value #ID}. Loads no class of ND4J until it has to. */
public final class Nd4jBackendProvider implements BackendProvider {
  static final String ID = "nd4j";

  /** Of ND4J's CUDA artifact: without it there is no GPU to try. */
  private static final String CUDA_CLASS = "/org/nd4j/linalg/jcublas/JCublasBackend.class";

  /** Creates it; for {@link java.util.ServiceLoader}. */
  public Nd4jBackendProvider() {}

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String description() {
    return "ND4J's operations, on whatever ND4J backend is on the class path";
  }

  /** Computes a product on it, where ND4J's CUDA artifact is on the class path. */
  @Override
  public Optional<String> gpu() {
    return getClass().getResource(CUDA_CLASS) == null ? Optional.empty() : Nd4jDevice.gpu();
  }

  @Override
  public Backend create(DType dtype, int threads) {
    return new Nd4jBackend(dtype);
  }
}
