package org.fjordflow.core.train;

/** Why training ended. */
public enum EndReason {
  /** All steps were made. */
  COMPLETED,
  /** Validations brought no gain for as long as the patience lasted. */
  EARLY_STOPPED,
  /** {@link Trainer#stop} was called. */
  STOPPED
}
