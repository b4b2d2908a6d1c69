package org.fjordflow.core.data;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.NpyWriter;
import org.jspecify.annotations.Nullable;

/** Writes tables one behind the other into one file or stream. */
final class TableWriter implements Tables.Writer {
  private static final int BUFFER_CHARS = 1 << 16;

  private final AtomicFiles.@Nullable Unfinished file;
  private final java.io.@Nullable Writer text;
  private final String target;
  private final @Nullable GZIPOutputStream packed;
  private @Nullable NpyWriter array;
  private int columns = -1;

  private TableWriter(
      String target,
      AtomicFiles.@Nullable Unfinished file,
      @Nullable OutputStream text,
      @Nullable GZIPOutputStream packed) {
    this.target = target;
    this.file = file;
    this.text =
        text == null
            ? null
            : new BufferedWriter(
                new OutputStreamWriter(text, StandardCharsets.UTF_8), BUFFER_CHARS);
    this.packed = packed;
  }

  /** Writes csv into a stream, which is flushed, not closed. */
  static TableWriter text(OutputStream out, String target) {
    return new TableWriter(target, null, out, null);
  }

  /** Writes csv into a file. */
  static TableWriter text(Path path, boolean gzip) {
    AtomicFiles.Unfinished file = AtomicFiles.begin(path);
    try {
      GZIPOutputStream packed = gzip ? new GZIPOutputStream(file.stream(), BUFFER_CHARS) : null;
      return new TableWriter(
          path.toString(), file, packed == null ? file.stream() : packed, packed);
    } catch (IOException e) {
      throw file.failed(e);
    }
  }

  /** Writes an npy file. */
  static TableWriter array(Path path) {
    return new TableWriter(path.toString(), AtomicFiles.begin(path), null, null);
  }

  @Override
  public void append(Table table) {
    if (columns >= 0 && table.columns() != columns) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%d columns behind rows of %d in %s".formatted(table.columns(), columns, target));
    }
    boolean first = columns < 0;
    columns = table.columns();
    try {
      if (text != null) {
        CsvFiles.write(text, table, first);
      } else {
        appendNumbers(Tables.numbers(target, table));
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void appendNumbers(Table table) throws IOException {
    NpyWriter writer = array;
    if (writer == null && file != null) {
      writer = new NpyWriter(file, columns);
      array = writer;
    }
    if (writer != null) {
      writer.append(table.rows());
    }
  }

  @Override
  public void finish() {
    try {
      if (text != null) {
        text.flush();
      }
      if (packed != null) {
        packed.finish();
      }
      if (array != null) {
        array.finish();
      }
      if (file != null) {
        file.finish();
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private FjordException failed(IOException e) {
    return file == null
        ? new FjordException(
            ErrorKey.FILE_UNWRITABLE, "cannot write " + target + ": " + e.getMessage(), e)
        : file.failed(e);
  }
}
