package org.fjordflow.core.model;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Everything that makes a model but its parameters' values: what is saved beside them, as JSON.
 * Implemented by records.
 */
public interface ModelSpec {

  /** Returns the number of columns of data. */
  int dim();

  /** Returns the number of columns of context, zero for an unconditional flow. */
  int context();

  /**
   * Returns the name of the backend that was asked for, such as {@code cpu}; {@code auto} stays
   * {@code auto} in files, and is decided anew wherever a model is created. See {@link Backends}.
   */
  String backend();

  /** Returns {@code float32} or {@code float64}. */
  String dtype();

  /** Returns the means that are subtracted from data, or null for none. */
  @Nullable List<Double> mean();

  /** Returns the standard deviations that data is divided by, or null for none. */
  @Nullable List<Double> deviation();

  /** Returns the same configuration for data that is standardised first. */
  ModelSpec withStandardization(List<Double> means, List<Double> deviations);

  /** Returns the same configuration in another precision. */
  ModelSpec withDtype(String other);

  /**
   * Creates a model with initial values.
   *
   * @param random source of the initial values
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there are no threads
   */
  Model create(RandomGenerator random, int threads);

  /** Creates a model with initial values that uses all processors; the caller closes it. */
  default Model create(RandomGenerator random) {
    return create(random, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Creates a model that is no larger than what is to be filled into it.
   *
   * @param limit how large its parameters may become
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a larger one
   */
  default Model create(RandomGenerator random, int threads, Parameters.Limit limit) {
    return create(random, threads);
  }

  /** Returns what data goes through first: a standardisation, or nothing. */
  default List<Bijection> standardization() {
    List<Double> means = mean();
    List<Double> deviations = deviation();
    return means == null || deviations == null
        ? List.of()
        : List.of(new Standardization(toArray(means), toArray(deviations)));
  }

  private static double[] toArray(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /**
   * Creates the backend that is named.
   *
   * @param threads how many threads it uses at most
   * @return a new backend of the named element type; the caller closes it
   */
  default Backend createBackend(int threads) {
    return Backends.create(backend(), DType.of(dtype()), threads);
  }
}
