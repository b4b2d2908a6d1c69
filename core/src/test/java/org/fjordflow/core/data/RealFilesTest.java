package org.fjordflow.core.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.internal.IdxFiles;
import org.fjordflow.core.data.internal.NpzFiles;
import org.fjordflow.core.data.internal.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that others wrote, where they are present; see {@link TestData}. */
class RealFilesTest {
  @Test
  void adbenchArchive() {
    String path = TestData.file("adbench/6_cardio.npz").toString();
    assertEquals(List.of("X", "y"), NpzFiles.names(TestData.file("adbench/6_cardio.npz")));
    Table features = Tables.read(path);
    assertEquals(1831, features.rowCount());
    assertEquals(21, features.columns());
    Table labels = Tables.read(path + ":y");
    assertEquals(1831, labels.rowCount());
    assertEquals(176, Arrays.stream(labels.column(0)).sum(), "anomalies in ADBench's table");
  }

  @Test
  void mnistImagesAndLabels() {
    Tensor images = IdxFiles.read(TestData.file("mnist/t10k-images-idx3-ubyte.gz"));
    assertArrayEquals(new int[] {10000, 28, 28}, images.shape());
    assertEquals(255, Arrays.stream(images.values()).max().orElseThrow());
    Table labels = Tables.read(TestData.file("mnist/t10k-labels-idx1-ubyte.gz"));
    assertArrayEquals(new double[] {7, 2, 1, 0, 4}, Arrays.copyOf(labels.column(0), 5));
  }

  @ParameterizedTest
  @CsvSource({
    "optdigits/optdigits_tra.csv, 3823, 65, ''",
    "optdigits/optdigits_tes.csv, 1797, 65, ''",
    "earth/fire.csv, 0, 2, ''",
    "earth/flood.csv, 0, 2, 'lat,long'",
    "earth/quakes_all.csv, 0, 2, 'LATITUDE,LONGITUDE'",
    "uci/concrete/data.txt, 1030, 9, ''",
    "uci/yacht/data.txt, 308, 7, ''",
    "particles/test_split_DW4.npy, 10000, 8, ''",
    "bsds300/bsds300_patches_val_u8.npy, 20000, 64, ''",
    "freyfaces/freyfaces_u8.npy, 1965, 560, ''"
  })
  void tables(String file, int rows, int columns, String names) {
    Table table = Tables.read(TestData.file(file));
    assertTrue(rows == 0 ? table.rowCount() > 1000 : table.rowCount() == rows, table.toString());
    assertEquals(columns, table.columns());
    assertEquals(names, String.join(",", table.names()));
  }

  @Test
  void placesOnEarthAreDegrees() {
    Table fires = Tables.read(TestData.file("earth/fire.csv"));
    assertArrayEquals(new double[] {-25.088, 152.358}, fires.rows()[0]);
    assertTrue(Arrays.stream(fires.column(0)).allMatch(x -> Math.abs(x) <= 90));
    assertTrue(Arrays.stream(fires.column(1)).allMatch(x -> Math.abs(x) <= 180));
  }
}
