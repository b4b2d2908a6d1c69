package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.internal.NpyFiles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that are read and written part by part. */
class TableStreamsTest {
  private static final ReadOptions DEFAULTS = ReadOptions.defaults();

  @TempDir Path folder;

  /** All cells of all parts as text. */
  private static List<String> cells(Tables.Rows rows, int most) {
    List<String> cells = new ArrayList<>();
    try (rows) {
      for (Table part = rows.next(); part != null; part = rows.next()) {
        assertTrue(part.rowCount() >= 1 && part.rowCount() <= most);
        cells.addAll(cells(part));
      }
    }
    return cells;
  }

  private static List<String> cells(Table table) {
    List<String> cells = new ArrayList<>();
    for (int i = 0; i < table.rowCount(); i++) {
      for (int j = 0; j < table.columns(); j++) {
        cells.add(table.cell(i, j));
      }
    }
    return cells;
  }

  private static Table mixed(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Table.Type> types =
        List.of(
            Table.Type.NUMBER,
            new Table.Type.Labels(List.of("a", "b c", "d,\"e\nf")),
            new Table.Type.Time("yyyy-MM-dd"));
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      rows[i] =
          new double[] {random.nextGaussian(), random.nextInt(3), 86400.0 * random.nextInt(20_000)};
    }
    return Table.of(List.of("x", "kind", "day"), types, rows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"t.csv", "t.csv.gz"})
  void partsAreTheTable(String name) {
    long seed = 3;
    Table table = mixed(1000, seed);
    String path = folder.resolve(name).toString();
    Tables.write(Path.of(path), table);
    assertEquals(table.types(), Tables.read(path).types());
    assertEquals(cells(table), cells(Tables.read(path)), "seed " + seed);
    for (int most : new int[] {1, 7, 999, 1000, 5000}) {
      assertEquals(cells(table), cells(Tables.stream(path, DEFAULTS, Set.of(), most), most));
    }
  }

  @Test
  void packedFilesAreSmaller() throws IOException {
    Table table = mixed(1000, 5);
    Tables.write(folder.resolve("a.csv"), table);
    Tables.write(folder.resolve("a.csv.gz"), table);
    assertTrue(Files.size(folder.resolve("a.csv.gz")) < 0.6 * Files.size(folder.resolve("a.csv")));
  }

  @Test
  void tablesOneBehindTheOtherAreOne() throws IOException {
    Table table = Table.of(List.of("x", "y"), new double[][] {{1, 2}, {3, 4}, {5, 6}});
    for (String name : List.of("a.csv", "a.csv.gz", "a.npy")) {
      Path whole = folder.resolve("whole-" + name);
      Path parts = folder.resolve("parts-" + name);
      Tables.write(whole, table);
      try (Tables.Writer writer = Tables.writer(parts)) {
        writer.append(table.selectRows(new int[] {0, 1}));
        assertFalse(Files.exists(parts));
        writer.append(table.selectRows(new int[] {2}));
        assertFails(
            ErrorKey.SHAPE_MISMATCH, () -> writer.append(table.selectColumns(new int[] {0})));
        writer.finish();
      }
      assertArrayEquals(Files.readAllBytes(whole), Files.readAllBytes(parts), name);
    }
    assertArrayEquals(
        NpyFiles.read(folder.resolve("parts-a.npy")).values(), new double[] {1, 2, 3, 4, 5, 6});
  }

  @Test
  void whatIsNotFinishedLeavesWhatWasThere() throws IOException {
    for (String name : List.of("a.csv", "a.csv.gz", "a.npy")) {
      Path path = Files.writeString(folder.resolve(name), "before");
      try (Tables.Writer writer = Tables.writer(path)) {
        writer.append(Table.of(new double[][] {{1}}));
      }
      assertEquals("before", Files.readString(path));
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(3, files.count());
    }
    assertFails(ErrorKey.FILE_FORMAT, () -> Tables.writer(folder.resolve("a.xls")), ".csv.gz");
  }

  @Test
  void npyComesInParts() {
    double[][] rows = {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}};
    Path path = folder.resolve("a.npy");
    Tables.write(path, Table.of(rows));
    for (int most : new int[] {1, 2, 5, 9}) {
      assertEquals(
          cells(Table.of(rows)),
          cells(Tables.stream(path.toString(), DEFAULTS, Set.of(), most), most));
    }
  }

  @Test
  void damagedNpyFilesSaySo() throws IOException {
    Path path = folder.resolve("a.npy");
    Tables.write(path, Table.of(new double[][] {{1, 2}, {3, 4}}));
    byte[] bytes = Files.readAllBytes(path);
    for (int length : new int[] {0, 5, 9, 11, 60, 128, 140, bytes.length - 1}) {
      Files.write(path, java.util.Arrays.copyOf(bytes, length));
      assertFails(
          ErrorKey.FILE_DAMAGED,
          () -> cells(Tables.stream(path.toString(), DEFAULTS, Set.of(), 10), 10),
          "a.npy");
    }
  }

  @Test
  void theFirstPartDecides() throws IOException {
    Path path = Files.writeString(folder.resolve("a.csv"), "n,c\n1,a\n2,b\nthree,4\n");
    try (Tables.Rows rows = Tables.stream(path.toString(), DEFAULTS, Set.of(), 2)) {
      Table first = present(rows.next());
      assertEquals(
          List.of(Table.Type.NUMBER, new Table.Type.Labels(List.of("a", "b"))), first.types());
      assertFails(ErrorKey.FILE_DAMAGED, rows::next, "line 4, column 1 ('n') is 'three'");
    }
    Path late = Files.writeString(folder.resolve("b.csv"), "c,n\n7,1\na,2\nb,3\n8,4\n9,5\n");
    assertEquals(
        List.of("7", "1.0", "a", "2.0", "b", "3.0", "8", "4.0", "9", "5.0"),
        cells(Tables.stream(late.toString(), DEFAULTS, Set.of(), 3), 3));
  }

  private static Table present(@Nullable Table part) {
    return Objects.requireNonNull(part, "a part");
  }

  @Test
  void columnsThatNobodyWantsMayHoldAnything() throws IOException {
    Path path = Files.writeString(folder.resolve("a.csv"), "n,junk,c\n1,,a\n2,NA,b\n3,x,c\n");
    try (Tables.Rows rows = Tables.stream(path.toString(), DEFAULTS, Set.of("n", "c"), 2)) {
      assertEquals(List.of("n", "junk", "c"), rows.names());
      assertEquals(3, rows.columns());
      assertEquals(List.of("n", "c"), present(rows.next()).names());
      assertEquals("c", present(rows.next()).cell(0, 1));
      assertNull(rows.next());
    }
  }

  @Test
  void streamsAreReadAndWritten() {
    byte[] text = "a,b\n1,x\n2,y\n".getBytes(StandardCharsets.UTF_8);
    Table table = Tables.read(new ByteArrayInputStream(text), "standard input", DEFAULTS);
    assertEquals(List.of("1.0", "x", "2.0", "y"), cells(table));
    assertEquals(
        cells(table),
        cells(Tables.stream(new ByteArrayInputStream(text), "input", DEFAULTS, Set.of(), 1), 1));
    assertFails(
        ErrorKey.FILE_DAMAGED,
        () -> Tables.read(new ByteArrayInputStream(new byte[0]), "standard input", DEFAULTS),
        "standard input holds no rows");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Tables.Writer writer = Tables.writer(out, "standard output")) {
      writer.append(table);
      writer.append(table);
      writer.finish();
    }
    assertEquals("a,b\n1.0,x\n2.0,y\n1.0,x\n2.0,y\n", out.toString(StandardCharsets.UTF_8));
  }
}
