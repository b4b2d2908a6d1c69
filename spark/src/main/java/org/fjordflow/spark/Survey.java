package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * What the columns to train on hold: one pass over all rows, before any is trained on.
 *
 * @param rows how many there are
 * @param wrong how many cells of each column are null, NaN, infinite, or of another size than the
 *     first row's
 */
record Survey(long rows, Map<String, Long> wrong) {

  private static final class Count implements Serializable {
    @Serial private static final long serialVersionUID = 1;
    private long rows;
    private final long[] wrong;
    private final int[] sizes;

    Count(int columns) {
      wrong = new long[columns];
      sizes = new int[columns];
    }

    Count plus(Row row) {
      rows++;
      for (int j = 0; j < wrong.length; j++) {
        Object cell = row.isNullAt(j) ? null : row.get(j);
        if (!isSound(cell)) {
          wrong[j]++;
        } else if (cell instanceof Vector vector) {
          sizes[j] = sizes[j] == 0 ? vector.size() : sizes[j];
          wrong[j] += vector.size() == sizes[j] ? 0 : 1;
        }
      }
      return this;
    }

    Count plus(Count other) {
      rows += other.rows;
      for (int j = 0; j < wrong.length; j++) {
        wrong[j] += other.wrong[j];
        if (sizes[j] != 0 && other.sizes[j] != 0 && sizes[j] != other.sizes[j]) {
          wrong[j] += other.rows;
        }
        sizes[j] = sizes[j] == 0 ? other.sizes[j] : sizes[j];
      }
      return this;
    }
  }

  private static boolean isSound(@Nullable Object cell) {
    if (cell instanceof Vector vector) {
      for (double value : vector.toArray()) {
        if (!Double.isFinite(value)) {
          return false;
        }
      }
      return true;
    }
    return cell instanceof Number number
        ? Double.isFinite(number.doubleValue())
        : cell != null && !cell.toString().isBlank();
  }

  static Survey of(Dataset<Row> rows) {
    String[] names = rows.columns();
    Count count = rows.toJavaRDD().aggregate(new Count(names.length), Count::plus, Count::plus);
    Map<String, Long> wrong = new LinkedHashMap<>();
    for (int j = 0; j < names.length; j++) {
      wrong.put(names[j], count.wrong[j]);
    }
    return new Survey(count.rows, wrong);
  }

  /**
   * Refuses rows that cannot be trained on.
   *
   * @throws FjordException NON_FINITE, naming columns and counts; INVALID_ARGUMENT for no row
   */
  void requireSound() {
    String told =
        wrong.entrySet().stream()
            .filter(column -> column.getValue() > 0)
            .map(column -> "'%s' in %d".formatted(column.getKey(), column.getValue()))
            .collect(Collectors.joining(", "));
    if (!told.isEmpty()) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "of %d rows these columns are null, not finite or of another size: %s; leave such rows out by dropna, or fill them"
              .formatted(rows, told));
    }
    if (rows == 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "there are no rows to train on");
    }
  }
}
