package org.fjordflow.core.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.jspecify.annotations.Nullable;

/**
 * The backends that a configuration can name: those whose {@link BackendProvider} is on the class
 * path, looked for by the calling thread's class loader and by this library's, and {@value #AUTO}.
 *
 * <p>A configuration keeps the name that was asked for, {@value #AUTO} too, so that a saved model
 * takes what is best on the machine that loads it; a model's own {@link Backend#name} says what it
 * got.
 */
public final class Backends {
  /** A GPU's backend where there is one that works, else {@code cpu}. */
  public static final String AUTO = "auto";

  /** The backend that is always there, {@link CpuBackend}. */
  public static final String PROCESSOR = CpuBackendProvider.ID;

  /** Backends of this project that are modules of their own, and the module's artifact. */
  private static final Map<String, String> MODULES =
      Map.of("nd4j", "fjord-nd4j", "onednn", "fjord-onednn");

  private Backends() {}

  /**
   * Returns all providers on the class path, by name.
   *
   * @throws FjordException INVALID_CONFIGURATION if one cannot be loaded or two have one name
   */
  public static List<BackendProvider> all() {
    Map<String, BackendProvider> found = new TreeMap<>();
    collect(Thread.currentThread().getContextClassLoader(), found);
    collect(BackendProvider.class.getClassLoader(), found);
    return new ArrayList<>(found.values());
  }

  private static void collect(@Nullable ClassLoader loader, Map<String, BackendProvider> found) {
    try {
      for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, loader)) {
        BackendProvider other = found.putIfAbsent(provider.id(), provider);
        if (other != null && !other.getClass().equals(provider.getClass())) {
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION,
              "two backends are named '%s': %s and %s; take one off the class path"
                  .formatted(
                      provider.id(), other.getClass().getName(), provider.getClass().getName()));
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a backend on the class path cannot be loaded: " + e.getMessage(),
          e);
    }
  }

  /**
   * Finds the provider that a configuration names.
   *
   * @param id a name such as {@code cpu}, or {@value #AUTO}: the first by name of those with a GPU
   *     that works, else {@code cpu}
   * @return the provider
   * @throws FjordException INVALID_ARGUMENT if there is none of that name, naming those there are
   *     and, where it is known, the module that is missing
   */
  public static BackendProvider find(String id) {
    if (PROCESSOR.equals(id)) {
      return new CpuBackendProvider();
    }
    List<BackendProvider> all = all();
    if (AUTO.equals(id)) {
      return all.stream()
          .filter(provider -> provider.gpu().isPresent())
          .findFirst()
          .orElseGet(CpuBackendProvider::new);
    }
    return all.stream()
        .filter(provider -> provider.id().equals(id))
        .findFirst()
        .orElseThrow(() -> unknown(id, all));
  }

  /**
   * Checks a name without trying a GPU.
   *
   * @param id a name such as {@code cpu}, or {@value #AUTO}
   * @throws FjordException as {@link #find}
   */
  public static void requireKnown(String id) {
    if (!AUTO.equals(id)) {
      find(id);
    }
  }

  /**
   * Creates a backend.
   *
   * @param id a name such as {@code cpu}, or {@value #AUTO}
   * @param dtype element type of its matrices
   * @param threads how many threads it uses at most, if that is its caller's to say
   * @return a new backend; the caller closes it
   * @throws FjordException as {@link #find}
   */
  public static Backend create(String id, DType dtype, int threads) {
    return find(id).create(dtype, threads);
  }

  private static FjordException unknown(String id, List<BackendProvider> all) {
    String module = id == null ? null : MODULES.get(id);
    if (module != null) {
      return new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "backend '%s' is in the module %s, which is not on the class path; add it, or use backend %s"
              .formatted(id, module, AUTO));
    }
    List<String> known = new ArrayList<>(List.of(AUTO));
    all.forEach(provider -> known.add(provider.id()));
    return new FjordException(
        ErrorKey.INVALID_ARGUMENT, Suggestions.unknown("backend", String.valueOf(id), known));
  }

  /** {@link CpuBackend} under the name {@value #ID}. */
  public static final class CpuBackendProvider implements BackendProvider {
    static final String ID = "cpu";

    /** Creates it; for {@link java.util.ServiceLoader}. */
    public CpuBackendProvider() {}

    @Override
    public String id() {
      return ID;
    }

    @Override
    public String description() {
      return "OpenBLAS and loops in Java, on the processor";
    }

    @Override
    public Optional<String> gpu() {
      return Optional.empty();
    }

    @Override
    public Backend create(DType dtype, int threads) {
      return new CpuBackend(dtype, threads);
    }
  }
}
