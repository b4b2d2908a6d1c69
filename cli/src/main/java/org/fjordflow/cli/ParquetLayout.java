package org.fjordflow.cli;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.Type.Repetition;
import org.fjordflow.core.data.internal.InputFiles;

/**
 * Looks at the sizes in a Parquet file before the library does, which makes whatever they claim:
 * those of texts and lists in the footer and in the heads of pages, of pages packed and unpacked,
 * and of runs and blocks in them ({@link ParquetPage}).
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
  private final CodecFactory codecs = new CodecFactory(new PlainParquetConfiguration(), 0);

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
  private long pages(Cursor cursor, ColumnChunkMetaData column) throws IOException {
    long sum = 0;
    for (long values = 0; values < column.getValueCount() && cursor.remaining() > 0; ) {
      PageHead head = new PageHead(cursor);
      if (head.packed() < 0 || head.packed() > cursor.remaining()) {
        throw new IOException(
            "a page of %s is said to have %d bytes, %d are there"
                .formatted(column.getPath(), head.packed(), cursor.remaining()));
      }
      CompressionCodecName codec = column.getCodec();
      if (head.unpacked() < 0 || head.unpacked() > (head.packed() + 1) * most(codec)) {
        throw new IOException(
            "a page of %s is said to unpack from %d bytes to %d"
                .formatted(column.getPath(), head.packed(), head.unpacked()));
      }
      sum += head.unpacked();
      if (sum > Integer.MAX_VALUE) {
        throw new IOException(column.getPath() + " is larger than 2 GiB in one group of rows");
      }
      content(cursor.bytes(head.packed()), head, column);
      values += Math.max(0, head.values());
    }
    return sum;
  }

  private void content(ByteBuffer page, PageHead head, ColumnChunkMetaData column)
      throws IOException {
    long levels = head.levels();
    if (levels < 0 || levels > page.remaining()) {
      throw new IOException(
          "levels of a page of %s are said to have %d bytes".formatted(column.getPath(), levels));
    }
    boolean optional = column.getPrimitiveType().isRepetition(Repetition.OPTIONAL);
    if (optional && levels > 0) {
      ParquetPage.requireLevels(page.slice().limit((int) levels), head.values());
    }
    page.position((int) levels);
    CompressionCodecName codec =
        head.isPacked() ? column.getCodec() : CompressionCodecName.UNCOMPRESSED;
    long size = head.unpacked() - levels;
    if (size < 0 || (codec == CompressionCodecName.SNAPPY && !isSnappyOf(page, size))) {
      throw new IOException(
          "a page of %s does not unpack to %d bytes".formatted(column.getPath(), size));
    }
    if (head.hasValues() && page.hasRemaining()) {
      byte[] bytes = new byte[page.remaining()];
      page.get(bytes);
      byte[] plain =
          codecs
              .getDecompressor(codec)
              .decompress(BytesInput.from(bytes), (int) size)
              .toByteArray();
      ParquetPage.requireValues(
          ByteBuffer.wrap(plain), head.values(), optional && head.isOlder(), head.encoding());
    }
  }

  /** What is packed by Snappy begins with its size, which its reader makes. */
  private static boolean isSnappyOf(ByteBuffer page, long size) {
    long said = 0;
    for (int at = page.position(), shift = 0; at < page.limit() && shift < 35; at++, shift += 7) {
      said |= (long) (page.get(at) & 0x7F) << shift;
      if (page.get(at) >= 0) {
        return said == size;
      }
    }
    return !page.hasRemaining() && size == 0;
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
    codecs.release();
    channel.close();
  }

  /** The head of a page; its fields are known by their numbers in Parquet's definition. */
  private static final class PageHead {
    private static final int OLDER = 5;
    private static final int NEWER = 8;
    private static final int FIELDS = 8;

    private final long[] fields = new long[FIELDS * (NEWER + 1)];
    private final int outer;

    PageHead(Cursor cursor) throws IOException {
      fields[FIELDS * NEWER + 7] = 1;
      cursor.struct(0, 0, fields);
      long type = fields[1];
      outer = type == 0 ? OLDER : type == 3 ? NEWER : 0;
    }

    /** Returns where a field is kept, or -1. */
    static int place(int outer, int field) {
      boolean known = outer == 0 || outer == OLDER || outer == NEWER;
      return known && field > 0 && field < FIELDS ? FIELDS * outer + field : -1;
    }

    long unpacked() {
      return fields[2];
    }

    long packed() {
      return fields[3];
    }

    boolean hasValues() {
      return outer > 0;
    }

    boolean isOlder() {
      return outer == OLDER;
    }

    long values() {
      return hasValues() ? fields[FIELDS * outer + 1] : 0;
    }

    int encoding() {
      return (int) fields[FIELDS * outer + (isOlder() ? 2 : 4)];
    }

    long levels() {
      return outer == NEWER ? fields[FIELDS * NEWER + 5] + fields[FIELDS * NEWER + 6] : 0;
    }

    boolean isPacked() {
      return outer != NEWER || fields[FIELDS * NEWER + 7] == 1;
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

    /** Returns bytes, which are there. */
    ByteBuffer bytes(long count) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate((int) count);
      while (bytes.hasRemaining()) {
        bytes.put((byte) next());
      }
      return bytes.flip();
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
        int place = kept.length == 0 || type > 6 ? -1 : PageHead.place(outer, field);
        if (place >= 0 && type != 3) {
          kept[place] = type < 3 ? 2 - type : signed();
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
