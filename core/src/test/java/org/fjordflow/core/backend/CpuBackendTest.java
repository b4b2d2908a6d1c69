package org.fjordflow.core.backend;

/** {@link CpuBackend} against the contract of every backend. */
final class CpuBackendTest extends BackendContract {
  @Override
  protected Backend create(DType dtype) {
    return new CpuBackend(dtype);
  }

  @Override
  protected double functionTolerance(DType dtype) {
    // In FLOAT32 all is built on one rational tanh; swish has the largest error: FloatActivations.
    return dtype == DType.FLOAT32 ? 2.5e-6 : super.functionTolerance(dtype);
  }
}
