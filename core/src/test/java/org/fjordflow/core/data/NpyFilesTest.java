package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.data.internal.NpzFiles;
import org.fjordflow.core.data.internal.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFilesTest {
  @TempDir Path folder;

  /** An npy file as NumPy lays it out. */
  static byte[] npy(int version, String header, byte[] data) {
    byte[] text = (header + "\n").getBytes(StandardCharsets.ISO_8859_1);
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer out = ByteBuffer.allocate(8 + lengthBytes + text.length + data.length);
    out.order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93);
    out.put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version).put((byte) 0);
    if (version == 1) {
      out.putShort((short) text.length);
    } else {
      out.putInt(text.length);
    }
    return out.put(text).put(data).array();
  }

  static String header(String type, boolean fortran, String shape) {
    String order = fortran ? "True" : "False";
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  }

  private Tensor read(byte[] bytes) throws IOException {
    return NpyFiles.read(Files.write(folder.resolve("some.npy"), bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8", "<f2"
      })
  void readsEveryTypeInBothByteOrders(String type) throws IOException {
    int size = Character.digit(type.charAt(2), 10);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      ByteBuffer data = ByteBuffer.allocate(3 * size).order(order);
      for (int i = 0; i < 3; i++) {
        put(data, type.substring(1), i);
      }
      String inOrder = order == ByteOrder.BIG_ENDIAN ? type.replace('<', '>') : type;
      for (int version = 1; version <= 3; version++) {
        Tensor tensor = read(npy(version, header(inOrder, false, "(3,)"), data.array()));
        double[] expected = type.equals("|b1") ? new double[] {0, 1, 1} : new double[] {0, 1, 2};
        assertArrayEquals(expected, tensor.values(), inOrder);
        assertArrayEquals(new int[] {3}, tensor.shape());
        assertEquals(1, tensor.toRows()[0].length);
      }
    }
  }

  private static void put(ByteBuffer data, String type, int value) {
    switch (type) {
      case "b1", "u1", "i1" -> data.put((byte) value);
      case "u2", "i2" -> data.putShort((short) value);
      case "u4", "i4" -> data.putInt(value);
      case "u8", "i8" -> data.putLong(value);
      case "f4" -> data.putFloat(value);
      case "f8" -> data.putDouble(value);
      case "f2" -> data.putShort((short) new int[] {0, 0x3C00, 0x4000}[value]);
      default -> throw new IllegalArgumentException(type);
    }
  }

  @ParameterizedTest
  @CsvSource({"'()', 1", "'(24,)', 24", "'(4, 6)', 24", "'(2, 3, 4)', 24", "'(2L, 1L, 3L)', 6"})
  void orderOfAxesDoesNotMatter(String shapeText, int size) throws IOException {
    ByteBuffer rowMajor = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < size; i++) {
      rowMajor.putInt(i);
    }
    Tensor expected = read(npy(1, header("<i4", false, shapeText), rowMajor.array()));
    int[] shape = expected.shape();
    ByteBuffer columnMajor = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
    for (int place = 0; place < size; place++) {
      int rest = place;
      int index = 0;
      int[] coordinates = new int[shape.length];
      for (int axis = 0; axis < shape.length; axis++) {
        coordinates[axis] = rest % shape[axis];
        rest /= shape[axis];
      }
      for (int axis = 0; axis < shape.length; axis++) {
        index = index * shape[axis] + coordinates[axis];
      }
      columnMajor.putInt(index);
    }
    assertEquals(expected, read(npy(2, header("<i4", true, shapeText), columnMajor.array())));
  }

  @Test
  void flattensHigherAxesIntoRows() throws IOException {
    byte[] data = {1, 2, 3, 4, 5, 6, 7, 8};
    Table table = Table.of(read(npy(1, header("|u1", false, "(2, 2, 2)"), data)).toRows());
    assertEquals(2, table.rowCount());
    assertArrayEquals(new double[] {5, 6, 7, 8}, table.rows()[1]);
    Table number = Table.of(read(npy(1, header("|u1", false, "()"), new byte[] {9})).toRows());
    assertArrayEquals(new double[] {9}, number.rows()[0]);
    Tensor empty = read(npy(1, header("|u1", false, "(2, 0)"), new byte[0]));
    assertFails(ErrorKey.SHAPE_MISMATCH, empty::toRows);
  }

  @Test
  void writtenArraysReadBackBitForBit() throws IOException {
    double[][] rows = {{0.1, -0.0}, {Double.MIN_VALUE, Double.MAX_VALUE}, {1, Double.NaN}};
    Path path = folder.resolve("out.npy");
    Tables.write(path, Table.of(rows));
    Table back = Table.of(NpyFiles.read(path).toRows());
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], back.rows()[i]);
    }
    byte[] bytes = Files.readAllBytes(path);
    assertEquals(0, (bytes.length - 3 * 2 * 8) % 64, "NumPy aligns the data to 64 bytes");
    assertEquals('\n', bytes[bytes.length - 3 * 2 * 8 - 1]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[('a', '<f4')] | FILE_FORMAT",
        "'=O'           | FILE_FORMAT",
        "'<c16'         | FILE_FORMAT",
        "'<U8'          | FILE_FORMAT",
        "'<f4'          | FILE_DAMAGED"
      },
      quoteCharacter = '`')
  void refusesWhatItDoesNotRead(String description, ErrorKey key) throws IOException {
    String header = "{'descr': " + description + ", 'fortran_order': False, 'shape': (3,), }";
    Path path = Files.write(folder.resolve("some.npy"), npy(1, header, new byte[8]));
    assertFails(key, () -> NpyFiles.read(path), "some.npy");
  }

  private void zip(Path path, boolean stored, String name, byte[] content) throws IOException {
    try (OutputStream file = Files.newOutputStream(path);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (String array : List.of(name, "y.npy")) {
        ZipEntry entry = new ZipEntry(array);
        if (stored) {
          CRC32 sum = new CRC32();
          sum.update(content);
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(content.length);
          entry.setCrc(sum.getValue());
        }
        out.putNextEntry(entry);
        out.write(content);
        out.closeEntry();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsArchives(boolean stored) throws IOException {
    Path path = folder.resolve("some.npz");
    byte[] data = {1, 2, 3, 4};
    zip(path, stored, "X.npy", npy(1, header("|u1", false, "(2, 2)"), data));
    assertEquals(List.of("X", "y"), NpzFiles.names(path));
    assertArrayEquals(new double[] {1, 2, 3, 4}, NpzFiles.read(path, "X").values());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> NpzFiles.read(path, "Z"), "X, y");
    assertArrayEquals(new double[] {1, 2}, Tables.read(path).rows()[0]);
    assertArrayEquals(new double[] {3, 4}, Tables.read(path + ":y").rows()[1]);
    zip(path, stored, "a.npy", npy(1, header("|u1", false, "(2, 2)"), data));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Tables.read(path), "a, y", "some.npz:a");
  }

  @Test
  void checksTheSumOfStoredArrays() throws IOException {
    Path path = folder.resolve("some.npz");
    byte[] content = npy(1, header("|u1", false, "(2, 2)"), new byte[] {1, 2, 3, 113});
    zip(path, true, "X.npy", content);
    byte[] bytes = Files.readAllBytes(path);
    for (int i = 0; i < 200; i++) {
      if (bytes[i] == 113) {
        bytes[i] = 114;
        break;
      }
    }
    Files.write(path, bytes);
    assertFails(ErrorKey.FILE_DAMAGED, () -> NpzFiles.read(path, "X"), "check sum");
  }
}
