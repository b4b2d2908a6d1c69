package org.fjordflow.cli.solvers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WorkPointFilesTest {
  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsRead() {
    List<WorkPoint> points =
        List.of(
            new WorkPoint(
                "fjord", "B1", "dopri5", Mode.FORWARD, 1e-6, 1e-6, -1, 123, 20, 1, 1e-4, 3.25e-7),
            new WorkPoint(
                "other",
                "moons",
                "rk4",
                Mode.CONTINUOUS,
                Double.NaN,
                Double.NaN,
                16,
                -1,
                -1,
                -1,
                Double.NaN,
                Double.NaN));
    Path file = folder.resolve("points.csv");
    WorkPointFiles.write(file, points);
    assertEquals(points, WorkPointFiles.read(file));
  }

  @Test
  void filesAreAsDescribed() throws IOException {
    Path file = folder.resolve("points.csv");
    WorkPointFiles.write(
        file,
        List.of(
            new WorkPoint(
                "fjord",
                "B1",
                "rk4",
                Mode.FORWARD,
                Double.NaN,
                Double.NaN,
                16,
                64,
                16,
                0,
                0.5,
                0.25)));
    assertEquals(
        List.of(
            "library,problem,method,mode,rtol,atol,steps,evaluations,accepted,rejected,seconds,error",
            "fjord,B1,rk4,forward,,,16,64,16,0,0.5,0.25"),
        Files.readAllLines(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fjord,B1,rk4,forward,,,16,64,16,0,0.5",
        "fjord,B1,rk4,sideways,,,16,64,16,0,0.5,0.25",
        "fjord,B1,rk4,forward,,,sixteen,64,16,0,0.5,0.25",
        "fjord,B1,rk4,forward,,,16,64,16,0,0.5,little"
      })
  void damagedLinesAreNamed(String line) throws IOException {
    Path file = folder.resolve("points.csv");
    Files.writeString(file, WorkPointFiles.HEADER + "\n\n" + line + "\n");
    FjordException failure = assertThrows(FjordException.class, () -> WorkPointFiles.read(file));
    assertEquals(ErrorKey.FILE_DAMAGED, failure.key());
    assertTrue(String.valueOf(failure.getMessage()).contains("line 3"), failure.getMessage());
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path file = folder.resolve("points.csv");
    Files.writeString(file, "a,b\n1,2\n");
    assertEquals(
        ErrorKey.FILE_DAMAGED,
        assertThrows(FjordException.class, () -> WorkPointFiles.read(file)).key());
    assertEquals(
        ErrorKey.FILE_MISSING,
        assertThrows(FjordException.class, () -> WorkPointFiles.read(folder.resolve("none")))
            .key());
  }
}
