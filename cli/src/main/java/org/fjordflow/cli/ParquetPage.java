package org.fjordflow.cli;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Looks at lengths within an unpacked page before the library does, which makes arrays as long as
 * they claim: runs of levels and of places in a dictionary, and blocks of differences. The numbers
 * are Parquet's own, of its definition of encodings.
 */
final class ParquetPage {
  private static final int PLAIN_DICTIONARY = 2;
  private static final int RLE = 3;
  private static final int DELTA_BINARY_PACKED = 5;
  private static final int DELTA_LENGTH_BYTE_ARRAY = 6;
  private static final int DELTA_BYTE_ARRAY = 7;
  private static final int RLE_DICTIONARY = 8;

  /** Values beyond those of the page: writers fill the last group, or block. */
  private static final int SLACK = 512;

  /** Values for each byte in blocks of equal differences, more than any writer has. */
  private static final int MOST_VALUES = 64;

  private static final int MOST_BLOCK = 1 << 16;

  private final ByteBuffer bytes;
  private final long values;

  private ParquetPage(ByteBuffer bytes, long values) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    this.values = Math.min(values, MOST_VALUES * 8L * bytes.remaining() + SLACK);
  }

  /**
   * Checks the levels of a column that may be empty, of a newer page.
   *
   * @param levels Modified: read
   * @param values of the page, as it says
   */
  static void requireLevels(ByteBuffer levels, long values) throws IOException {
    new ParquetPage(levels, values).checked(1, RLE);
  }

  /**
   * Checks values.
   *
   * @param page what the page unpacks to, without levels of a newer page. Modified: read
   * @param values of the page, as it says
   * @param levels whether levels are in front of them
   * @param encoding by its number
   */
  static void requireValues(ByteBuffer page, long values, boolean levels, int encoding)
      throws IOException {
    ParquetPage whole = new ParquetPage(page, values);
    if (levels) {
      int length = whole.bytes.remaining() < 4 ? -1 : whole.bytes.getInt();
      if (length < 0 || length > whole.bytes.remaining()) {
        throw new IOException("levels of a page are said to have " + length + " bytes");
      }
      ByteBuffer own = whole.bytes.slice().limit(length);
      requireLevels(own, values);
      whole.bytes.position(whole.bytes.position() + length);
    }
    whole.checked(-1, encoding);
  }

  private void checked(int width, int encoding) throws IOException {
    try {
      switch (encoding) {
        case PLAIN_DICTIONARY, RLE_DICTIONARY -> runs(bytes.hasRemaining() ? bytes.get() : 0);
        case RLE -> runs(width);
        case DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY -> differences(-1);
        case DELTA_BYTE_ARRAY -> {
          differences(bytes.remaining()); // what texts share with the one before
          differences(-1); // how long the rest of them is
        }
        default -> {} // as long as its bytes
      }
    } catch (BufferUnderflowException e) {
      // The library finds the end too, and makes nothing for what lies behind it.
    }
  }

  private void runs(int asked) throws IOException {
    int width = asked;
    if (width < 0) { // truth values: their length in front of them
      bytes.getInt();
      width = 1;
    }
    for (long seen = 0; seen < values && bytes.hasRemaining(); ) {
      long head = number();
      if ((head & 1) == 0) {
        bytes.position(Math.min(bytes.limit(), bytes.position() + (width + 7) / 8));
        seen += head >>> 1;
        continue;
      }
      long groups = head >>> 1;
      if (groups > (values + SLACK) / 8) {
        throw new IOException("a run is said to have %d groups of 8 values".formatted(groups));
      }
      bytes.position((int) Math.min(bytes.limit(), bytes.position() + groups * width));
      seen += 8 * groups;
    }
  }

  /**
   * Checks blocks of differences.
   *
   * @param most bound of the values, which are lengths; negative for none
   */
  private void differences(long most) throws IOException {
    long block = number();
    long parts = number();
    long count = number();
    long each = parts < 1 || block < 1 || block > MOST_BLOCK ? 0 : block / parts;
    if (each < 1 || count < 0 || count > values + SLACK) {
      throw new IOException(
          "%d values are said to come in blocks of %d in %d parts".formatted(count, block, parts));
    }
    long value = signed();
    requireLength(value, most);
    byte[] widths = new byte[(int) parts];
    for (long seen = 1; most >= 0 && seen < count; ) {
      long least = signed();
      bytes.get(widths);
      for (int part = 0; part < parts && seen < count; part++) {
        int from = bytes.position();
        for (long i = 0; i < each && seen < count; i++, seen++) {
          value += least + bits(from, i * widths[part], widths[part]);
          requireLength(value, most);
        }
        bytes.position((int) Math.min(bytes.limit(), from + each * widths[part] / 8));
      }
    }
  }

  private static void requireLength(long value, long most) throws IOException {
    if (most >= 0 && (value < 0 || value > most)) {
      throw new IOException("a text is said to begin with " + value + " characters of another");
    }
  }

  private long bits(int from, long at, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      int place = (int) (from + (at + i) / 8);
      if (place >= bytes.limit()) {
        throw new BufferUnderflowException();
      }
      value |= (long) (bytes.get(place) >> (at + i) % 8 & 1) << i;
    }
    return value;
  }

  private long signed() {
    long value = number();
    return value >>> 1 ^ -(value & 1);
  }

  private long number() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int next = bytes.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0 || shift > 56) {
        return value;
      }
    }
  }
}
