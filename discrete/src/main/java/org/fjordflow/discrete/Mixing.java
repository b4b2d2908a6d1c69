package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.discrete.parts.ActNorm;
import org.fjordflow.discrete.parts.LuLinear;

/** What happens to columns before each coupling layer. */
public enum Mixing {
  /** Nothing: layers transform the second and the first half in turn. */
  ALTERNATE,
  /**
   * Before the first layer a fixed permutation, so that layers transform columns 1, 3, ... and 0,
   * 2, ... in turn: neighbouring columns are often alike, and then each half tells much of the
   * other.
   */
  INTERLEAVED,
  /** A drawn permutation and a trained {@link LuLinear}. */
  LINEAR,
  /** {@link ActNorm}, a drawn permutation and a trained {@link LuLinear}: a step of Glow. */
  NORMALIZED_LINEAR;

  /** Returns the name used in configurations, such as {@code normalized_linear}. */
  @JsonValue
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds a mixing by its {@link #id()}.
   *
   * @param id a name such as {@code linear}
   * @return the mixing
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those there
   *     are
   */
  @JsonCreator
  public static Mixing of(String id) {
    return Ids.find(values(), Mixing::id, "mixing", id);
  }
}
