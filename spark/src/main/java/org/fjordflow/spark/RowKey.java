package org.fjordflow.spark;

import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/**
 * A number that a row has by its values alone, wherever it lies: by it rows are dealt out, so that
 * nothing depends on partitions. Rows that repeat each other have the same.
 */
final class RowKey {

  private RowKey() {}

  /**
   * Mixes the values of a row, which are not null.
   *
   * @param seed of the dealing
   */
  static long of(Row row, long seed) {
    long key = mix(seed);
    for (int j = 0; j < row.size(); j++) {
      key = mix(key + cell(row.get(j)));
    }
    return key;
  }

  private static long cell(Object cell) {
    if (cell instanceof Vector vector) {
      long key = 0;
      for (double value : vector.toArray()) {
        key = mix(key + bits(value));
      }
      return key;
    }
    if (cell instanceof Number number) {
      return bits(number.doubleValue());
    }
    String text = cell.toString();
    long key = 1;
    for (int i = 0; i < text.length(); i++) {
      key = mix(key + text.charAt(i));
    }
    return key;
  }

  /** Zeros of both signs are one value. */
  private static long bits(double value) {
    return Double.doubleToLongBits(value + 0.0);
  }

  /** Returns where a key lies among all, from 0 to below 1. */
  static double place(long key) {
    return (key >>> 11) * 0x1.0p-53;
  }

  /** The output function of SplitMix64 (Steele, Lea and Flood 2014), a bijection of longs. */
  static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
