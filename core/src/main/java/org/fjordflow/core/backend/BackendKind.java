package org.fjordflow.core.backend;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;

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
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Finds a kind by its {@link #id()}.
   *
   * @param id a name such as {@code cpu}
   * @return the kind
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  public static BackendKind of(String id) {
    return Arrays.stream(values())
        .filter(kind -> kind.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_ARGUMENT,
                    "unknown backend '"
                        + id
                        + "'; expected one of "
                        + Arrays.stream(values())
                            .map(BackendKind::id)
                            .collect(Collectors.joining(", "))));
  }
}
