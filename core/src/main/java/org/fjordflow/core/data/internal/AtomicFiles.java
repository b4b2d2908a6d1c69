package org.fjordflow.core.data.internal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Writes files whole or not at all: the content goes to a hidden file beside the target, which is
 * renamed onto the target once it is complete. A reader therefore never sees half a file, and a
 * failure leaves what was there before.
 */
public final class AtomicFiles {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MAX_ATTEMPTS = 1000;

  private AtomicFiles() {}

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes the whole content.
     *
     * @param out a buffered stream, closed by the caller
     * @throws IOException if the stream cannot be written
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file, replacing one of that name. Missing parent folders are created. A symbolic link
   * is followed; a target that is neither a file nor a folder (a pipe, a device) is written to
   * directly.
   *
   * @param target the file
   * @param content what to write; an exception it throws is passed on after the unfinished file is
   *     removed
   * @throws FjordException FILE_UNWRITABLE, naming the path, if the file or its folder cannot be
   *     written
   */
  public static void write(Path target, Content content) {
    try {
      Path absolute = target.toAbsolutePath();
      if (Files.isDirectory(absolute)) {
        throw unwritable(target, "it is a folder; give the name of a file", null);
      }
      if (Files.exists(absolute)) {
        absolute = absolute.toRealPath();
        if (!Files.isRegularFile(absolute)) {
          writeInto(absolute, content, StandardOpenOption.WRITE);
          return;
        }
      }
      writeBeside(absolute, content);
    } catch (IOException e) {
      throw unwritable(target, reason(e), e);
    }
  }

  /**
   * Writes text as UTF-8.
   *
   * @param target the file
   * @param text its content
   * @throws FjordException FILE_UNWRITABLE as for {@link #write}
   */
  public static void writeText(Path target, String text) {
    writeBytes(target, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes bytes.
   *
   * @param target the file
   * @param bytes its content. Not modified
   * @throws FjordException FILE_UNWRITABLE as for {@link #write}
   */
  public static void writeBytes(Path target, byte[] bytes) {
    write(target, out -> out.write(bytes));
  }

  /**
   * Creates a folder and its parents where they are missing.
   *
   * @param folder the folder
   * @return the same folder
   * @throws FjordException FILE_UNWRITABLE, naming the path, if that is impossible
   */
  public static Path createFolder(Path folder) {
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw unwritable(folder, reason(e), e);
    }
  }

  private static void writeBeside(Path target, Content content) throws IOException {
    Path folder = target.getParent();
    Path name = target.getFileName();
    if (folder == null || name == null) {
      throw new FileSystemException(target.toString(), null, "not the name of a file");
    }
    Files.createDirectories(folder);
    Path part = createPart(folder, name.toString());
    try {
      writeInto(part, content, StandardOpenOption.WRITE);
      move(part, target);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /**
   * Creates an empty file with the folder's usual permissions (a temporary file's are narrower).
   */
  private static Path createPart(Path folder, String name) throws IOException {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        return Files.createFile(folder.resolve("." + name + "." + attempt + ".part"));
      } catch (FileAlreadyExistsException taken) {
        // Another writer's, or left by a process that was killed: try the next number.
      }
    }
    throw new FileSystemException(
        folder.toString(), null, "it holds too many unfinished files (." + name + ".*.part)");
  }

  private static void writeInto(Path file, Content content, StandardOpenOption option)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, option);
        OutputStream out =
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES)) {
      content.writeTo(out);
      out.flush();
      if (Files.isRegularFile(file)) {
        channel.force(false); // a rename must not overtake the data on a machine that loses power
      }
    }
  }

  private static void move(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static FjordException unwritable(Path path, String reason, @Nullable Throwable cause) {
    return new FjordException(
        ErrorKey.FILE_UNWRITABLE, "cannot write " + path + ": " + reason, cause);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileAlreadyExistsException || e instanceof NotDirectoryException) {
      return "a part of the path is a file, not a folder";
    }
    if (e instanceof NoSuchFileException) {
      return "its folder does not exist";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return f.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
