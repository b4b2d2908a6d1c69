package org.fjordflow.core.data;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.RecordType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/** Gathers the records of a text file as a table. */
final class CsvTable extends AbstractBaseCsvCallbackHandler<Boolean> {
  private static final char[] NOTHING = new char[0];

  private final CellRules rules;
  private final boolean blanksSeparate;
  private final List<double[]> rows = new ArrayList<>();

  /** Cells of the first record, until it is known whether they are names. */
  private @Nullable List<String> first = new ArrayList<>();

  private List<String> names = List.of();
  private ColumnText[] columns = {};
  private double[] row = {};

  /** The cells of {@link #row} where they are recorded. */
  private @Nullable List<String> cells;

  private long line;

  /** Names of the columns to read, of a text with names; none for all. */
  private Set<String> wanted = Set.of();

  private boolean[] skipped = {};

  /** The lines of {@link #rows} of a stream; as long as they need to be, and longer. */
  private long @Nullable [] lines;

  private long[] taken = {};

  /** What was read of a stream before its types were decided; null for a file. */
  private @Nullable List<Recorded> recorded;

  /** Cells of a row, and its line. */
  private record Recorded(List<String> cells, long line) {}

  /** Empty cells that a record began with, not yet read: its line may be blank. */
  private int empty;

  CsvTable(CellRules rules, boolean blanksSeparate) {
    this.rules = rules;
    this.blanksSeparate = blanksSeparate;
  }

  @Override
  protected void handleBegin(long startingLineNumber) {
    line = startingLineNumber;
    row = new double[columns.length];
    cells = recorded == null ? null : new ArrayList<>(Collections.nCopies(columns.length, ""));
    empty = 0;
  }

  @Override
  protected void handleField(int index, char[] text, int offset, int length, boolean quoted) {
    int from = offset;
    int end = offset + length;
    if (!quoted) {
      while (from < end && Character.isWhitespace(text[from])) {
        from++;
      }
      while (end > from && Character.isWhitespace(text[end - 1])) {
        end--;
      }
      if (from == end && empty == index) {
        empty++;
        return;
      }
    }
    flushEmpty(index);
    read(index, text, from, end - from);
  }

  /** Reads the empty cells that a record began with. */
  private void flushEmpty(int index) {
    for (int j = index - empty; empty > 0 && j < index; j++) {
      read(j, NOTHING, 0, 0);
    }
    empty = empty > 0 ? -1 : empty;
  }

  private void read(int index, char[] text, int from, int length) {
    if (first != null) {
      first.add(rules.text(text, from, length, line));
    } else if (index < columns.length && !skipped[index]) {
      if (cells != null) {
        cells.set(index, rules.text(text, from, length, line));
      }
      row[index] = columns[index].read(text, from, length, line);
    }
  }

