package org.fjordflow.core.data.internal;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
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
  private static final String PART = ".part";

  /** Far behind any content, since a lock keeps other processes from reading on some systems. */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

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
    Unfinished file = begin(target);
    try (file) {
      content.writeTo(file.stream());
      file.finish();
    } catch (IOException e) {
      throw file.failed(e);
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
          FileChannel device = FileChannel.open(absolute, StandardOpenOption.WRITE);
          return new Unfinished(target, absolute, absolute, device);
        }
      }
      Path folder = absolute.getParent();
      Path name = absolute.getFileName();
      if (folder == null || name == null) {
        throw new FileSystemException(target.toString(), null, "not the name of a file");
      }
      Files.createDirectories(folder);
      return createPart(target, folder, name.toString(), absolute);
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
    private boolean isPlaced;

    private Unfinished(Path named, Path part, Path target, FileChannel channel) {
      this.named = named;
      this.part = part;
      this.target = target;
      this.channel = channel;
      this.isPlaced = part.equals(target);
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
      if (!isPlaced) {
        channel.force(false); // a rename must not overtake the data on a machine that loses power
        moveOnto(part, target); // still open, so that nobody takes it for one left behind
        isPlaced = true;
      }
      channel.close();
    }

    /** Returns the exception for a file that cannot be written, which says what stays. */
    public FjordException failed(IOException e) {
      boolean kept = !isPlaced && Files.exists(target);
      return unwritable(named, reason(e) + (kept ? "; the earlier one is as it was" : ""), e);
    }

    @Override
    public void close() throws IOException {
      channel.close();
      if (!isPlaced) {
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
   * Renames a file, onto another one if there is one.
   *
   * @param from the file
   * @param to its new name, in the same folder
   * @throws FjordException FILE_UNWRITABLE, naming the new name, if that is impossible
   */
  public static void move(Path from, Path to) {
    try {
      moveOnto(from, to);
    } catch (IOException e) {
      throw unwritable(to, reason(e), e);
    }
  }

  /** Deletes a file if it is there and can be: what comes after does not depend on it. */
  public static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It stays.
    }
  }

  /**
   * Waits until the names of a folder's files are on the disk, where the system can say so: what is
   * renamed after that does not overtake them on a machine that loses power.
   */
  public static void forceNames(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows opens no folders; it keeps the order of renames in its journal.
    }
  }

  /**
   * Removes the unfinished files of processes that were killed.
   *
   * @param folder where they may lie; files that are being written stay
   */
  public static void removeUnfinished(Path folder) {
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, ".*" + PART)) {
      for (Path part : parts) {
        boolean unused = removeIfLeft(part);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // They are in nobody's way.
    }
  }

  /**
   * Creates an empty file with the permissions of the one it is to replace, or the folder's usual
   * ones (a temporary file's are narrower), and locks it as long as it is written.
   */
  private static Unfinished createPart(Path named, Path folder, String name, Path target)
      throws IOException {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Path part = folder.resolve("." + name + "." + attempt + PART);
      boolean unused = removeIfLeft(part);
      FileChannel channel;
      try {
        channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException taken) {
        continue; // another writer's
      }
      try {
        if (lock(channel) && Files.exists(part)) {
          keepPermissions(target, part);
          removeFollowing(folder, name, attempt);
          return new Unfinished(named, part, target, channel);
        }
      } catch (IOException e) {
        channel.close();
        Files.deleteIfExists(part);
        throw e;
      }
      channel.close(); // somebody just took it for one left behind
    }
    throw new FileSystemException(
        folder.toString(),
        null,
        "it holds too many unfinished files (." + name + ".*" + PART + ")");
  }

  /** Whether nobody else holds the file; where the system has no locks, nobody is known to. */
  private static boolean lock(FileChannel channel) {
    try {
      return channel.tryLock(LOCKED_BYTE, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static void removeFollowing(Path folder, String name, int attempt) {
    int next = attempt + 1;
    while (removeIfLeft(folder.resolve("." + name + "." + next + PART))) {
      next++;
    }
  }

  /** Removes an unfinished file that nobody writes: its process was killed. */
  private static boolean removeIfLeft(Path part) {
    if (!Files.exists(part)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      return channel.tryLock(LOCKED_BYTE, 1, false) != null && Files.deleteIfExists(part);
    } catch (IOException | OverlappingFileLockException e) {
      return false;
    }
  }

  private static void keepPermissions(Path from, Path to) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (view != null && Files.exists(from)) {
      PosixFileAttributes kept = Files.readAttributes(from, PosixFileAttributes.class);
      keepGroup(kept, view);
      view.setPermissions(kept.permissions());
    }
  }

  private static void keepGroup(PosixFileAttributes kept, PosixFileAttributeView view) {
    try {
      if (!view.readAttributes().group().equals(kept.group())) {
        view.setGroup(kept.group());
      }
    } catch (IOException e) {
      // This user is not of that group: the file has the user's own, as every new one.
    }
  }

  private static void moveOnto(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  static FjordException unwritable(Path path, String reason, @Nullable Throwable cause) {
    return new FjordException(
        ErrorKey.FILE_UNWRITABLE, "cannot write " + path + ": " + reason, cause);
  }

  static String reason(IOException e) {
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
