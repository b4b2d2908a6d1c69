package org.fjordflow.cli;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sizes that a Parquet file claims, in its footer and in the heads of its pages. */
final class ParquetLayoutTest {
  private static final int ROWS = 40;

  private static final Tables.ReadOptions OPTIONS =
      Tables.ReadOptions.defaults().withMissing(Tables.ReadOptions.Missing.KEEP);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir private Path folder;

  private Path file;

  private Table table;

  private byte[] sound;

  @BeforeEach
  void write() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    double[][] rows = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      rows[i] = new double[] {random.nextGaussian(), 86_400.0 * i, i == 5 ? Double.NaN : i % 2, i};
    }
    List<String> texts =
        IntStream.range(0, ROWS).mapToObj(i -> "a longer text, number " + (10 + i)).toList();
    table =
        Table.of(
            List.of("size", "day", "town", "text"),
            List.of(
                Table.Type.NUMBER,
                new Table.Type.Time("yyyy-MM-dd"),
                new Table.Type.Labels(List.of("Bern", "Rome")),
                new Table.Type.Labels(texts)),
            rows);
    file = folder.resolve("rows.parquet");
    try (Tables.Writer writer = new ParquetTables(file)) {
      writer.append(table);
      writer.finish();
    }
    sound = Files.readAllBytes(file);
  }

  private Table read() {
    return TableFiles.read(file.toString(), OPTIONS);
  }

  /** The footer with something changed. */
  private void rewrite(Consumer<FileMetaData> change) throws IOException {
    ByteBuffer tail = ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN);
    int from = sound.length - 8 - tail.getInt(sound.length - 8);
    FileMetaData footer =
        Util.readFileMetaData(new ByteArrayInputStream(sound, from, sound.length - 8 - from));
    change.accept(footer);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(sound, 0, from);
    Util.writeFileMetaData(footer, out);
    int length = out.size() - from;
    out.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array());
    out.write(sound, sound.length - 4, 4);
    Files.write(file, out.toByteArray());
  }

  private static ColumnMetaData column(FileMetaData footer) {
    return footer.getRow_groups().get(0).getColumns().get(0).getMeta_data();
  }

  @Test
  void soundFilesAreRead() throws IOException {
    assertEquals(table.types(), read().types());
    rewrite(footer -> {});
    assertArrayEquals(table.rows(), read().rows());
  }

  /**
   * At every place in the file: lengths of millions, which the library would make room for, in
   * footer, heads, levels, blocks and what is packed.
   */
  @Test
  void noLengthIsBelieved() throws IOException {
    long bound = 64L * sound.length + (8L << 20);
    byte[][] claims = {
      {-1, -1, -1, 0x2E},
      {-1, -1, -1, -1, 0x07},
      {(byte) 0xFC, -1, -1, -1, -1, 0x0F},
      {-1, -1, -1, -1},
      {0, 0, 0, 0x7F},
      {-1, -1, 0x7F},
      {-1},
    };
    int refused = 0;
    for (int at = 0; at < sound.length; at++) {
      for (byte[] claim : claims) {
        byte[] changed = sound.clone();
        System.arraycopy(claim, 0, changed, at, Math.min(claim.length, sound.length - at));
        Files.write(file, changed);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
          read();
        } catch (FjordException e) {
          refused++;
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated <= bound, allocated + " bytes for a claim at " + at);
      }
    }
    assertTrue(refused > 3 * sound.length, refused + " refused");
  }

  @Test
  void partsThatLieOutsideOfTheFileAreNamed() throws IOException {
    rewrite(footer -> column(footer).setTotal_compressed_size(1L << 40));
    assertFails(ErrorKey.FILE_DAMAGED, this::read, "rows.parquet", "[size]", "is said to end at");
  }

  @Test
  void whatColumnsArePackedByIsNamedWhereItIsNotRead() throws IOException {
    for (CompressionCodec codec : List.of(CompressionCodec.GZIP, CompressionCodec.LZO)) {
      rewrite(footer -> column(footer).setCodec(codec));
      assertFails(
          ErrorKey.FILE_FORMAT, this::read, "column 'size' is packed by " + codec, "save it with");
    }
  }
}
