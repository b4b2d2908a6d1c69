package org.fjordflow.core.backend;

import java.util.Optional;

/**
 * A kind of backend, found by {@link java.util.ServiceLoader}: a jar that has one names its
 * provider in {@code META-INF/services/org.fjordflow.core.backend.BackendProvider}. {@link
 * Backends} looks them up.
 *
 * <p>Looking for a backend creates every provider there is. So its constructor and {@link #id} must
 * load nothing of what the backend computes with.
 */
public interface BackendProvider {

  /** Returns the name in configurations, such as {@code cpu}; not {@code auto}. */
  String id();

  /** Returns in some words what it computes with. Loads nothing. */
  String description();

  /**
   * Says whether this backend computes on a GPU that works on this machine, having tried it. {@code
   * auto} then prefers it to the processor. May load what the backend computes with only where its
   * GPU part is on the class path.
   *
   * @return the device in some words, or empty if there is none that works; failing counts as none
   */
  Optional<String> gpu();

  /**
   * Creates a backend.
   *
   * @param dtype element type of its matrices
   * @param threads how many threads it uses at most, at least one, if that is its caller's to say;
   *     results must not depend on it
   * @return a new backend; the caller closes it
   */
  Backend create(DType dtype, int threads);
}
