package org.fjordflow.report;

import static org.fjordflow.report.AxesTest.assertKey;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureWriterTest {
  @TempDir private Path folder;

  private static BufferedImage picture() {
    BufferedImage picture = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(7, 9, 0x123456);
    return picture;
  }

  @Test
  void aWrittenPictureIsReadBackAndReplacesAnOlderFile() throws IOException {
    Path file = folder.resolve("a.png");
    Files.writeString(file, "old");
    PictureWriter.write(file, picture());
    BufferedImage read = ImageIO.read(file.toFile());
    assertEquals(30, read.getWidth());
    assertEquals(20, read.getHeight());
    assertEquals(0x123456, read.getRGB(7, 9) & 0xffffff);
    assertEquals(List.of("a.png"), names());
  }

  @Test
  void aFailureLeavesNothingHalfWritten() throws IOException {
    Path taken = folder.resolve("taken.png");
    Files.createDirectories(taken);
    Files.writeString(taken.resolve("inside"), "kept");
    assertKey(ErrorKey.FILE_UNWRITABLE, () -> PictureWriter.write(taken, picture()));
    Path empty = folder.resolve("empty.png");
    Files.createDirectories(empty);
    assertKey(ErrorKey.FILE_UNWRITABLE, () -> PictureWriter.write(empty, picture()));
    Path file = folder.resolve("file");
    Files.writeString(file, "kept");
    assertKey(
        ErrorKey.FILE_UNWRITABLE, () -> PictureWriter.write(file.resolve("a.png"), picture()));
    assertEquals(List.of("empty.png", "file", "taken.png"), names());
    assertEquals("kept", Files.readString(taken.resolve("inside")));
    assertTrue(Files.isDirectory(empty));
    assertEquals("kept", Files.readString(file));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
