package org.fjordflow.cli;

import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is done with rows of which a model needs a cell that is missing. */
final class MissingRows {

  /** What is done. */
  private enum Way {
    KEEP("keep"),
    DROP_ROWS("drop-rows"),
    REFUSE("refuse");

    private final String id;

    Way(String id) {
      this.id = id;
    }

    private String id() {
      return id;
    }
  }

  @Option(
      names = "--missing",
      paramLabel = "WAY",
      description =
          "what is done with rows that lack a cell which the model needs: keep (default) writes NaN"
              + " for them and says where they are, drop-rows leaves them out, refuse ends with the"
              + " first one")
  private String missing = Way.KEEP.id();

  private Way way() {
    return Ids.find(Way.values(), Way::id, "--missing", missing);
  }

  /** Whether such rows are left out. */
  boolean drops() {
    return way() == Way.DROP_ROWS;
  }

  /**
   * Returns how files are read so that such rows do not end the reading.
   *
   * @param options with missing cells refused unless some are needed
   */
  ReadOptions reading(ReadOptions options) {
    return way() == Way.REFUSE
        ? options
        : options.withMissing(ReadOptions.Missing.KEEP).withInfinite(true);
  }

  /** Ends the work where a row has no result and none may lack one. */
  void require(String location, String place, String reason) {
    if (way() == Way.REFUSE) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "%s: %s: %s; without --missing refuse the other rows have their results"
              .formatted(location, place, reason));
    }
  }

  /**
   * Finds the rows that have every cell that a model needs.
   *
   * @param data the model's columns of data, or null where they are not needed. Not modified.
   * @param given its context
   */
  static int[] complete(FlowModel model, double @Nullable [][] data, Context given, int rows) {
    TableSpec table = model.config().table();
    List<ColumnSpec> columns = table == null ? List.of() : table.given();
    return IntStream.range(0, rows)
        .filter(
            i ->
                (data == null || !lacks(data[i], List.of()))
                    && (model.contextSize() == 0 || !lacks(given.row(i), columns)))
        .toArray();
  }

  private static boolean lacks(double[] row, List<ColumnSpec> columns) {
    for (int j = 0; j < row.length; j++) {
      if (Double.isNaN(row[j]) && (columns.isEmpty() || !columns.get(j).gaps())) {
        return true;
      }
    }
    return false;
  }
}
