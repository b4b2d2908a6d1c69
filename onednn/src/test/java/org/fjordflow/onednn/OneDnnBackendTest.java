package org.fjordflow.onednn;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendContract;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;

/** {@link CpuBackend} with oneDNN's products in all shapes against the contract of backends. */
final class OneDnnBackendTest extends BackendContract {
  @Override
  protected Backend create(DType dtype) {
    return create(dtype, 2);
  }

  @Override
  protected Backend create(DType dtype, int threads) {
    return dtype == DType.FLOAT32
        ? new CpuBackend(threads, OneDnn.ofAllShapes())
        : new CpuBackend(dtype, threads);
  }

  @Override
  protected double functionTolerance(DType dtype) {
    return dtype == DType.FLOAT32 ? 2.5e-6 : super.functionTolerance(dtype);
  }
}
