package org.fjordflow.core.backend;

/** {@link Nd4jBackend} against the contract of every backend. */
final class Nd4jBackendTest extends BackendContract {
  @Override
  protected Backend create(DType dtype) {
    return new Nd4jBackend(dtype);
  }
}