  @Override
  protected Boolean buildRecord() {
    int count = getFieldCount();
    boolean blank = empty == count && (count == 1 || blanksSeparate);
    if (getRecordType() != RecordType.DATA || blank) {
      return false;
    }
    flushEmpty(count);
    List<String> beginning = first;
    if (beginning != null) {
      begin(beginning);
      return true;
    }
    if (count != columns.length) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          rules.source()
              + ": line "
              + line
              + " has "
              + count
              + " columns, the first has "
              + columns.length
              + "; every row must have the same number");
    }
    add(row, cells, line);
    return true;
  }

  private void add(double[] next, @Nullable List<String> written, long at) {
    long[] all = lines;
    if (all != null) {
      all = rows.size() < all.length ? all : Arrays.copyOf(all, 2 * all.length + 16);
      all[rows.size()] = at;
      lines = all;
    }
    rows.add(next);
    if (recorded != null && written != null) {
      recorded.add(new Recorded(written, at));
    }
  }

  private void begin(List<String> beginning) {
    boolean header = CsvHeader.isHeader(beginning);
    if (columns.length == 0) {
      names = header ? CsvHeader.names(beginning) : List.of();
      columns = columns(beginning.size());
      skipped = new boolean[columns.length];
      for (int j = 0; j < names.size(); j++) {
        skipped[j] = !wanted.isEmpty() && !wanted.contains(names.get(j));
      }
    }
    first = null;
    if (!header) {
      add(read(beginning, line), beginning, line);
    }
  }

  private double[] read(List<String> texts, long at) {
    double[] result = new double[columns.length];
    for (int j = 0; j < result.length; j++) {
      if (!skipped[j]) {
        char[] text = texts.get(j).toCharArray();
        result[j] = columns[j].read(text, 0, text.length, at);
      }
    }
    return result;
  }

  private ColumnText[] columns(int count) {
    ColumnText[] result = new ColumnText[count];
    for (int j = 0; j < count; j++) {
      String name = names.isEmpty() ? "x" + (j + 1) : names.get(j);
      result[j] =
          rules.options().text().contains(name)
              ? ColumnText.text(place(j), rules)
              : ColumnText.any(place(j), rules);
    }
    return result;
  }

  private String place(int column) {
    return "column "
        + (column + 1)
        + (column < names.size() ? " ('" + names.get(column) + "')" : "");
  }

  /** The cell that is being read, for messages. */
  String place() {
    return rules.source() + ": line " + line + ", " + place(getFieldCount());
  }

  /** Whether the file has to be read once more, from its beginning, because of what came late. */
  boolean again() {
    ColumnText[] others = new ColumnText[columns.length];
    boolean again = false;
    for (int j = 0; j < others.length; j++) {
      ColumnText other = columns[j].again();
      again |= other != null;
      others[j] = other == null ? columns[j].asRead() : other;
    }
    if (again) {
      columns = others;
      rows.clear();
      first = new ArrayList<>();
    }
    return again;
  }

  // A stream

  /** Records what is read from now on, until {@link #settle}. */
  void stream(Set<String> names) {
    wanted = names;
    recorded = new ArrayList<>();
    lines = new long[16];
  }

  boolean hasBegun() {
    return first == null;
  }

  List<String> names() {
    return names;
  }

  int columns() {
    return columns.length;
  }

  int rowCount() {
    return rows.size();
  }

  /** Decides the types of columns by what was recorded, which is read again. */
  void settle() {
    List<Recorded> again = recorded;
    recorded = null;
    for (int j = 0; j < columns.length; j++) {
      columns[j] = columns[j].settled();
    }
    rows.clear();
    for (Recorded one : again == null ? List.<Recorded>of() : again) {
      add(read(one.cells(), one.line()), null, one.line());
    }
  }

  /** Returns the rows since the last call, without the columns that nobody wants. */
  Table take() {
    Table table = table();
    taken = lines == null ? taken : Arrays.copyOf(lines, rows.size());
    rows.clear();
    for (int j = 0; j < columns.length; j++) {
      columns[j] = columns[j].settled();
    }
    int[] kept = IntStream.range(0, columns.length).filter(j -> !skipped[j]).toArray();
    return kept.length == 0 || kept.length == columns.length ? table : table.selectColumns(kept);
  }

  /** Returns the lines of the rows that were taken last. */
  long[] lines() {
    return taken;
  }

  /** Returns the table. */
  Table table() {
    if (rows.isEmpty()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          rules.source() + " holds no rows" + (names.isEmpty() ? "" : ", only a header line"));
    }
    double[][] all = rows.toArray(double[][]::new);
    List<Table.Type> types = new ArrayList<>();
    for (int j = 0; j < columns.length; j++) {
      types.add(columns[j].type());
      int[] ranks = columns[j].ranks();
      if (ranks != null) {
        rank(all, j, ranks);
      }
    }
    return Table.of(names, types, all);
  }

  private static void rank(double[][] rows, int column, int[] ranks) {
    for (double[] row : rows) {
      if (!Double.isNaN(row[column])) {
        row[column] = ranks[(int) row[column]];
      }
    }
  }
}
