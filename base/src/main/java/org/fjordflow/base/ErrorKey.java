package org.fjordflow.base;

/**
 * What went wrong, as a value that code and tests can rely on; the text of a {@link FjordException}
 * is for people and may change.
 */
public enum ErrorKey {
  /** An argument is outside its documented range. */
  INVALID_ARGUMENT,
  /** An array, a matrix or a table has another size than the operation needs. */
  SHAPE_MISMATCH,
  /** Two operands have different element types, or belong to different backends. */
  TYPE_MISMATCH,
  /** A value of a configuration is outside its range, or values cannot work together. */
  INVALID_CONFIGURATION,
  /** An operation that the object cannot do, such as a tangent through an ODE solve. */
  UNSUPPORTED,
  /** An object was used after it, or what it belongs to, had been closed. */
  CLOSED,
  /** An object that is for one thread at a time was used by a second one meanwhile. */
  CONCURRENT_USE,
  /** A value is NaN or infinite where a finite one is needed. */
  NON_FINITE,
  /** A numerical solve ended without reaching its goal. */
  SOLVE_FAILED,
  /** Training diverged and could not be brought back. */
  TRAINING_DIVERGED,
  /** A file or folder that is needed does not exist. */
  FILE_MISSING,
  /** A file exists but its content is not what its format promises. */
  FILE_DAMAGED,
  /** A file's format is not one that can be read. */
  FILE_FORMAT,
  /** A file or folder cannot be written. */
  FILE_UNWRITABLE
}
