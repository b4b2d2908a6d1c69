package org.fjordflow.core.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Numbers;

/**
 * Rows of numbers, all of the same length, with or without column names. What a number stands for
 * is said by its column's {@link Type}. The rows are held, not copied: treat them as read-only once
 * they are in a table.
 */
public final class Table {
  private final List<String> names;
  private final List<Type> types;
  private final double[][] rows;

  private Table(List<String> names, List<Type> types, double[][] rows) {
    this.names = names;
    this.types = types;
    this.rows = rows;
  }

  /**
   * A table without column names.
   *
   * @param rows rows x columns, held by the table. Not modified
   * @return the table; no rows give no columns
   * @throws FjordException SHAPE_MISMATCH if the rows differ in length or have no columns
   */
  public static Table of(double[][] rows) {
    return checked(List.of(), numbers(rows.length == 0 ? 0 : rows[0].length), rows);
  }

  /**
   * A table of numbers with column names.
   *
   * @param names one name a column. A name is not blank, has no line break and does not read as a
   *     number, so that a header line can be told from a row of numbers
   * @param rows rows x columns, held by the table. Not modified
   * @return the table
   * @throws FjordException SHAPE_MISMATCH if a row has another length than there are names;
   *     INVALID_ARGUMENT for a name that is none
   */
  public static Table of(List<String> names, double[][] rows) {
    return of(names, numbers(names.size()), rows);
  }

