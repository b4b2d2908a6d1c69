package org.fjordflow.core.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.InputFiles;
import org.fjordflow.core.data.internal.NpyRows;
import org.jspecify.annotations.Nullable;

/** The rows of an npy file, or of a table that is there already, table by table. */
final class ArrayRows {
  private ArrayRows() {}

  /** Parts of a table. */
  static Tables.Rows of(Table table, int most) {
    return new Tables.Rows() {
      private int next;

      @Override
      public List<String> names() {
        return table.names();
      }

      @Override
      public int columns() {
        return table.columns();
      }

      @Override
      public @Nullable Table next() {
        if (next == table.rowCount()) {
          return null;
        }
        int from = next;
        next = (int) Math.min(table.rowCount(), (long) from + most);
        return table.selectRows(IntStream.range(from, next).toArray());
      }

      @Override
      public void close() {}
    };
  }

  /** Rows of an npy file; null where it has to be read as a whole. */
  static Tables.@Nullable Rows open(Path path, Tables.ReadOptions options, int most) {
    try {
      NpyRows rows = NpyRows.open(path);
      return rows == null ? null : new Npy(path.toString(), rows, options, most);
    } catch (IOException e) {
      throw InputFiles.damaged(path.toString(), InputFiles.reason(e), e);
    }
  }

  private static final class Npy implements Tables.Rows {
    private final String source;
    private final NpyRows rows;
    private final Tables.ReadOptions options;
    private final int most;
    private boolean any;

    private Npy(String source, NpyRows rows, Tables.ReadOptions options, int most) {
      this.source = source;
      this.rows = rows;
      this.options = options;
      this.most = most;
    }

    @Override
    public List<String> names() {
      return List.of();
    }

    @Override
    public int columns() {
      return rows.columns();
    }

    @Override
    public @Nullable Table next() {
      try {
        double[][] next = rows.next(most);
        if (next.length == 0) {
          if (!any) {
            throw new FjordException(ErrorKey.SHAPE_MISMATCH, source + " holds no rows of numbers");
          }
          return null;
        }
        any = true;
        return Tables.checked(Table.of(next), source, options);
      } catch (IOException e) {
        throw InputFiles.damaged(source, InputFiles.reason(e), e);
      }
    }

    @Override
    public void close() {
      try {
        rows.close();
      } catch (IOException e) {
        throw InputFiles.damaged(source, InputFiles.reason(e), e);
      }
    }
  }
}
