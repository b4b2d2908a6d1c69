package org.fjordflow.core.data.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps other processes, and other threads, from writing into a folder. It is the system's lock of
 * a file that says who holds it, so it ends with its process, however that ends. Where a system has
 * no locks it keeps nobody out.
 */
public final class FolderLock {

  /** Far behind the text, since a lock keeps others from reading what it covers on some systems. */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private static final int ATTEMPTS = 100;

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a lock.
   *
   * @param file that stands for it, in the folder; removed with the lock
   * @param done what is done with the folder, such as {@code written}, for messages
   * @throws FjordException CONCURRENT_USE, naming the process, if another one holds it;
   *     FILE_UNWRITABLE if the file cannot be made
   */
  public static FolderLock of(Path file, String done) {
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        FileChannel channel =
            FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FolderLock lock = null;
        try {
          lock = locked(file, done, channel);
        } finally {
          if (lock == null) {
            channel.close();
          }
        }
        if (lock != null) {
          return lock;
        }
      }
      throw new IOException("it is taken and left again all the time");
    } catch (IOException e) {
      throw AtomicFiles.unwritable(file, AtomicFiles.reason(e), e);
    }
  }

  /** Returns null where the last holder has removed the file in between. */
  private static @Nullable FolderLock locked(Path file, String done, FileChannel channel)
      throws IOException {
    FileLock held;
    try {
      held = channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (OverlappingFileLockException e) {
      throw taken(file, done, channel);
    } catch (IOException e) {
      return new FolderLock(file, channel); // a file system without locks
    }
    if (held == null) {
      throw taken(file, done, channel);
    }
    String holder = "process " + ProcessHandle.current().pid() + ", " + System.nanoTime();
    try {
      channel.truncate(0);
      int unused = channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
    } catch (IOException e) {
      AtomicFiles.deleteQuietly(file);
      throw e;
    }
    boolean isNamed = Files.exists(file) && Files.readString(file).equals(holder);
    return isNamed ? new FolderLock(file, channel) : null;
  }

  private static FjordException taken(Path file, String done, FileChannel channel)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(100);
    int unused = channel.read(bytes, 0);
    String holder = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    int end = holder.indexOf(',');
    return new FjordException(
        ErrorKey.CONCURRENT_USE,
        "%s is being %s by %s; wait for it, or give another folder"
            .formatted(
                file.toAbsolutePath().getParent(),
                done,
                end < 0 ? "another process" : holder.substring(0, end)));
  }

  /**
   * Does something, and lets others in then.
   *
   * @param work what to do
   */
  public <T> T during(Supplier<T> work) {
    try {
      return work.get();
    } finally {
      close();
    }
  }

  /** Lets others in. Nothing happens the second time: the file may be another's by then. */
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      AtomicFiles.deleteQuietly(file); // while it is held, so that nobody locks what is gone
    } finally {
      try {
        channel.close();
      } catch (IOException e) {
        // Closed it is.
      }
    }
  }
}
