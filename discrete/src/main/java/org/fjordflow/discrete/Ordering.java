package org.fjordflow.discrete;

/** The order of columns in the layers of an autoregressive flow. */
public enum Ordering {
  /** From first to last and from last to first in turn. */
  ALTERNATE,
  /** Drawn anew for each layer, by a permutation before it. */
  RANDOM
}
