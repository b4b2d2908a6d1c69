package org.fjordflow.discrete.internal.parts;

import org.fjordflow.core.backend.Backend;

/**
 * A bijection whose initial parameters are chosen by data. Nothing remembers that this was done:
 * the values are parameters like any other, saved and loaded with the model.
 */
public interface DataDependent {

  /**
   * Sets the parameters by rows as they arrive at this bijection.
   *
   * @param backend where the parameters live
   * @param rows at least one. Not modified.
   */
  void initialize(Backend backend, double[][] rows);
}
