package org.fjordflow.core.data.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** NumPy's archives of named arrays, {@code .npz}, packed or not. */
public final class NpzFiles {
  private static final String ENDING = ".npy";

  private NpzFiles() {}

  @FunctionalInterface
  private interface Reading<T> {
    T from(ZipFile zip) throws IOException;
  }

  /**
   * Lists the arrays.
   *
   * @param path the file
   * @return their names, in the file's order
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if the file is not an archive
   */
  public static List<String> names(Path path) {
    return open(path, NpzFiles::names);
  }

  /**
   * Reads one array.
   *
   * @param path the file
   * @param name the array's name
   * @return the array, as {@link NpyFiles#read} gives it
   * @throws FjordException FILE_MISSING; INVALID_ARGUMENT, listing the names there are, if it holds
   *     no such array; FILE_DAMAGED; FILE_FORMAT as for npy files
   */
  public static Tensor read(Path path, String name) {
    return read(path, name, InputFiles.UNPACKED);
  }

  /** Reads one array; it may unpack to so many bytes. */
  public static Tensor read(Path path, String name, long unpacked) {
    return open(
        path,
        zip -> {
          ZipEntry entry = zip.getEntry(name + ENDING);
          if (entry == null) {
            throw new FjordException(
                ErrorKey.INVALID_ARGUMENT,
                path + " has no array '" + name + "', it has " + String.join(", ", names(zip)));
          }
          return NpyFiles.decode(content(zip, entry, path, unpacked), path + ":" + name);
        });
  }

  private static <T> T open(Path path, Reading<T> reading) {
    InputFiles.requireFile(path);
    try (ZipFile zip = new ZipFile(path.toFile())) {
      return reading.from(zip);
    } catch (IOException e) {
      throw InputFiles.damaged(path, InputFiles.reason(e), e);
    }
  }

  private static List<String> names(ZipFile zip) {
    List<String> names = new ArrayList<>();
    for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
      String name = entries.nextElement().getName();
      if (name.endsWith(ENDING)) {
        names.add(Numbers.printable(name.substring(0, name.length() - ENDING.length())));
      }
    }
    return names;
  }

  /** Unpacks an entry and checks its sum, which {@link ZipFile} does not. */
  private static byte[] content(ZipFile zip, ZipEntry entry, Path path, long unpacked)
      throws IOException {
    byte[] bytes;
    try (InputStream in = zip.getInputStream(entry)) {
      if (in == null) {
        throw new IOException("it has no content for " + Numbers.printable(entry.getName()));
      }
      InputFiles.requireUnpacked(path, Math.max(0, entry.getSize()), unpacked);
      InputStream bounded = new BoundedStream(in, Files.size(path), unpacked, path.toString());
      bytes = InputFiles.readBytes(bounded, path.toString());
    }
    CRC32 sum = new CRC32();
    sum.update(bytes);
    if (sum.getValue() != entry.getCrc()) {
      throw new IOException(
          "the check sum of " + Numbers.printable(entry.getName()) + " is wrong; copy it anew");
    }
    return bytes;
  }
}
