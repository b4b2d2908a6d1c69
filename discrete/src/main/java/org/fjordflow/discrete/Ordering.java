package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.fjordflow.base.internal.Ids;

/** The order of columns in the layers of an autoregressive flow. */
public enum Ordering {
  /** From first to last and from last to first in turn. */
  ALTERNATE,
  /** Drawn anew for each layer, by a permutation before it. */
  RANDOM;

  /** Returns the name used in configurations, such as {@code random}. */
  @JsonValue
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds an ordering by its {@link #id()}.
   *
   * @param id a name such as {@code alternate}
   * @return the ordering
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those there
   *     are
   */
  @JsonCreator
  public static Ordering of(String id) {
    return Ids.find(values(), Ordering::id, "ordering", id);
  }
}
