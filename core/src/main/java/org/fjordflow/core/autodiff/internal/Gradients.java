package org.fjordflow.core.autodiff.internal;

import java.util.IdentityHashMap;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * Sums of parameter gradients apart from the parameters' own, so that several threads can each
 * gather theirs, and the order of addition does not depend on which one is faster.
 */
public final class Gradients {

  private final Backend backend;
  private final IdentityHashMap<Parameter, Matrix> sums = new IdentityHashMap<>();

  /** Creates empty sums in a backend. */
  public Gradients(Backend backend) {
    this.backend = backend;
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /** Returns what has been gathered for a parameter, zeros at first; to be added to. */
  public Matrix of(Parameter parameter) {
    Matrix sum = sums.get(parameter);
    if (sum == null) {
      sum = backend.allocate(parameter.value().rows(), parameter.value().cols());
      sums.put(parameter, sum);
    }
    return sum;
  }

  /**
   * Adds the sums to others and sets them to zero.
   *
   * @param into where to, or null for {@link Parameter#gradient}. Modified.
   */
  public void flush(@Nullable Gradients into) {
    sums.forEach(
        (parameter, sum) -> {
          backend.add(1, sum, 1, into == null ? parameter.gradient() : into.of(parameter));
          backend.fill(0, sum);
        });
  }

  /** Sets the sums to zero. */
  public void clear() {
    sums.values().forEach(sum -> backend.fill(0, sum));
  }
}
