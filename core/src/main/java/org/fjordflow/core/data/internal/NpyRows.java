package org.fjordflow.core.data.internal;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The rows of an npy file in C order, part by part. */
public final class NpyRows implements AutoCloseable {
  private static final int MAX_COLUMNS = 1 << 24;

  private final DataInputStream in;
  private final TensorType type;
  private final ByteOrder order;
  private final int columns;
  private long left;

  private NpyRows(DataInputStream in, TensorType type, ByteOrder order, long rows, int columns) {
    this.in = in;
    this.type = type;
    this.order = order;
    this.left = rows;
    this.columns = columns;
  }

  /**
   * Opens a file.
   *
   * @return its rows, or null where they are not one after the other, so that all have to be read
   * @throws org.fjordflow.base.FjordException as {@link NpyFiles#read}
   */
  public static @Nullable NpyRows open(Path path) throws IOException {
    InputStream file = InputFiles.open(path, InputFiles.UNPACKED);
    try {
      DataInputStream in = new DataInputStream(file);
      NpyFiles.Head head = NpyFiles.head(in, path.toString());
      int[] shape = head.shape();
      if (head.fortran() || shape.length == 0) {
        file.close();
        return null;
      }
      long columns = 1;
      for (int axis = 1; axis < shape.length && columns <= MAX_COLUMNS; axis++) {
        columns *= shape[axis];
      }
      if (columns < 1 || columns > MAX_COLUMNS || shape[0] < 0) {
        file.close();
        return null;
      }
      long bytes = columns * shape[0] * head.type().bytes();
      if (Files.isRegularFile(path) && bytes > Files.size(path)) {
        throw NpyFiles.misfit(path.toString(), shape, Files.size(path));
      }
      return new NpyRows(in, head.type(), head.order(), shape[0], (int) columns);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Returns the length of a row. */
  public int columns() {
    return columns;
  }

  /** Returns at most so many rows; none at the end. */
  public double[][] next(int most) throws IOException {
    int count = (int) Math.min(most, left);
    left -= count;
    double[][] rows = new double[count][];
    byte[] bytes = new byte[columns * type.bytes()];
    for (int i = 0; i < count; i++) {
      in.readFully(bytes);
      rows[i] = type.decode(ByteBuffer.wrap(bytes).order(order), columns);
    }
    return rows;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
