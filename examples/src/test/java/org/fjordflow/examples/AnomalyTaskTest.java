package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.TestData;
import org.fjordflow.model.anomaly.DetectionQuality;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnomalyTaskTest {
  @TempDir Path folder;

  @Test
  void firstHalfOfTheNormalRowsTrainsAndSetsTheScale() throws IOException {
    // Five normal rows: the first three (rounded up) of them are trained on.
    Path file =
        npz(
            Map.of(
                "X", new double[][] {{1}, {100}, {3}, {5}, {4}, {3 + Math.sqrt(8)}, {200}},
                "y", new double[][] {{0}, {1}, {0}, {0}, {0}, {0}, {1}}));
    AnomalyTask task = AnomalyTask.read(file);
    double deviation = Math.sqrt(8 / 3.0);
    assertArrayEquals(new double[] {-2 / deviation, 0, 2 / deviation}, column(task.train()), 1e-12);
    assertEquals(4, task.test().length);
    assertEquals(Math.sqrt(3), task.test()[2][0], 1e-12);
    assertArrayEquals(new boolean[] {true, false, false, true}, task.anomalous());
    assertEquals(1, task.auroc(new double[] {-97, -1, -2, -197}), "low densities are anomalies");
  }

  @Test
  void theGaussianReachesItsPublishedFigure() {
    AnomalyTask task = AnomalyTask.read(TestData.file("adbench/6_cardio.npz"));
    assertEquals(828, task.train().length);
    assertEquals(1003, task.test().length);
    double auroc = task.auroc(GaussianDetector.fit(task.train()).logProb(task.test()));
    assertEquals(0.9115, auroc, 1e-4, "reference_auroc.csv");
  }

  @Test
  void theDetectorOfTheExampleTellsAnomalies() {
    AnomalyTask task = AnomalyTask.read(TestData.file("adbench/6_cardio.npz"));
    DetectionQuality quality = CardioAnomalies.run(task, 100, 1);
    assertTrue(quality.auroc() > 0.8, quality.toString());
    assertEquals(
        1003, quality.found() + quality.missed() + quality.falseAlarms() + quality.passed());
  }

  private Path npz(Map<String, double[][]> arrays) throws IOException {
    Path file = folder.resolve("set.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, double[][]> array : arrays.entrySet()) {
        Path npy = folder.resolve(array.getKey() + ".npy");
        Tables.write(npy, Table.of(array.getValue()));
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        Files.copy(npy, zip);
        zip.closeEntry();
      }
    }
    return file;
  }

  private static double[] column(double[][] rows) {
    return Table.of(rows).column(0);
  }
}
