package org.fjordflow.core.backend.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;

/**
 * Exponentials of arrays in double precision, by reduction of the argument: exp(x) = 2^n exp(r)
 * with |r| at most log(2) / 2, in loops that C2 vectorises.
 *
 * <p>C2 of JDK 17 vectorises neither conversions between long and double nor {@link
 * Double#longBitsToDouble}; copying a tile through a buffer that is seen as both costs a tenth of a
 * division.
 *
 * <p>Not safe for use by several threads.
 */
public final class Exponentials {

  /** Beyond, exponentials are flushed to zero: round(-x / log 2) is -1023, whose field is 0. */
  public static final double LARGEST = 709.3;

  private static final double LOG2_E = 0x1.71547652b82fep0;

  /** log 2 in two parts (fdlibm): n times the first is exact for |n| below 2^20. */
  private static final double LN2_HIGH = 0x1.62e42feep-1;

  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /**
   * Added to a number below 2^50, it rounds it to a whole n and leaves n + 1023, the exponent field
   * of 2^n, in the lowest bits.
   */
  private static final double ROUND = 0x1.8p52 + 1023;

  /** Elements at a time. */
  private static final int TILE = 1024;

  private final DoubleBuffer doubles;
  private final LongBuffer longs;
  private final long[] bits = new long[TILE];
  private double[] powers = new double[TILE];

  /** Creates the memory that it needs. */
  public Exponentials() {
    ByteBuffer bytes = ByteBuffer.allocate(TILE * Double.BYTES).order(ByteOrder.nativeOrder());
    doubles = bytes.asDoubleBuffer();
    longs = bytes.asLongBuffer();
  }

  /**
   * Exponentials of the first n elements, within 6e-16 relatively where arguments are within 708.
   * Below -709.3 they are zero, and above 709.3 that of 709.3, not infinity; NaN stays.
   *
   * @param x arguments. Not modified unless it is y.
   * @param y exp(x); may be x. Modified.
   * @param n how many elements
   */
  public void exp(double[] x, double[] y, int n) {
    if (powers.length < n) {
      powers = new double[n];
    }
    double[] power = powers;
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(-LARGEST, Math.min(LARGEST, x[i]));
    }
    split(y, power, n);
    for (int i = 0; i < n; i++) {
      y[i] = power[i] + power[i] * y[i];
    }
  }

  /**
   * Splits exponentials: on return exp(r) = 2^n (1 + p) with p = expm1 of what is left of r.
   *
   * @param r arguments, within the bounds of {@link #LARGEST}; p on return. Modified.
   * @param power 2^n. Modified.
   * @param n how many elements
   */
  public void split(double[] r, double[] power, int n) {
    for (int i = 0; i < n; i++) {
      power[i] = r[i] * LOG2_E + ROUND;
    }
    for (int i = 0; i < n; i++) {
      double whole = power[i] - ROUND;
      double v = (r[i] - whole * LN2_HIGH) - whole * LN2_LOW;
      // (exp(v) - 1 - v) / v^2 on |v| <= log(2) / 2, near the best polynomial, error 4e-17.
      double q = 2.5100472505694996e-08;
      q = Math.fma(q, v, 2.7620201591031547e-07);
      q = Math.fma(q, v, 2.7557268276905696e-06);
      q = Math.fma(q, v, 2.4801521057868204e-05);
      q = Math.fma(q, v, 0.00019841269863171557);
      q = Math.fma(q, v, 0.0013888888917367081);
      q = Math.fma(q, v, 0.008333333333330039);
      q = Math.fma(q, v, 0.041666666666623824);
      q = Math.fma(q, v, 0.16666666666666669);
      q = Math.fma(q, v, 0.5000000000000001);
      r[i] = v + v * v * q;
    }
    for (int from = 0; from < n; from += bits.length) {
      raise(power, from, Math.min(bits.length, n - from));
    }
  }

  /** Moves the lowest bits of numbers into their exponents. */
  private void raise(double[] power, int from, int n) {
    doubles.put(0, power, from, n);
    longs.get(0, bits, 0, n);
    for (int i = 0; i < n; i++) {
      bits[i] <<= 52;
    }
    longs.put(0, bits, 0, n);
    doubles.get(0, power, from, n);
  }
}
