package org.fjordflow.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Columns that hold one value again and again. A density may be as large as it likes there, so that
 * a better fit says ever less about all other rows.
 */
final class RepeatedValues {

  /** A value of fewer rows is no sign of anything. */
  private static final int LEAST_ROWS = 8;

  /** One row in so many with the same value makes a column one that repeats. */
  private static final int ONE_ROW_IN = 4;

  private static final int NAMED = 5;

  private RepeatedValues() {}

  /**
   * Finds the columns of which a quarter or more has the same value.
   *
   * @param rows Not modified.
   * @return their numbers, from 0
   */
  static List<Integer> in(double[][] rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    return IntStream.range(0, columns).filter(j -> repeats(rows, j)).boxed().toList();
  }

  /**
   * Returns advice for rows that are to be trained on as they are.
   *
   * @param rows Not modified.
   * @param names of the columns, empty where there are none
   * @return nothing where no column repeats a value
   */
  static Optional<String> advice(double[][] rows, List<String> names) {
    List<Integer> found = in(rows);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    String named =
        found.stream()
            .limit(NAMED)
            .map(j -> names.isEmpty() ? String.valueOf(j + 1) : names.get(j))
            .collect(Collectors.joining(", "));
    int others = found.size() - NAMED;
    return Optional.of(
        "one value fills a quarter or more of column%s %s%s: densities have no bound there, consider"
                .formatted(
                    found.size() == 1 ? "" : "s",
                    named,
                    others > 0 ? " and " + others + " more" : "")
            + " --set data.noise=scott");
  }

  private static boolean repeats(double[][] rows, int column) {
    double[] values = Arrays.stream(rows).mapToDouble(row -> row[column]).sorted().toArray();
    int wanted = Math.max(LEAST_ROWS, (values.length + ONE_ROW_IN - 1) / ONE_ROW_IN);
    for (int i = 0; i + wanted <= values.length; i++) {
      if (values[i] == values[i + wanted - 1]) {
        return true;
      }
    }
    return false;
  }
}
