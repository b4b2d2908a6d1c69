package org.fjordflow.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process, where the system tells it (Linux does). */
public final class ResidentMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final int BYTES_PER_KIBIBYTE = 1024;

  private ResidentMemory() {}

  /** Returns what there is now in bytes, or -1 where the system does not say. */
  public static long now() throws IOException {
    return read("VmRSS:");
  }

  /** Returns the most there was since the start or the last reset in bytes, or -1. */
  public static long peak() throws IOException {
    return read("VmHWM:");
  }

  /**
   * Begins a new search for the peak.
   *
   * @return whether the system permitted it
   */
  public static boolean resetPeak() {
    try {
      Files.write(CLEAR, "5".getBytes(StandardCharsets.US_ASCII));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static long read(String field) throws IOException {
    if (!Files.isReadable(STATUS)) {
      return -1;
    }
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith(field)) {
        return BYTES_PER_KIBIBYTE * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    return -1;
  }
}
