package org.fjordflow.cli;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.fjordflow.core.data.internal.InputFiles;

/**
 * Looks at the sizes in a Parquet file before the library does, which makes whatever they claim:
 * those of texts and lists in the footer and in the heads of pages, and of pages packed and
 * unpacked. What lies in pages is left to the library.
 */
final class ParquetLayout implements AutoCloseable {
  /** Length of the footer and the mark behind it. */
  private static final int TAIL = 8;

  private static final int MAX_DEPTH = 64;

  /** What a byte packed by Snappy, LZ4 or Zstandard unpacks to at most. */
  private static final long SNAPPY = 32;

  private static final long LZ4 = 256;
  private static final long OTHER = 1L << 15;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  ParquetLayout(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    this.size = channel.size();
  }

  /**
   * Checks the footer.
   *
   * @throws IOException saying what is wrong; its end is left to the library
   */
  void requireFooter() throws IOException {
    if (size < TAIL) {
      return;
    }
    Cursor tail = new Cursor(size - TAIL, size);
    long length = tail.next() | tail.next() << 8 | tail.next() << 16 | tail.next() << 24;
    long end = size - TAIL;
    if (length >= 0 && length <= end) {
      new Cursor(end - length, end).struct(0, 0, new long[0]);
    }
  }

  /**
   * Checks the pages.
   *
   * @param unpacked bytes that rows may unpack to, whatever the file's size
   * @throws IOException saying what is wrong
   * @throws org.fjordflow.base.FjordException as {@link InputFiles#requireUnpacked}
   */
  void requirePages(ParquetMetadata metadata, long unpacked) throws IOException {
    for (BlockMetaData rows : metadata.getBlocks()) {
      long sum = 0;
      for (ColumnChunkMetaData column : rows.getColumns()) {
        long from = column.getStartingPos();
        long end = from + column.getTotalSize();
        if (from < 0 || end < from || end > size) {
          throw new IOException(column.getPath() + " is said to end at " + end + " of " + size);
        }
        sum += pages(new Cursor(from, end), column);
      }
      InputFiles.requireUnpacked(path, sum, unpacked);
    }
  }

  /** Returns the bytes that the pages of a column unpack to. */
  private static long pages(Cursor cursor, ColumnChunkMetaData column) throws IOException {
    long sum = 0;
    for (long values = 0; values < column.getValueCount() && cursor.remaining() > 0; ) {
      long[] head = new long[Head.COUNT];
      cursor.struct(0, 0, head);
      long packed = head[Head.PACKED];
      long unpacked = head[Head.UNPACKED];
      if (packed < 0 || packed > cursor.remaining()) {
        throw new IOException(
            "a page of %s is said to have %d bytes, %d are there"
                .formatted(column.getPath(), packed, cursor.remaining()));
      }
      if (unpacked < 0 || unpacked > (packed + 1) * most(column.getCodec())) {
        throw new IOException(
            "a page of %s is said to unpack from %d bytes to %d"
                .formatted(column.getPath(), packed, unpacked));
      }
      cursor.skip(packed);
      values += Math.max(0, head[Head.VALUES]);
      sum += unpacked;
    }
    return sum;
  }

  private static long most(CompressionCodecName codec) {
    return switch (codec) {
      case UNCOMPRESSED -> 1;
      case SNAPPY -> SNAPPY;
      case LZ4_RAW -> LZ4;
      default -> OTHER;
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Where numbers of a page's head are kept; fields by their numbers in Parquet's definition. */
  private static final class Head {
    static final int UNPACKED = 0;
    static final int PACKED = 1;
    static final int VALUES = 2;
    static final int COUNT = 3;

    private Head() {}

    /** Returns the place of a field, or -1; the number of values lies in a struct of the head. */
    static int place(int outer, int field) {
      if (outer == 0 && (field == 2 || field == 3)) {
        return field == 2 ? UNPACKED : PACKED;
      }
      return (outer == 5 || outer == 8) && field == 1 ? VALUES : -1;
    }
  }

  /** A part of the file, read as Thrift's compact protocol without making anything. */
  private final class Cursor {
    private final ByteBuffer window = ByteBuffer.allocate(1 << 12).limit(0);
    private final long end;
    private long read;

    Cursor(long from, long end) {
      this.read = from;
      this.end = end;
    }

    long remaining() {
      return end - read + window.remaining();
    }

    int next() throws IOException {
      if (!window.hasRemaining()) {
        window.clear().limit((int) Math.min(window.capacity(), end - read));
        int got = window.hasRemaining() ? channel.read(window, read) : -1;
        window.flip();
        if (got <= 0) {
          throw new EOFException("it ends within a field");
        }
        read += got;
      }
      return window.get() & 0xFF;
    }

    void skip(long bytes) throws IOException {
      if (bytes < 0 || bytes > remaining()) {
        throw new IOException(
            "a field is said to have %d bytes, %d are there".formatted(bytes, remaining()));
      }
      if (bytes <= window.remaining()) {
        window.position(window.position() + (int) bytes);
      } else {
        read += bytes - window.remaining();
        window.limit(0);
      }
    }

    private long number() throws IOException {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        int next = next();
        value |= (long) (next & 0x7F) << shift;
        if (next < 0x80) {
          return value;
        }
      }
      throw new IOException("a number is too long");
    }

    private long signed() throws IOException {
      long value = number();
      return value >>> 1 ^ -(value & 1);
    }

    /**
     * Passes over a struct.
     *
     * @param outer number of the field that it is, 0 for the outermost one
     * @param kept takes numbers of a page's head; of others it is empty. Modified.
     */
    void struct(int depth, int outer, long[] kept) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException("its fields are nested too deeply");
      }
      int field = 0;
      while (true) {
        int head = next();
        int type = head & 0xF;
        if (type == 0) {
          return;
        }
        field = head >> 4 == 0 ? (int) signed() : field + (head >> 4);
        int place = kept.length == 0 || type > 6 || type < 4 ? -1 : Head.place(outer, field);
        if (place >= 0) {
          kept[place] = signed();
        } else {
          value(type, depth, depth == 0 ? field : -1, kept);
        }
      }
    }

    private void value(int type, int depth, int field, long[] kept) throws IOException {
      switch (type) {
        case 1, 2 -> {} // a truth value is its type
        case 3 -> skip(1);
        case 4, 5, 6 -> number();
        case 7 -> skip(8);
        case 8 -> skip(number());
        case 9, 10 -> {
          int head = next();
          elements(head >> 4 == 15 ? number() : head >> 4, depth, head & 0xF);
        }
        case 11 -> {
          long count = number();
          int types = count == 0 ? 0 : next();
          elements(count, depth, types >> 4, types & 0xF);
        }
        case 12 -> struct(depth + 1, field, kept);
        case 13 -> skip(16);
        default -> throw new IOException("a field is of type " + type);
      }
    }

    /** Each takes a byte at least. */
    private void elements(long count, int depth, int... types) throws IOException {
      if (count < 0 || count > remaining()) {
        throw new IOException(
            "a list is said to have %d elements in %d bytes".formatted(count, remaining()));
      }
      for (long i = 0; i < count; i++) {
        for (int type : types) {
          value(type == 1 || type == 2 ? 3 : type, depth + 1, -1, new long[0]);
        }
      }
    }
  }
}
