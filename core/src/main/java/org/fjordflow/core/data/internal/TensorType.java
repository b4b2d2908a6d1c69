package org.fjordflow.core.data.internal;

import java.nio.ByteBuffer;

/**
 * The element types of array files, under their safetensors names. Every one is read into float64,
 * which holds all of their values exactly but integers beyond 2^53.
 */
public enum TensorType {
  /** Truth values, one byte each; read as 0 and 1. */
  BOOL(1),
  /** Unsigned 8-bit integers. */
  U8(1),
  /** Signed 8-bit integers. */
  I8(1),
  /** Unsigned 16-bit integers. */
  U16(2),
  /** Signed 16-bit integers. */
  I16(2),
  /** Unsigned 32-bit integers. */
  U32(4),
  /** Signed 32-bit integers. */
  I32(4),
  /** Unsigned 64-bit integers. */
  U64(8),
  /** Signed 64-bit integers. */
  I64(8),
  /** IEEE half precision. */
  F16(2),
  /** The upper half of a float32. */
  BF16(2),
  /** Single precision. */
  F32(4),
  /** Double precision. */
  F64(8);

  private static final double TWO_TO_64 = 0x1p64;

  private final int bytes;

  TensorType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the size of an element in bytes. */
  public int bytes() {
    return bytes;
  }

  /**
   * Reads elements from the buffer's position on, in the buffer's byte order.
   *
   * @param source the buffer; its position moves behind what was read
   * @param count the number of elements, all of them in the buffer
   * @return [count]
   */
  public double[] decode(ByteBuffer source, int count) {
    double[] values = new double[count];
    decode(source, values, 0, count);
    return values;
  }

  /** Reads elements into a part of an array, as {@link #decode(ByteBuffer, int)}. */
  void decode(ByteBuffer source, double[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      values[i] = decode(source);
    }
  }

  private double decode(ByteBuffer source) {
    return switch (this) {
      case BOOL -> source.get() == 0 ? 0 : 1;
      case U8 -> source.get() & 0xFF;
      case I8 -> source.get();
      case U16 -> source.getShort() & 0xFFFF;
      case I16 -> source.getShort();
      case U32 -> source.getInt() & 0xFFFFFFFFL;
      case I32 -> source.getInt();
      case U64 -> unsigned(source.getLong());
      case I64 -> source.getLong();
      case F16 -> half(source.getShort());
      case BF16 -> Float.intBitsToFloat(source.getShort() << 16);
      case F32 -> source.getFloat();
      case F64 -> source.getDouble();
    };
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : value + TWO_TO_64;
  }

  /** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
  private static double half(short bits) {
    int exponent = (bits >> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    double magnitude;
    if (exponent == 0) {
      magnitude = Math.scalb((double) fraction, -24);
    } else if (exponent == 0x1F) {
      magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else {
      magnitude = Math.scalb((double) (fraction + 0x400), exponent - 25);
    }
    return bits < 0 ? -magnitude : magnitude;
  }
}
