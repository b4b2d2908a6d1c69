package org.fjordflow.core.model;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
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
   * Returns which columns, numbered from 0 and in order, are angles in radians. Where data may be
   * off by turns, what comes out of either direction is in [-pi, pi). The same columns of the base
   * are angles, uniform on the circle ({@link BaseConfig#create(Parameters, int, List,
   * RandomGenerator)}). None unless the bijection says so.
   */
  default List<Integer> circular() {
    return List.of();
  }

  /**
   * Returns the same bijection with other columns of angles.
   *
   * @param columns from 0, in any order; none for numbers alone
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for columns that there are not,
   *     and if this bijection has no maps of the circle
   */
  default BijectionConfig withCircular(List<Integer> columns) {
    if (columns.isEmpty()) {
      return this;
    }
    throw ConfigChecks.notCircular("a flow of type " + JsonConfig.nameOf(this));
  }

  /**
   * Makes the bijection from data to base.
   *
   * @param parameters where its parameters are added. Modified.
   * @param random source of the initial values, and of permutations
   */
  Bijection bijection(Parameters parameters, RandomGenerator random);
}
