package org.fjordflow.core.autodiff.internal;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * What several tapes make of parameters that stay what they are: weights with their masks, computed
 * once for all tapes, and transposes of small weights. To tapes they are parameters of their own;
 * {@link #source} and {@link #toSource} lead back to those that are trained. May be used by several
 * threads.
 */
public final class SharedWeights {

  private record Masked(Parameter weight, Matrix mask) {}

  private final Backend backend;
  private final Transposes transposes = new Transposes();
  private final Map<Masked, Parameter> products = new ConcurrentHashMap<>();
  private final Map<Parameter, Masked> origins = new ConcurrentHashMap<>();

  /** Creates an empty set in a backend. */
  public SharedWeights(Backend backend) {
    this.backend = backend;
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /** Computes anew what is known, after parameters changed; not while others use this. */
  public void renew() {
    transposes.invalidate();
    List<Map.Entry<Masked, Parameter>> known = List.copyOf(products.entrySet());
    backend.parallel(
        known.size(), i -> multiply(known.get(i).getKey(), known.get(i).getValue().value()));
  }

  public Transposes transposes() {
    return transposes;
  }

  /** A weight times a mask, as a parameter. */
  public Parameter masked(Parameter weight, Matrix mask) {
    return products.computeIfAbsent(new Masked(weight, mask), this::create);
  }

  private Parameter create(Masked origin) {
    Matrix like = origin.weight().value();
    Matrix value = backend.allocate(like.rows(), like.cols());
    multiply(origin, value);
    // Gradients are gathered apart: see Tape.sharing.
    Parameter product = new Parameter(origin.weight().name(), value, origin.weight().gradient());
    origins.put(product, origin);
    return product;
  }

  private void multiply(Masked origin, Matrix value) {
    backend.multiply(1, origin.weight().value(), origin.mask(), 0, value);
  }

  /**
   * Returns the trained parameter behind what a tape has read.
   *
   * @param read one of {@link Tape#parameters}
   */
  public Parameter source(Parameter read) {
    Masked origin = origins.get(read);
    return origin == null ? read : origin.weight();
  }

  /**
   * Makes the gradient of what a tape has read that of its {@link #source}.
   *
   * @param read one of {@link Tape#parameters}
   * @param gradient Modified.
   */
  public void toSource(Parameter read, Matrix gradient) {
    Masked origin = origins.get(read);
    if (origin != null) {
      backend.multiply(1, gradient, origin.mask(), 0, gradient);
    }
  }
}
