package org.fjordflow.core.backend;

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

  /** Returns the size of an element in bytes. */
  public int bytes() {
    return bytes;
  }
}
