package org.fjordflow.spark;

/**
 * An order of the numbers below a size, by formula: nobody has to hold it, and everybody knows it.
 * A Feistel network over the next power of four, walked until it is below the size again (Black and
 * Rogaway 2002, "Ciphers with arbitrary finite domains").
 *
 * @param size at least 1
 * @param key tells orders apart
 */
record RowPermutation(long size, long key) {

  private static final int ROUNDS = 6;

  /**
   * Returns what stands at a place.
   *
   * @param place from 0 to below the size
   */
  long at(long place) {
    int half = (65 - Long.numberOfLeadingZeros(size - 1)) / 2;
    long at = place;
    do {
      at = rounds(at, half);
    } while (at >= size);
    return at;
  }

  private long rounds(long value, int half) {
    long mask = (1L << half) - 1;
    long left = value >>> half;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (RowKey.mix(RowKey.mix(key + round) + right) & mask);
      left = right;
      right = next;
    }
    return left << half | right;
  }
}
