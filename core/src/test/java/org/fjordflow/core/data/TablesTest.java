package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TablesTest {
  private static final double[][] ROWS = {{1.5, -2}, {3, 4e-300}};

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"a.csv", "b.CSV", "c.npy"})
  void readsWhatItWrites(String name) {
    Path path = folder.resolve(name);
    Tables.write(path, Table.of(ROWS));
    Table back = Tables.read(path);
    assertEquals(2, back.rowCount());
    assertArrayEquals(ROWS[1], back.rows()[1]);
  }

  @Test
  void picksAnArrayOfSafetensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("y", Tensor.float64(new double[] {7, 8}, 2));
    tensors.put("X", Tensor.float64(new double[] {1, 2, 3, 4}, 2, 2));
    Path path = folder.resolve("data.safetensors");
    new SafetensorsFile(tensors, Map.of()).write(path);
    assertArrayEquals(new double[] {3, 4}, Tables.read(path).rows()[1]);
    assertArrayEquals(new double[] {7, 8}, Tables.read(path + ":y").column(0));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Tables.read(path + ":z"), "X, y");
    new SafetensorsFile(Map.of(), Map.of()).write(path);
    assertFails(ErrorKey.FILE_DAMAGED, () -> Tables.read(path), "data.safetensors");
  }

  @Test
  void refusesWhatIsNoTable() {
    assertFails(ErrorKey.FILE_FORMAT, () -> Tables.read("data.parquet"), ".npz", ".csv");
    assertFails(ErrorKey.FILE_FORMAT, () -> Tables.read("data.gz"), ".idx");
    assertFails(
        ErrorKey.FILE_FORMAT, () -> Tables.write(Path.of("data.xls"), Table.of(ROWS)), ".npy");
    for (String name : List.of("a.csv", "a.npy", "a.npz", "a.npz:X", "a.idx", "a.safetensors")) {
      assertFails(ErrorKey.FILE_MISSING, () -> Tables.read(folder.resolve(name).toString()), "a.");
    }
    Path empty = folder.resolve("empty.npy");
    Tables.write(empty, Table.of(new double[0][]));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Tables.read(empty), "empty.npy");
    Path infinite = folder.resolve("infinite.npy");
    Tables.write(infinite, Table.of(new double[][] {{1, 2}, {1.0 / 0, 0}}));
    assertFails(
        ErrorKey.NON_FINITE, () -> Tables.read(infinite), "infinite.npy", "row 2, column 1");
  }
}
