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
    try (Unfinished file = begin(target)) {
      content.writeTo(file.stream());
      file.finish();
    } catch (IOException e) {
      throw unwritable(target, reason(e), e);
    }
  }

  /**
   * Begins to write a file, as {@link #write}; it is there once it is finished.
   *
   * @param target the file
   * @return what is to be written to, finished and closed
   * @throws FjordException FILE_UNWRITABLE, naming the path, if the file or its folder cannot be
   *     written
   */
  public static Unfinished begin(Path target) {
    try {
      Path absolute = target.toAbsolutePath();
      if (Files.isDirectory(absolute)) {
        throw unwritable(target, "it is a folder; give the name of a file", null);
      }
      if (Files.exists(absolute)) {
        absolute = absolute.toRealPath();
        if (!Files.isRegularFile(absolute)) {
          return new Unfinished(target, absolute, absolute);
        }
      }
      Path folder = absolute.getParent();
      Path name = absolute.getFileName();
      if (folder == null || name == null) {
        throw new FileSystemException(target.toString(), null, "not the name of a file");
      }
      Files.createDirectories(folder);
      return new Unfinished(target, createPart(folder, name.toString()), absolute);
    } catch (IOException e) {
      throw unwritable(target, reason(e), e);
    }
  }

  /** A file that is being written. Closed before it is finished, it leaves nothing behind. */
  public static final class Unfinished implements AutoCloseable {
    private final Path named;
    private final Path part;
    private final Path target;
    private final FileChannel channel;
    private final OutputStream out;

    private Unfinished(Path named, Path part, Path target) throws IOException {
      this.named = named;
      this.part = part;
      this.target = target;
      this.channel = FileChannel.open(part, StandardOpenOption.WRITE);
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
    }

    /** Returns a buffered stream into the file, closed with this. */
    public OutputStream stream() {
      return out;
    }

    /** Returns the channel below the stream, which has to be flushed before it is used. */
    FileChannel channel() {
      return channel;
    }

    /** Puts the file in its place. */
    public void finish() throws IOException {
      out.flush();
      if (Files.isRegularFile(part)) {
        channel.force(false); // a rename must not overtake the data on a machine that loses power
      }
      channel.close();
      if (!part.equals(target)) {
        move(part, target);
      }
    }

    /** Returns the exception for a file that cannot be written. */
    public FjordException failed(IOException e) {
      return unwritable(named, reason(e), e);
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (!part.equals(target)) {
        Files.deleteIfExists(part);
      }
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
