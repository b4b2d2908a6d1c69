package org.fjordflow.model.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.fjordflow.core.data.ImageShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures of cameras that were not held upright. */
class OrientationTest {

  private static final int SIGNATURE_BYTES = 8;
  private static final int HEADER_BYTES = 25;

  @TempDir private Path folder;

  /** Three columns and two lines: 1 2 3, 4 5 6. */
  private static BufferedImage stored() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 6; i++) {
      image.getRaster().setSample(i % 3, i / 3, 0, i + 1);
    }
    return image;
  }

  /** A TIFF header and one directory with one entry, as cameras write it: tag 274, a short. */
  private static byte[] exif(int orientation) {
    return ByteBuffer.allocate(26)
        .put("MM".getBytes(StandardCharsets.US_ASCII))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 274)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .putShort((short) 0)
        .putInt(0)
        .array();
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, format, bytes);
    return bytes.toByteArray();
  }

  private static byte[] inserted(byte[] file, int at, byte[] part) {
    return ByteBuffer.allocate(file.length + part.length)
        .put(file, 0, at)
        .put(part)
        .put(file, at, file.length - at)
        .array();
  }

  private Path png(byte[] exif) throws IOException {
    byte[] name = "eXIf".getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(exif);
    byte[] chunk =
        ByteBuffer.allocate(exif.length + 12)
            .putInt(exif.length)
            .put(name)
            .put(exif)
            .putInt((int) sum.getValue())
            .array();
    byte[] file = encoded(stored(), "png");
    return Files.write(
        folder.resolve("a.png"), inserted(file, SIGNATURE_BYTES + HEADER_BYTES, chunk));
  }

  private Path jpeg(BufferedImage image, byte[] exif) throws IOException {
    byte[] segment =
        ByteBuffer.allocate(exif.length + 10)
            .putShort((short) 0xFFE1)
            .putShort((short) (exif.length + 8))
            .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
            .put(exif)
            .array();
    return Files.write(folder.resolve("a.jpg"), inserted(encoded(image, "jpg"), 2, segment));
  }

  private static double[] values(String digits) {
    return digits.chars().mapToDouble(digit -> digit - '0').toArray();
  }

  /** Where Exif puts the first line and column: top left, top right, bottom right and so on. */
  @ParameterizedTest
  @CsvSource({
    "1, 2, 3, 123456", "2, 2, 3, 321654", "3, 2, 3, 654321", "4, 2, 3, 456123",
    "5, 3, 2, 142536", "6, 3, 2, 415263", "7, 3, 2, 635241", "8, 3, 2, 362514"
  })
  void allEightAreShownAsViewersDo(int orientation, int height, int width, String shown)
      throws IOException {
    PictureFile picture = PictureFile.read(png(exif(orientation)), 0);
    assertEquals(new ImageShape(height, width, 1), picture.shape());
    assertArrayEquals(values(shown), picture.values());
  }

  @Test
  void jpegsOfColourAreTurnedToo() throws IOException {
    BufferedImage image = new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 128; i++) {
      image.setRGB(i % 16, i / 16, i % 16 < 8 ? 0xFF0000 : 0x0000FF);
    }
    PictureFile picture = PictureFile.read(jpeg(image, exif(6)), 0);
    assertEquals(new ImageShape(16, 8, 3), picture.shape());
    for (int line : new int[] {1, 6, 9, 14}) {
      double red = picture.values()[3 * 8 * line];
      assertEquals(line < 8 ? 255 : 0, red, 3, "line " + line);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 9, 255})
  void valuesThatAreNoneOfTheEightAreShownAsStored(int orientation) throws IOException {
    assertArrayEquals(values("123456"), PictureFile.read(png(exif(orientation)), 0).values());
  }

  @Test
  void aNoteThatIsNotLegibleIsPassedOver() throws IOException {
    byte[] cut = Arrays.copyOf(exif(6), 13);
    assertArrayEquals(values("123456"), PictureFile.read(png(cut), 0).values());
    assertEquals(
        new ImageShape(2, 3, 1), PictureFile.read(jpeg(stored(), new byte[] {1, 2, 3}), 0).shape());
  }
}
