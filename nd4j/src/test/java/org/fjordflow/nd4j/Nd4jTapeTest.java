package org.fjordflow.nd4j;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.TapeContract;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;

/** {@link Tape} on the ND4J backend. */
final class Nd4jTapeTest extends TapeContract {
  @Override
  protected Backend create(DType dtype) {
    return new Nd4jBackend(dtype);
  }

  @Override
  protected int stride() {
    // Each call costs microseconds; what combinations there are is the tape's affair, not its own.
    return 23;
  }
}
