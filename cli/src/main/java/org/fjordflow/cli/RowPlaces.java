package org.fjordflow.cli;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Where the rows of a part of a file stand: their numbers in the file, from 1, and the lines on
 * which they begin.
 */
final class RowPlaces {
  private final long[] numbers;
  private final long[] lines;

  private RowPlaces(long[] numbers, long[] lines) {
    this.numbers = numbers;
    this.lines = lines;
  }

  /**
   * The rows of a part.
   *
   * @param before rows before it
   * @param rows in it
   * @param lines of text, or none. Not modified.
   */
  static RowPlaces of(long before, int rows, long[] lines) {
    return new RowPlaces(
        LongStream.rangeClosed(before + 1, before + rows).toArray(), lines.clone());
  }

  /** Some of these rows. */
  RowPlaces select(int[] rows) {
    return new RowPlaces(
        Arrays.stream(rows).mapToLong(i -> numbers[i]).toArray(),
        lines.length == 0 ? lines : Arrays.stream(rows).mapToLong(i -> lines[i]).toArray());
  }

  /** What places are counted in: lines, where there are some, else rows. */
  String unit() {
    return lines.length == 0 ? "row" : "line";
  }

  /** The line of a row, or its number where there are no lines. */
  long at(int row) {
    return lines.length == 0 ? numbers[row] : lines[row];
  }

  /** The number of a row in its file, from 1. */
  long number(int row) {
    return numbers[row];
  }

  /** As people read it: {@code line 17}. */
  String text(int row) {
    return unit() + " " + at(row);
  }
}
