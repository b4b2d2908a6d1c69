package org.fjordflow.core.backend;

import org.fjordflow.core.FjordException;
import org.fjordflow.core.Ids;

/** The backends that a configuration can name. */
public enum BackendKind {
  /** {@link CpuBackend}. */
  CPU {
    @Override
    public Backend create(DType dtype) {
      return new CpuBackend(dtype);
    }
  },
  /** {@link Nd4jBackend}. */
  ND4J {
    @Override
    public Backend create(DType dtype) {
      return new Nd4jBackend(dtype);
    }
  };

  /**
   * Creates a backend of this kind for one thread.
   *
   * @param dtype element type of its matrices
   * @return a new backend; the caller closes it
   */
  public abstract Backend create(DType dtype);

  /** Returns the name used in configurations: {@code cpu} or {@code nd4j}. */
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds a kind by its {@link #id()}.
   *
   * @param id a name such as {@code cpu}
   * @return the kind
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  public static BackendKind of(String id) {
    return Ids.find(values(), BackendKind::id, "backend", id);
  }
}
