package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvFilesTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("table.csv"), text);
  }

  private void assertReads(List<String> names, double[][] rows, String text) throws IOException {
    Table table = Tables.read(file(text));
    assertEquals(names, table.names());
    assertEquals(rows.length, table.rowCount());
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], table.rows()[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,2\n3,-4.5e-3\n",
        "1,2\r\n3,-4.5e-3\r\n\r\n",
        "\uFEFF1, 2\n3 ,-4.5E-3",
        "\"1\",\"2\"\n3,\"-4.5e-3\"\n",
        "# about\n\n1;2\n# between\n3;-.0045",
        "1\t2\n3\t-4.5e-3\n",
        " 1 \t 2 \n 3 \t -4.5e-3 \n",
        "  1   2 \n3 \t -4.5e-3\t\n",
        "+1,2.\n+3,-0045e-4"
      })
  void readsRowsWithoutHeader(String text) throws IOException {
    assertReads(List.of(), new double[][] {{1, 2}, {3, -4.5e-3}}, text);
  }

  @Test
  void readsHeaders() throws IOException {
    double[][] rows = {{1, 2}};
    assertReads(List.of("a", "b"), rows, "a,b\n1,2\n");
    assertReads(List.of("a, so", "say \"b\""), rows, "\"a, so\",\"say \"\"b\"\"\"\n1,2\n");
    assertReads(List.of("x1", "b"), rows, ",b\n1,2\n");
    assertReads(List.of("lat", "long"), rows, "# c, d\r\nlat,long\r\n1,2\r\n");
    assertReads(List.of("a", "b"), rows, "a b\n1 2\n");
    assertReads(List.of("a b"), new double[][] {{1}}, "\"a b\"\n1\n");
    assertReads(List.of("größe", "1d"), rows, "größe\t1d\n1\t2\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2\\n3\\n4,5         | line 2     | 1 columns",
        "a,b\\n1,2\\n\\n3,4,5   | line 4     | 3 columns",
        "1,2\\n3,four\\n       | line 2, column 2 | four",
        "1,2\\n3,0x1p3\\n      | line 2, column 2 | 0x1p3",
        "1,2\\n3d,4\\n         | line 2, column 1 | 3d",
        "1,2\\n3,\\n           | line 2, column 2 | empty",
        "1,2\\n3,1.2.3\\n      | line 2, column 2 | 1.2.3",
        "1,2\\n3,\"4\\n        | line 2, column 2 | quote",
        "1,2\\n3,\"4\"5\\n     | line 2, column 2 | quote",
        "a,2\\n3,4\\n          | line 1, column 1 | 'a'",
        "a,b\\nc,d\\n1,2\\n    | line 2, column 1 | 'c'",
        "1,5;2,5\\n            | line 1, column 1 | 1,5",
        "a,b\\n                | table.csv        | header",
        "# only this\\n        | table.csv        | rows",
        "''                    | table.csv        | rows"
      })
  void saysWhereAFileIsDamaged(String text, String place, String what) throws IOException {
    Path path = file(text.replace("\\n", "\n"));
    assertFails(ErrorKey.FILE_DAMAGED, () -> Tables.read(path), "table.csv", place, what);
  }

  @Test
  void binaryContentIsDamageOfOneReadableLine() throws IOException {
    Path path = folder.resolve("model.csv");
    Files.write(path, new byte[] {0, 1, 2, 3, 'a', 7});
    assertFails(ErrorKey.FILE_DAMAGED, () -> Tables.read(path), "line 1");
    Files.write(path, "1,2\n3,\u0007\u001b[31m".getBytes(StandardCharsets.UTF_8));
    assertFails(ErrorKey.FILE_DAMAGED, () -> Tables.read(path), "line 2, column 2", "??[31m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nan", "NaN", "-inf", "Infinity", "1e999"})
  void nonFiniteCellsNeedTheFlag(String cell) throws IOException {
    Path path = file("1,2\n3," + cell + "\n");
    assertFails(ErrorKey.NON_FINITE, () -> Tables.read(path), "line 2, column 2", cell);
    Table kept = Tables.readWithGaps(path);
    assertTrue(!Double.isFinite(kept.rows()[1][1]));
  }

  @Test
  void missingFilesAndFolders() {
    assertFails(ErrorKey.FILE_MISSING, () -> Tables.read(folder.resolve("none.csv")), "none.csv");
    assertFails(ErrorKey.FILE_MISSING, () -> Tables.readWithGaps(folder), "folder");
  }

  @Test
  void emptyCellIsNanUnderTheFlag() throws IOException {
    Table table = Tables.readWithGaps(file("1,,3\n"));
    assertArrayEquals(new double[] {1, Double.NaN, 3}, table.rows()[0]);
  }

  @Test
  void writtenNumbersReadBackBitForBit() {
    long seed = 7;
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[2000][5];
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        double any = Double.longBitsToDouble(random.nextLong());
        row[j] = Double.isFinite(any) ? any : random.nextGaussian();
      }
    }
    rows[0] = new double[] {0.1, -0.0, Double.MIN_VALUE, Double.MAX_VALUE, 1e22};
    Path path = folder.resolve("new/out.csv");
    Tables.write(path, Table.of(rows));
    Table back = Tables.read(path);
    assertEquals(List.of("x1", "x2", "x3", "x4", "x5"), back.names());
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], back.rows()[i], "seed " + seed + ", row " + i);
    }
  }

  @Test
  void writtenNamesReadBack() throws IOException {
    List<String> names =
        List.of("log_prob", "a, b", "say \"c\"", "# d", " e ", "f;g", "h\ti", "#j", "'");
    Path path = folder.resolve("out.csv");
    Tables.write(path, Table.of(names, new double[][] {new double[9]}));
    assertEquals(names, Tables.read(path).names());
    Tables.write(path, Table.of(List.of("only one"), new double[][] {{3}}));
    assertEquals("\"only one\"\n3.0\n", Files.readString(path));
    assertEquals(List.of("only one"), Tables.read(path).names());
  }

  @Test
  void unpacksGzip() throws IOException {
    Path path = folder.resolve("table.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
      out.write("a,b\n1,2\n".getBytes(StandardCharsets.UTF_8));
    }
    assertArrayEquals(new double[] {1, 2}, Tables.read(path).rows()[0]);
    Files.write(path, new byte[] {1, 2, 3});
    assertFails(ErrorKey.FILE_DAMAGED, () -> Tables.read(path), "table.csv.gz");
  }
}
