package org.fjordflow.core.data.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes an npy file of rows that come in parts: how many there were is written last. */
public final class NpyWriter {
  private final AtomicFiles.Unfinished file;
  private final int columns;
  private long rows;

  /**
   * Begins an array of float64.
   *
   * @param file where it is written to
   * @param columns length of its rows
   */
  public NpyWriter(AtomicFiles.Unfinished file, int columns) throws IOException {
    this.file = file;
    this.columns = columns;
    file.stream().write(NpyFiles.head(0, columns));
  }

  /** Writes rows. */
  public void append(double[][] more) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 * columns).order(ByteOrder.LITTLE_ENDIAN);
    for (double[] row : more) {
      bytes.clear();
      for (double value : row) {
        bytes.putDouble(value);
      }
      file.stream().write(bytes.array());
    }
    rows += more.length;
  }

  /** Writes how many rows there were. */
  public void finish() throws IOException {
    file.stream().flush();
    file.channel().write(ByteBuffer.wrap(NpyFiles.head(rows, columns)), 0);
  }
}
