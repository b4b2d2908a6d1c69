package org.fjordflow.core.data;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.ImageDensity;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cut, flipped and overwritten files: a table or a FjordException, nothing else, and soon. */
class DamagedFilesTest {
  private static final int CASES = 1500;

  @TempDir Path folder;

  private byte[] sound(String name) throws IOException {
    Path path = folder.resolve(name);
    double[][] rows = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9.5}};
    switch (name) {
      case "a.npy", "a.csv" -> Tables.write(path, Table.of(rows));
      case "a.safetensors" ->
          new SafetensorsFile(
                  Map.of("X", Tensor.float32(new double[] {1, 2, 3, 4}, 2, 2)),
                  Map.of("note", "some text"))
              .write(path);
      case "a.idx" -> Files.write(path, IdxFilesTest.idx(8, new byte[12], 3, 2, 2));
      case "a.idx.gz" -> {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
          out.write(IdxFilesTest.idx(8, new byte[12], 3, 2, 2));
        }
      }
      case "a.npz" -> {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(path))) {
          for (String array : new String[] {"X.npy", "y.npy"}) {
            out.putNextEntry(new ZipEntry(array));
            String header = NpyFilesTest.header("|u1", false, "(3, 4)");
            out.write(NpyFilesTest.npy(1, header, new byte[12]));
            out.closeEntry();
          }
        }
      }
      default -> writePicture(path, name.substring(name.indexOf('.') + 1));
    }
    return Files.readAllBytes(path);
  }

  private static void writePicture(Path path, String format) throws IOException {
    assertTrue(ImageIO.write(ImageDensityTest.gradient(16, 12), format, path.toFile()));
  }

  private static byte[] damage(byte[] bytes, SplittableRandom random) {
    byte[] result = bytes.clone();
    switch (random.nextInt(4)) {
      case 0 -> result = Arrays.copyOf(result, random.nextInt(result.length));
      case 1 -> result[random.nextInt(result.length)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        for (int i = 0; i < 4; i++) {
          result[random.nextInt(result.length)] = (byte) random.nextInt(256);
        }
      }
      default -> {
        int from = random.nextInt(result.length);
        byte value = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
        Arrays.fill(result, from, Math.min(result.length, from + 4), value);
      }
    }
    return result;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.csv",
        "a.npy",
        "a.npz",
        "a.idx",
        "a.idx.gz",
        "a.safetensors",
        "a.png",
        "a.jpg",
        "a.gif",
        "a.bmp"
      })
  void damageNeverEscapes(String name) throws IOException {
    long seed = 20240521;
    byte[] bytes = sound(name);
    SplittableRandom random = new SplittableRandom(seed);
    Path path = folder.resolve("damaged-" + name);
    boolean picture = !name.matches("a\\.(csv|np.|idx.*|safetensors)");
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      Files.write(path, damage(bytes, random));
      try {
        if (picture) {
          ImageDensity.read(path).sample(1, random);
        } else {
          Tables.read(path);
        }
      } catch (FjordException e) {
        refused++;
        assertTrue(String.valueOf(e.getMessage()).lines().count() == 1, e.getMessage());
      } catch (RuntimeException | Error e) {
        fail(name + ", seed " + seed + ", case " + i + ", kept in " + path, e);
      }
    }
    assertTrue(refused > CASES / 10, refused + " of " + CASES + " refused");
  }
}
