package org.fjordflow.core.backend;

import org.fjordflow.base.internal.Ids;

/** The element type of a backend's arrays; a model has one. */
public enum DType {
  /** IEEE 754 single precision, 4 bytes. */
  FLOAT32(4),
  /** IEEE 754 double precision, 8 bytes. */
  FLOAT64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the name used in configurations: {@code float32} or {@code float64}. */
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds a type by its {@link #id()}.
   *
   * @param id a name such as {@code float32}
   * @return the type
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those there
   *     are
   */
  public static DType of(String id) {
    return Ids.find(values(), DType::id, "dtype", id);
  }

  /** Returns the size of an element in bytes. */
  public int bytes() {
    return bytes;
  }
}
