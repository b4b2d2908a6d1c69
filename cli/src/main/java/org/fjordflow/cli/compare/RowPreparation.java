package org.fjordflow.cli.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.Table;

/**
 * What is done with the rows of a file before they are dealt out.
 *
 * @param columns which are taken, such as {@code 1-64,70}, counted from 1; empty for all
 * @param earth whether the two columns are latitude and longitude in degrees, to be projected by
 *     Lambert's cylindrical equal-area projection: (longitude in radians, sine of latitude). Equal
 *     areas of the sphere stay equal, so densities are those on the unit sphere, in nats per
 *     steradian. The sphere is cut open at longitude 180.
 * @param dequantize whether uniform noise on [0, 1) is added to the columns that hold whole numbers
 *     of at least 0 alone: the density is then that of the counts' cells (Uria et al. 2013)
 */
public record RowPreparation(String columns, boolean earth, boolean dequantize) {

  private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

  private static final double MOST_LEVELS = 1e9;

  /**
   * Prepares rows.
   *
   * @param table Not modified.
   * @param random source of the noise
   * @return a table with copies of the rows, or the same one where nothing is to do
   * @throws FjordException INVALID_ARGUMENT for columns that are not there, or rows that are not
   *     what they are said to be
   */
  public Table apply(Table table, RandomGenerator random) {
    Table chosen = columns.isEmpty() ? table : table.selectColumns(indices(table.columns()));
    Table placed = earth ? projected(chosen) : chosen;
    return dequantize ? dequantized(placed, random) : placed;
  }

  private int[] indices(int available) {
    List<Integer> indices = new ArrayList<>();
    for (String part : columns.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      require(range.matches(), "expected numbers and ranges from 1, such as 1-64,70");
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      require(first >= 1 && first <= last, "expected numbers and ranges from 1, such as 1-64,70");
      require(last <= available, "the rows have columns 1 to " + available);
      for (int i = first; i <= last; i++) {
        indices.add(i - 1);
      }
    }
    return indices.stream().mapToInt(Integer::intValue).toArray();
  }

  private void require(boolean holds, String expected) {
    if (!holds) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "--columns " + columns + "; " + expected);
    }
  }

  private static Table projected(Table table) {
    if (table.columns() != 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--earth takes latitude and longitude; these rows have %d columns, choose two with --columns"
              .formatted(table.columns()));
    }
    double[][] rows = new double[table.rowCount()][];
    for (int i = 0; i < rows.length; i++) {
      double latitude = table.rows()[i][0];
      double longitude = table.rows()[i][1];
      if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "row %d is (%s, %s); expected latitude and longitude in degrees"
                .formatted(i + 1, latitude, longitude));
      }
      rows[i] = new double[] {Math.toRadians(longitude), Math.sin(Math.toRadians(latitude))};
    }
    return Table.of(List.of("longitude", "sine of latitude"), rows);
  }

  /** Noise on the columns of whole numbers alone. */
  private static Table dequantized(Table table, RandomGenerator random) {
    boolean[] whole = new boolean[table.columns()];
    double largest = 1;
    boolean any = false;
    for (int j = 0; j < whole.length; j++) {
      double[] column = table.column(j);
      whole[j] = Arrays.stream(column).allMatch(x -> x >= 0 && x == Math.rint(x));
      any |= whole[j];
      largest = whole[j] ? Math.max(largest, Arrays.stream(column).max().orElse(1)) : largest;
    }
    if (!any) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--dequantize puts noise on columns of whole numbers of at least 0; none of %s is one"
              .formatted(table.namesOrDefault()));
    }
    int levels = (int) Math.min(largest, MOST_LEVELS) + 1;
    Dequantization cells = new Dequantization(levels, new Dequantization.Linear(0, levels));
    double[][] counts = new double[table.rowCount()][];
    for (int i = 0; i < counts.length; i++) {
      double[] row = table.rows()[i].clone();
      for (int j = 0; j < row.length; j++) {
        row[j] = whole[j] ? row[j] : 0;
      }
      counts[i] = row;
    }
    double[][] rows = cells.apply(counts, random);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < whole.length; j++) {
        rows[i][j] = whole[j] ? rows[i][j] : table.rows()[i][j];
      }
    }
    return table.names().isEmpty() ? Table.of(rows) : Table.of(table.names(), rows);
  }
}
