package org.fjordflow.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;

/** Writes pictures as PNG files. */
public final class PictureWriter {
  private PictureWriter() {}

  /**
   * Writes a picture whole or not at all: it is encoded in memory, written beside the file and
   * renamed.
   *
   * @param file where to; replaced if it exists
   * @param picture the picture; not modified
   * @throws FjordException {@code FILE_UNWRITABLE} if the file cannot be written
   */
  public static void write(Path file, BufferedImage picture) {
    try {
      AtomicFiles.writeBytes(file, encoded(picture));
    } catch (IOException e) {
      throw new FjordException(
          ErrorKey.FILE_UNWRITABLE, "the picture " + file + " cannot be written: " + e, e);
    }
  }

  /**
   * Returns a picture as the bytes of a PNG file.
   *
   * @param picture the picture; not modified
   * @throws FjordException {@code UNSUPPORTED} for a picture that PNG cannot hold
   */
  public static byte[] png(BufferedImage picture) {
    try {
      return encoded(picture);
    } catch (IOException e) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "a picture is no PNG: " + e, e);
    }
  }

  /** Encodes without the cache file that ImageIO would otherwise leave to the temporary folder. */
  private static byte[] encoded(BufferedImage picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(picture, "png", out)) {
        throw new IOException("this JDK has no PNG encoder for the picture");
      }
    }
    return bytes.toByteArray();
  }
}
