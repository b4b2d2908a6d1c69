package org.fjordflow.core.testing;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes wrong with files: every operation that changes something (a file made, a write, a
 * rename, a deletion) is counted, and one of them fails, or nothing happens from it on, as after a
 * SIGKILL, or the disk has no room any more.
 */
public final class Faults {

  /** The end of the process; nothing is caught and nothing is changed after it. */
  public static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed(String operation) {
      super("killed at: " + operation);
    }
  }

  private final int at;
  private final boolean isKill;
  private long room;
  private final List<String> operations = new ArrayList<>();

  private Faults(int at, boolean isKill, long room) {
    this.at = at;
    this.isKill = isKill;
    this.room = room;
  }

  /** Nothing goes wrong. */
  public static Faults none() {
    return new Faults(0, false, Long.MAX_VALUE);
  }

  /** One operation fails, from 1; those after it do not. */
  public static Faults failing(int operation) {
    return new Faults(operation, false, Long.MAX_VALUE);
  }

  /** The process ends in an operation, from 1: of a write half is done. */
  public static Faults killing(int operation) {
    return new Faults(operation, true, Long.MAX_VALUE);
  }

  /** The disk takes so many bytes and no more. */
  public static Faults full(long bytes) {
    return new Faults(0, false, bytes);
  }

  /**
   * Returns a path of a file system that all of this happens to.
   *
   * @param path in the default file system
   */
  public Path on(Path path) {
    return new FaultyFileSystem(this).path(path.toAbsolutePath());
  }

  /** Returns the operations so far, as text. */
  public List<String> operations() {
    return List.copyOf(operations);
  }

  /** Whether the operation to fail was reached. */
  public boolean isReached() {
    return at > 0 && operations.size() >= at;
  }

  /** Counts an operation that is all or nothing. */
  void change(String operation) throws IOException {
    if (count(operation)) {
      throw new FileSystemException(operation, null, "Input/output error");
    }
  }

  /**
   * Counts a write.
   *
   * @param bytes to be written
   * @return how many are written
   */
  int write(String operation, int bytes) throws IOException {
    boolean fails;
    try {
      fails = count(operation);
    } catch (Killed e) {
      if (operations.size() == at) {
        return bytes / 2; // and dies with the next one
      }
      throw e;
    }
    if (fails || bytes > room) {
      throw new IOException("No space left on device");
    }
    room -= bytes;
    return bytes;
  }

  /** Whether this is the one that fails. */
  private boolean count(String operation) {
    operations.add(operation);
    if (isKill && operations.size() >= at) {
      throw new Killed(operation);
    }
    return operations.size() == at;
  }
}
