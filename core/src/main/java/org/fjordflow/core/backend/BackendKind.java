package org.fjordflow.core.backend;

import org.fjordflow.base.FjordException;
import org.fjordflow.base.Ids;

/** The backends that a configuration can name. */
public enum BackendKind {
  /** {@link CpuBackend}. */
  CPU {
    @Override
    public Backend create(DType dtype, int threads) {
      return new CpuBackend(dtype, threads);
    }
  },
  /** {@link Nd4jBackend}. */
  ND4J {
    @Override
    public Backend create(DType dtype, int threads) {
      return new Nd4jBackend(dtype);
    }
  };

  /**
   * Creates a backend of this kind that uses all processors.
   *
   * @param dtype element type of its matrices
   * @return a new backend; the caller closes it
   */
  public final Backend create(DType dtype) {
    return create(dtype, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Creates a backend of this kind.
   *
   * @param dtype element type of its matrices
   * @param threads how many threads it uses at most, at least one; {@link Nd4jBackend} leaves that
   *     to ND4J. Results do not depend on it.
   * @return a new backend; the caller closes it
   */
  public abstract Backend create(DType dtype, int threads);

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
