package org.fjordflow.core.data.internal;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Opens files for the readers, and turns what can go wrong there into one exception type. */
public final class InputFiles {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 16;

  /** Bytes that packed files may unpack to, unless another number is given. */
  public static final long UNPACKED = 64L << 20;

  private InputFiles() {}

  /** What is done with an open stream. */
  @FunctionalInterface
  public interface Reading<T> {
    T from(InputStream in) throws IOException;
  }

  /**
   * Reads a file, unpacked where its name ends in {@code .gz}.
   *
   * @param unpacked bytes that any packed file may unpack to
   * @throws FjordException FILE_MISSING, FILE_DAMAGED; UNSUPPORTED for a packed file that becomes
   *     too large
   */
  public static <T> T read(Path path, long unpacked, Reading<T> reading) {
    try (InputStream in = open(path, unpacked)) {
      return reading.from(in);
    } catch (IOException e) {
      throw damaged(path, reason(e), e);
    }
  }

  /**
   * Reads a file as it is, packed or not.
   *
   * @throws FjordException FILE_MISSING, FILE_DAMAGED
   */
  static <T> T readRaw(Path path, Reading<T> reading) {
    requireFile(path);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES)) {
      return reading.from(in);
    } catch (IOException e) {
      throw damaged(path, reason(e), e);
    }
  }

  /**
   * Opens a file, unpacked where its name ends in {@code .gz}.
   *
   * @param unpacked bytes that any packed file may unpack to; those that become more, and very much
   *     more than they are, are refused as they are read
   * @return a buffered stream; the caller closes it
   * @throws FjordException FILE_MISSING, FILE_DAMAGED
   */
  public static InputStream open(Path path, long unpacked) {
    requireFile(path);
    try {
      InputStream file = Files.newInputStream(path);
      try {
        return new BufferedInputStream(
            isGzip(path)
                ? new BoundedStream(
                    new GZIPInputStream(file, BUFFER_BYTES),
                    Files.size(path),
                    unpacked,
                    path.toString())
                : file,
            BUFFER_BYTES);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    } catch (IOException e) {
      throw damaged(path, reason(e), e);
    }
  }

  /**
   * Reads a whole file into memory, unpacked where its name ends in {@code .gz}. What is allocated
   * follows what is there, never what a header claims.
   *
   * @throws FjordException FILE_MISSING, FILE_DAMAGED; UNSUPPORTED above 2 GiB
   */
  static byte[] readBytes(Path path) {
    return readBytes(path, UNPACKED);
  }

  static byte[] readBytes(Path path, long unpacked) {
    return read(path, unpacked, in -> readBytes(in, path.toString()));
  }

  /** Reads all of a stream; see {@link #readBytes(Path)}. */
  static byte[] readBytes(InputStream in, String source) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES);
    if (bytes.length == MAX_BYTES && in.read() >= 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED, source + " is larger than 2 GiB; split it into smaller files");
    }
    return bytes;
  }

  /**
   * Checks the size that a packed file claims to unpack to.
   *
   * @throws FjordException UNSUPPORTED as {@link #read}
   */
  public static void requireUnpacked(Path path, long claimed, long unpacked) throws IOException {
    BoundedStream.require(claimed, Files.size(path), unpacked, path.toString());
  }

  static void requireFile(Path path) {
    if (Files.isDirectory(path)) {
      throw new FjordException(
          ErrorKey.FILE_MISSING, path + " is a folder; give the name of a file");
    }
    if (!Files.exists(path)) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such file: " + path);
    }
  }

  static FjordException damaged(Path path, String reason, Throwable cause) {
    return damaged(path.toString(), reason, cause);
  }

  /** Returns the exception for a source that cannot be read. */
  public static FjordException damaged(String source, String reason, Throwable cause) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, "cannot read " + source + ": " + reason, cause);
  }

  public static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof EOFException) {
      return "it ends too early; copy it anew";
    }
    if (e instanceof ZipException) {
      return "its packed data is damaged (" + e.getMessage() + "); copy it anew";
    }
    return String.valueOf(e.getMessage());
  }

  static boolean isGzip(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
  }
}
