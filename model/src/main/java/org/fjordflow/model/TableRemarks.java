package org.fjordflow.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.RowSelection;

/** What is worth a thought before a flow is trained on a table. */
final class TableRemarks {

  /** The advice where a density has no bound. */
  static final String SMOOTH = "--smooth scott";

  private static final int NAMED = 5;

  /** A value of fewer rows is no sign of anything. */
  private static final int LEAST_ROWS = 8;

  /** One row in so many with the same value makes a column one that repeats. */
  private static final int ONE_ROW_IN = 4;

  /** Among more columns than these dependences are not looked for: it takes too long. */
  private static final int MOST_DEPENDENT = 200;

  /** Rows that dependences between columns are looked for in. */
  private static final int RANK_ROWS = 5_000;

  /** What is left of a column, as a part of its deviation, once others explain it. */
  private static final double EXPLAINED = 1e-6;

  /** A deviation so many times that of the middle half is told. */
  private static final double OUTLYING = 30;

  /** One row in so many that is there twice is told. */
  private static final int ONE_REPEAT_IN = 50;

  private TableRemarks() {}

  /**
   * Returns the remarks on a table.
   *
   * @param spec what its columns stand for
   * @param surveys what the columns of data hold
   * @param data the columns of data. Not modified.
   */
  static List<String> of(TableSpec spec, List<ColumnSurvey> surveys, Table data) {
    List<String> remarks = new ArrayList<>();
    List<ColumnSpec> columns = spec.data();
    add(
        remarks,
        names(surveys, j -> columns.get(j).values().size() == 1),
        "%s always the same: probability 1, they say nothing of a row",
        "%s always the same: probability 1, it says nothing of a row");
    add(
        remarks,
        names(surveys, j -> !columns.get(j).isDiscrete() && repeats(surveys.get(j))),
        "one value fills a quarter or more of %s: densities have no bound there, consider"
            + " "
            + SMOOTH
            + " or --kind NAME=category");
    dependent(data, columns)
        .ifPresent(
            names ->
                remarks.add(
                    "%s, up to rounding, (linear combinations of) other columns: densities have no bound, drop them or consider %s"
                        .formatted(names, SMOOTH)));
    for (int j = 0; j < columns.size(); j++) {
      outliers(columns.get(j), surveys.get(j)).ifPresent(remarks::add);
    }
    add(
        remarks,
        names(surveys, j -> !columns.get(j).isDiscrete() && isImprecise(surveys.get(j))),
        "%s so far from zero that double precision rounds what varies there: subtract a number");
    long ofANormal = (long) columns.size() * (columns.size() + 3) / 2;
    if (data.rowCount() < ofANormal && columns.size() > 2) {
      remarks.add(
          "%d rows are fewer than the %d parameters of a normal of %d columns: expect little beyond independent columns, and the more of fewer columns"
              .formatted(data.rowCount(), ofANormal, columns.size()));
    }
    int repeated = data.rowCount() - distinctRows(data);
    if (repeated * ONE_REPEAT_IN >= data.rowCount() && repeated > 1 && !spec.isMixed()) {
      remarks.add(
          "%d of %d rows repeat others: all of a kind go to the same part of the split, and densities may grow without bound on them"
              .formatted(repeated, data.rowCount()));
    }
    return remarks;
  }

  private static void add(List<String> remarks, List<String> names, String text) {
    add(remarks, names, text, text);
  }

  private static void add(List<String> remarks, List<String> names, String many, String one) {
    if (!names.isEmpty()) {
      boolean verb = one.startsWith("%s ");
      remarks.add(
          (names.size() == 1 ? one : many)
              .formatted(listed(names) + (verb ? names.size() == 1 ? " is" : " are" : "")));
    }
  }

  /** Names some columns. */
  static String listed(List<String> names) {
    int others = names.size() - NAMED;
    return (names.size() == 1 ? "column " : "columns ")
        + names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (others > 0 ? " and " + others + " more" : "");
  }

  private static List<String> names(List<ColumnSurvey> surveys, IntPredicate chosen) {
    return IntStream.range(0, surveys.size())
        .filter(chosen)
        .mapToObj(j -> surveys.get(j).name())
        .toList();
  }

  private static boolean repeats(ColumnSurvey column) {
    int wanted = Math.max(LEAST_ROWS, (column.count() + ONE_ROW_IN - 1) / ONE_ROW_IN);
    return column.mostCommon() >= wanted;
  }

  private static boolean isImprecise(ColumnSurvey column) {
    double far = Math.max(Math.abs(column.least()), Math.abs(column.greatest()));
    return column.distinct() > 1 && column.deviation() < 1e4 * Math.ulp(far);
  }

  private static Optional<String> outliers(ColumnSpec spec, ColumnSurvey column) {
    double middle = column.middleDeviation();
    double ratio = middle > 0 ? column.deviation() / middle : 0;
    if (spec.scale() == ColumnSpec.Scale.ROBUST && ratio > ColumnKinds.FAR) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "column %s has a few values so far out that its middle half is %.1g of its deviation: it has a robust scale, --scale %s=standard or %s=log change that",
              spec.name(),
              1 / ratio,
              spec.name(),
              spec.name()));
    }
    return spec.scale() == ColumnSpec.Scale.STANDARD && ratio > OUTLYING
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "column %s has values far out (its middle half is %.1g of its deviation): consider --scale %s=robust%s",
                spec.name(),
                1 / ratio,
                spec.name(),
                column.least() > 0 ? " or " + spec.name() + "=log" : ""))
        : Optional.empty();
  }

  private static int distinctRows(Table data) {
    Set<RowKey> seen = new HashSet<>();
    for (double[] row : data.rows()) {
      seen.add(new RowKey(row));
    }
    return seen.size();
  }

  /** A row by its values. */
  @SuppressWarnings("ArrayRecordComponent") // equality is by content, below
  record RowKey(double[] row) {
    @Override
    public boolean equals(Object other) {
      return other instanceof RowKey that && Arrays.equals(row, that.row);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(row);
    }
  }

  /** Columns that those before them explain, by orthogonalisation in their order. */
  private static Optional<String> dependent(Table data, List<ColumnSpec> columns) {
    int[] numbers =
        IntStream.range(0, columns.size())
            .filter(j -> columns.get(j).values().isEmpty())
            .filter(j -> columns.get(j).scale() != ColumnSpec.Scale.CIRCULAR)
            .toArray();
    int rows = Math.min(data.rowCount(), RANK_ROWS);
    if (numbers.length < 2 || numbers.length > MOST_DEPENDENT || rows < numbers.length + 2) {
      return Optional.empty();
    }
    Table chosen = Table.of(RowSelection.thinned(data.selectColumns(numbers).rows(), rows));
    double[][] x = Moments.of(chosen.rows()).standardize(chosen.rows());
    List<double[]> basis = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (int j = 0; j < numbers.length; j++) {
      double[] rest = Table.of(x).column(j);
      double whole = norm(rest);
      for (int pass = 0; pass < 2; pass++) {
        for (double[] direction : basis) {
          double along = product(rest, direction);
          for (int i = 0; i < rest.length; i++) {
            rest[i] -= along * direction[i];
          }
        }
      }
      double left = norm(rest);
      if (whole > 0 && left < EXPLAINED * whole) {
        found.add(columns.get(numbers[j]).name());
      } else if (left > 0) {
        basis.add(Arrays.stream(rest).map(value -> value / left).toArray());
      }
    }
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(listed(found) + (found.size() == 1 ? " is" : " are"));
  }

  private static double norm(double[] values) {
    return Math.sqrt(product(values, values));
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