  /**
   * A table whose columns have types.
   *
   * @param names as {@link #of(List, double[][])}, or none
   * @param types one a column
   * @param rows rows x columns, held by the table. Not modified
   * @return the table
   * @throws FjordException SHAPE_MISMATCH if there are not as many types as columns;
   *     INVALID_ARGUMENT for a name that is none, or a cell of labels that is neither the index of
   *     one nor NaN
   */
  public static Table of(List<String> names, List<Type> types, double[][] rows) {
    if (!names.isEmpty() && names.size() != types.size()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, names.size() + " names for " + types.size() + " types");
    }
    for (String name : names) {
      if (name.isBlank()
          || name.indexOf('\n') >= 0
          || name.indexOf('\r') >= 0
          || Numbers.isNumber(name)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column name '"
                + Numbers.printable(name)
                + "' is blank, a number or has a line break; give a text of one line");
      }
    }
    Table table = checked(List.copyOf(names), List.copyOf(types), rows);
    for (int j = 0; j < types.size(); j++) {
      if (types.get(j) instanceof Type.Labels labels) {
        table.requireCodes(j, labels);
      }
    }
    return table;
  }

  private static List<Type> numbers(int columns) {
    return Collections.nCopies(columns, Type.NUMBER);
  }

  private void requireCodes(int column, Type.Labels type) {
    int count = type.labels().size();
    for (int i = 0; i < rows.length; i++) {
      double code = rows[i][column];
      if (!Double.isNaN(code) && !(code >= 0 && code < count && code == Math.rint(code))) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "row %d, %s is %s, which is the index of none of its %d labels"
                .formatted(i + 1, place(column), code, count));
      }
    }
  }

  /** A column as messages name it. */
  String place(int column) {
    return "column " + (column + 1) + (names.isEmpty() ? "" : " ('" + names.get(column) + "')");
  }

  /**
   * Reads a table from a file, as {@link Tables#read(Path)}.
   *
   * @param file such as {@code rows.csv}
   * @return the table
   * @throws FjordException FILE_MISSING or FILE_DAMAGED
   */
  public static Table read(Path file) {
    return Tables.read(file);
  }

  /**
   * Writes this table to a file, as {@link Tables#write}.
   *
   * @param file such as {@code rows.csv}; written whole or not at all
   * @throws FjordException FILE_UNWRITABLE
   */
  public void write(Path file) {
    Tables.write(file, this);
  }

  private static Table checked(List<String> names, List<Type> types, double[][] rows) {
    int columns = types.size();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != columns || columns == 0) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "row "
                + (i + 1)
                + " has "
                + rows[i].length
                + " columns, expected "
                + (columns == 0 ? "at least 1" : Integer.toString(columns)));
      }
    }
    return new Table(names, types, rows);
  }

  /** Returns the column names, empty where the table has none. */
  public List<String> names() {
    return names;
  }

  /** Returns the column names or, where there are none, {@code x1, x2, ...}. */
  public List<String> namesOrDefault() {
    return names.isEmpty() ? defaultNames(columns()) : names;
  }

  /** Returns the number of columns. */
  public int columns() {
    return types.size();
  }

  /** Returns what the numbers of each column stand for. */
  public List<Type> types() {
    return types;
  }

  /**
   * Returns what the numbers of a column stand for.
   *
   * @param column from 0
   * @throws FjordException INVALID_ARGUMENT if there is no such column
   */
  public Type type(int column) {
    requireColumn(column);
    return types.get(column);
  }

  /**
   * Returns a cell as text, as it is written to a file.
   *
   * @param row from 0
   * @param column from 0
   * @return a number in full precision, a label or a time; empty where a label or a time is missing
   * @throws FjordException INVALID_ARGUMENT if there is no such row or column
   */
  public String cell(int row, int column) {
    requireColumn(column);
    requireRow(row);
    return CellText.of(types.get(column)).text(rows[row][column]);
  }

  /**
   * Returns whether the cells of a column are numbers that stand for themselves.
   *
   * @param column from 0
   */
  public boolean isNumber(int column) {
    return type(column) instanceof Type.Number || type(column) instanceof Type.Whole;
  }

  /** Returns the number of rows. */
  public int rowCount() {
    return rows.length;
  }

  /** Returns the rows themselves, [rowCount][columns]; not a copy. */
  public double[][] rows() {
    return rows;
  }

  /**
   * Copies a column.
   *
   * @param column from 0
   * @return its values, [rowCount]
   * @throws FjordException INVALID_ARGUMENT if there is no such column
   */
  public double[] column(int column) {
    requireColumn(column);
    double[] values = new double[rows.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = rows[i][column];
    }
    return values;
  }

  /**
   * Selects rows.
   *
   * @param indices row numbers from 0, in the wanted order, repeats allowed. Not modified
   * @return a table that shares those rows
   * @throws FjordException INVALID_ARGUMENT if there is no such row
   */
  public Table selectRows(int[] indices) {
    double[][] selected = new double[indices.length][];
    for (int i = 0; i < indices.length; i++) {
      requireRow(indices[i]);
      selected[i] = rows[indices[i]];
    }
    return new Table(names, types, selected);
  }

  /**
   * Selects columns.
   *
   * @param indices column numbers from 0, in the wanted order, at least one. Not modified
   * @return a table with copies of those columns
   * @throws FjordException INVALID_ARGUMENT if there is no such column, or none is selected
   */
  public Table selectColumns(int[] indices) {
    if (indices.length == 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "no column is selected; give at least 1");
    }
    List<String> selectedNames = new ArrayList<>();
    List<Type> selectedTypes = new ArrayList<>();
    for (int column : indices) {
      requireColumn(column);
      selectedTypes.add(types.get(column));
      if (!names.isEmpty()) {
        selectedNames.add(names.get(column));
      }
    }
    double[][] selected = new double[rows.length][indices.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < indices.length; j++) {
        selected[i][j] = rows[i][indices[j]];
      }
    }
    return new Table(List.copyOf(selectedNames), List.copyOf(selectedTypes), selected);
  }

  /**
   * Checks that every value is finite.
   *
   * @param source what the table is called in the message, such as its file's name
   * @return this table
   * @throws FjordException NON_FINITE, naming the first row and column (from 1) that is not
   */
  public Table requireFinite(String source) {
    return require(source, false);
  }

  /** As {@link #requireFinite}, but NaN may stay. */
  Table requireNoInfinity(String source) {
    return require(source, true);
  }

  private Table require(String source, boolean gaps) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns(); j++) {
        if (!Double.isFinite(rows[i][j]) && !(gaps && Double.isNaN(rows[i][j]))) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              source
                  + ": row "
                  + (i + 1)
                  + ", "
                  + place(j)
                  + " is "
                  + rows[i][j]
                  + ", expected finite numbers; remove such rows or fill them in");
        }
      }
    }
    return this;
  }

  @Override
  public String toString() {
    return "Table[" + rows.length + " x " + columns() + (names.isEmpty() ? "" : ", " + names) + "]";
  }

  static List<String> defaultNames(int columns) {
    List<String> result = new ArrayList<>(columns);
    for (int j = 1; j <= columns; j++) {
      result.add("x" + j);
    }
    return List.copyOf(result);
  }

  private void requireColumn(int column) {
    if (column < 0 || column >= columns()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column " + column + " of a table with columns 0 to " + (columns() - 1));
    }
  }

  private void requireRow(int row) {
    if (row < 0 || row >= rows.length) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "row " + row + " of a table with rows 0 to " + (rows.length - 1));
    }
  }

  /** What the numbers of a column stand for. */
  public sealed interface Type {
    /** Numbers that stand for themselves. */
    Number NUMBER = new Number();

    /** Numbers that stand for themselves. */
    @SuppressWarnings("JavaLangClash") // the name that belongs beside Labels and Time
    record Number() implements Type {}

    /** Whole numbers, which are written without a point. Files give {@link Number}. */
    Whole WHOLE = new Whole();

    /** Whole numbers, which are written without a point. Files give {@link Number}. */
    record Whole() implements Type {}

    /**
     * Text: a cell is the index of its label, from 0, or NaN where it is missing.
     *
     * @param labels all different, none blank
     */
    record Labels(List<String> labels) implements Type {
      /**
       * Checks the labels.
       *
       * @throws FjordException INVALID_ARGUMENT for a label that is blank or there twice
       */
      public Labels {
        labels = List.copyOf(labels);
        Set<String> seen = new HashSet<>();
        for (String label : labels) {
          if (label.isBlank() || !seen.add(label)) {
            throw new FjordException(
                ErrorKey.INVALID_ARGUMENT,
                "label '"
                    + Numbers.printable(label)
                    + "' is blank or there twice; give different texts");
          }
        }
      }
    }

    /**
     * Instants: a cell is the seconds since 1970-01-01T00:00 UTC, or NaN where it is missing.
     *
     * @param pattern how they are written, as {@link java.time.format.DateTimeFormatter} says, in
     *     UTC; such as {@code yyyy-MM-dd} or {@code yyyy-MM-dd'T'HH:mm:ss}
     */
    record Time(String pattern) implements Type {
      /**
       * Checks the pattern.
       *
       * @throws FjordException INVALID_ARGUMENT if it is none
       */
      public Time {
        TimeText.formatter(pattern);
      }
    }
  }

  /**
   * Rows for training, for choosing among models, and for the final test.
   *
   * @param train rows to fit to
   * @param validation rows to stop early by, may be empty
   * @param test rows to report on, may be empty
   */
  public record Split(Table train, Table validation, Table test) {
    /**
     * Deals the rows of a table out at random. Each part keeps the file's order of its rows.
     *
     * @param table the table; its rows are shared
     * @param validationFraction the part of the rows for validation, rounded to whole rows
     * @param testFraction the part of the rows for the test, rounded to whole rows
     * @param random where randomness comes from; the same state gives the same split
     * @return the three parts, without overlap, together all rows
     * @throws FjordException INVALID_ARGUMENT if a fraction is negative, or nothing is left to
     *     train
     */
    public static Split random(
        Table table, double validationFraction, double testFraction, RandomGenerator random) {
      int[] groups = new int[table.rowCount()];
      Arrays.setAll(groups, i -> i);
      return random(table, groups, validationFraction, testFraction, random);
    }

    /**
     * Deals the rows of a table out at random, rows of the same group to the same part, such as
     * rows that repeat each other. The parts then have about the wanted sizes. With a group for
     * each row it is {@link #random(Table, double, double, RandomGenerator)}.
     *
     * @param table the table; its rows are shared
     * @param groups the group of each row, 0, 1, 2, ... in the order of their first rows. Not
     *     modified
     * @param validationFraction the part of the rows for validation
     * @param testFraction the part of the rows for the test
     * @param random where randomness comes from; the same state gives the same split
     * @return the three parts, without overlap, together all rows
     * @throws FjordException as {@link #random(Table, double, double, RandomGenerator)}
     */
    public static Split random(
        Table table,
        int[] groups,
        double validationFraction,
        double testFraction,
        RandomGenerator random) {
      requireFractions(validationFraction, testFraction);
      int n = table.rowCount();
      int validation = (int) Math.round(n * validationFraction);
      int test = (int) Math.round(n * testFraction);
      requireRowsToTrain(n, validation, test);
      int count = Arrays.stream(groups).max().orElse(-1) + 1;
      int[] sizes = new int[count];
      for (int group : groups) {
        sizes[group]++;
      }
      int[] part = new int[count];
      int dealt = 0;
      for (int group : shuffled(count, random)) {
        // A group goes where its first row belongs.
        part[group] = dealt < validation ? 1 : dealt < validation + test ? 2 : 0;
        dealt += sizes[group];
      }
      return new Split(
          part(table, groups, part, 0), part(table, groups, part, 1), part(table, groups, part, 2));
    }

    private static void requireFractions(double validationFraction, double testFraction) {
      if (!(validationFraction >= 0
          && testFraction >= 0
          && validationFraction + testFraction < 1)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "fractions "
                + validationFraction
                + " and "
                + testFraction
                + " for validation and test, expected at least 0 each and less than 1 together");
      }
    }

    private static void requireRowsToTrain(int n, int validation, int test) {
      if (validation + test >= n) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            n
                + " rows leave none to train on beside "
                + validation
                + " for validation and "
                + test
                + " for the test; use smaller fractions");
      }
    }

    /** Fisher and Yates. */
    private static int[] shuffled(int n, RandomGenerator random) {
      int[] order = new int[n];
      Arrays.setAll(order, i -> i);
      for (int i = n - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      return order;
    }

    private static Table part(Table table, int[] groups, int[] parts, int wanted) {
      return table.selectRows(
          IntStream.range(0, groups.length).filter(i -> parts[groups[i]] == wanted).toArray());
    }
  }
}
