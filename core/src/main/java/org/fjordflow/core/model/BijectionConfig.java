package org.fjordflow.core.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.nn.Parameters;

/**
 * What a bijection is made of, continuous or discrete. As JSON, {@code type} says which record it
 * is. One of your own is a record that implements this, with a name from a {@link NamedConfigs}
 * service in its jar; its components become JSON.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface BijectionConfig {

  /** Returns the number of columns of data. */
  int dim();

  /** Returns the number of columns of the context, zero for none. */
  int contextSize();

  /** Returns the same bijection, conditioned on a context of some columns. */
  BijectionConfig withContext(int size);

  /**
   * Makes the bijection from data to base.
   *
   * @param parameters where its parameters are added. Modified.
   * @param random source of the initial values, and of permutations
   */
  Bijection bijection(Parameters parameters, RandomGenerator random);
}
