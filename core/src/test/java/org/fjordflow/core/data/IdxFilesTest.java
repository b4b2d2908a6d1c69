package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.IdxFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdxFilesTest {
  @TempDir Path folder;

  static byte[] idx(int code, byte[] data, int... shape) {
    ByteBuffer out = ByteBuffer.allocate(4 + 4 * shape.length + data.length);
    out.putShort((short) 0).put((byte) code).put((byte) shape.length);
    for (int length : shape) {
      out.putInt(length);
    }
    return out.put(data).array();
  }

  @ParameterizedTest
  @CsvSource({"8, 1, 254", "9, 1, -2", "11, 2, -2", "12, 4, -2", "13, 4, -2.5", "14, 8, -2.5"})
  void readsEveryType(int code, int size, double value) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(2 * size);
    for (int i = 0; i < 2; i++) {
      switch (code) {
        case 8, 9 -> data.put((byte) value);
        case 11 -> data.putShort((short) value);
        case 12 -> data.putInt((int) value);
        case 13 -> data.putFloat((float) value);
        default -> data.putDouble(value);
      }
    }
    Path path = folder.resolve("some.idx");
    Files.write(path, idx(code, data.array(), 2));
    assertArrayEquals(new double[] {value, value}, Tables.read(path).column(0));
  }

  @Test
  void flattensImagesAndUnpacks() throws IOException {
    byte[] bytes = idx(8, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2);
    for (String name : new String[] {"a.idx.gz", "train-images-idx3-ubyte.gz"}) {
      Path path = folder.resolve(name);
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
        out.write(bytes);
      }
      assertArrayEquals(new double[] {5, 6, 7, 8}, Tables.read(path).rows()[1]);
    }
    Path plain = Files.write(folder.resolve("train-images-idx3-ubyte"), bytes);
    assertEquals(4, Tables.read(plain).columns());
  }

  @Test
  void refusesDamage() throws IOException {
    byte[] data = new byte[8];
    byte[][] damaged = {
      {0, 0},
      {1, 0, 8, 1, 0, 0, 0, 0},
      idx(7, data, 8),
      idx(8, data),
      idx(8, data, 9),
      idx(8, data, 7),
      idx(8, data, -8),
      idx(8, data, 65536, 65536, 65536, 65536),
      {0, 0, 8, (byte) 255, 0, 0, 0, 1}
    };
    for (byte[] bytes : damaged) {
      Path path = Files.write(folder.resolve("some.idx"), bytes);
      assertFails(ErrorKey.FILE_DAMAGED, () -> IdxFiles.read(path), "some.idx");
    }
    Path zeroColumns = Files.write(folder.resolve("zero.idx"), idx(8, new byte[0], 1 << 30, 0));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Tables.read(zeroColumns));
  }
}
