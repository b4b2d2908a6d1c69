package org.fjordflow.nd4j;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendContract;
import org.fjordflow.core.backend.DType;

/** {@link Nd4jBackend} against the contract of every backend. */
final class Nd4jBackendTest extends BackendContract {
  @Override
  protected Backend create(DType dtype) {
    return new Nd4jBackend(dtype);
  }
}
