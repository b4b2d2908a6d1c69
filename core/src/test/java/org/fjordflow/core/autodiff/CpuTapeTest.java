package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;

/** {@link Tape} on the CPU backend. */
final class CpuTapeTest extends TapeContract {
  @Override
  protected Backend create(DType dtype) {
    return new CpuBackend(dtype);
  }
}
