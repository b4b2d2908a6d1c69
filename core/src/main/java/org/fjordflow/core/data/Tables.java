package org.fjordflow.core.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.IdxFiles;
import org.fjordflow.core.data.internal.InputFiles;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.data.internal.NpzFiles;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes tables in whichever format a file's name says.
 *
 * <ul>
 *   <li>{@code .csv .tsv .txt}, also with {@code .gz}: {@link CsvFiles}
 *   <li>{@code .npy}: {@link NpyFiles}; {@code .npz}: {@link NpzFiles}
 *   <li>{@code .idx .idx.gz}, and MNIST's {@code -idx3-ubyte -idx3-ubyte.gz}: {@link IdxFiles}
 *   <li>{@code .safetensors}: {@link SafetensorsFile}
 * </ul>
 *
 * <p>The array wanted of an npz or a safetensors file is named after a colon: {@code cardio.npz:X}.
 * Without a name it is the only array there is, else the one named {@code X} (the features, where
 * {@code y} holds the labels). Arrays of one axis give one column; of more than two, the first axis
 * are the rows and the others are flattened.
 */
public final class Tables {
  private static final String DEFAULT_ARRAY = "X";
  private static final String KNOWN =
      ".csv, .tsv, .txt (also .gz), .npy, .npz[:name], .idx (also .gz), .safetensors[:name]";

  private static final Pattern NAMED =
      Pattern.compile("(.+\\.(?:npz|safetensors)):([^/\\\\]+)", Pattern.CASE_INSENSITIVE);
  private static final Pattern TEXT = Pattern.compile(".*\\.(csv|tsv|txt)(\\.gz)?");
  private static final Pattern IDX = Pattern.compile(".*[.-]idx(\\d+-\\w+)?(\\.gz)?");

  private Tables() {}

  /**
   * Reads a table without missing cells.
   *
   * @param location a file, or a file, a colon and the name of one of its arrays
   * @return the table, of at least one row; its numbers are finite
   * @throws FjordException as {@link #read(String, ReadOptions)}
   */
  public static Table read(String location) {
    return read(location, ReadOptions.defaults());
  }

  /**
   * Reads a table. A column of a text file is made of numbers; or of times, if all its cells are
   * written as the same kind of time; or else of labels, if less than half of its cells are
   * numbers. A column of numbers with some text is an error.
   *
   * @param location a file, or a file, a colon and the name of one of its arrays
   * @param options how text is read; of other formats only what is done with missing cells counts
   * @return the table, of at least one row; its numbers are finite, or NaN where cells are missing.
   *     Labels are sorted
   * @throws FjordException FILE_FORMAT, listing the known ones, if the name's ending says no known
   *     format; INVALID_ARGUMENT, listing the arrays there are, if the array is not there or must
   *     be named; FILE_MISSING; FILE_DAMAGED, saying which options read it, for text among numbers;
   *     SHAPE_MISMATCH if the array is empty; NON_FINITE, saying where, for NaN and infinity
   */
  public static Table read(String location, ReadOptions options) {
    Matcher named = NAMED.matcher(location);
    if (named.matches()) {
      return read(Path.of(named.group(1)), named.group(2), options);
    }
    return read(Path.of(location), null, options);
  }

  /**
   * Reads a table without missing cells; see {@link #read(String)}.
   *
   * @param location the path, a colon and an array's name included where one is wanted
   * @return the table, of at least one row
   * @throws FjordException as {@link #read(String)}
   */
  public static Table read(Path location) {
    return read(location.toString());
  }

  /**
   * Reads a table of text, such as standard input.
   *
   * @param in csv, read to its end and not closed; held in memory
   * @param source what it is called in messages
   * @param options how it is read
   * @return the table, as {@link #read(String, ReadOptions)}
   * @throws FjordException FILE_DAMAGED, NON_FINITE as there
   */
  public static Table read(InputStream in, String source, ReadOptions options) {
    try {
      return CsvFiles.read(in.readAllBytes(), new CellRules(source, options));
    } catch (IOException e) {
      throw InputFiles.damaged(source, InputFiles.reason(e), e);
    }
  }

  /**
   * Reads a table part by part. Of text and npy no more than a part is in memory.
   *
   * @param location a file, or a file, a colon and the name of one of its arrays
   * @param options how it is read
   * @param wanted names of the columns to read, of a text file with names; others are passed over.
   *     None for all
   * @param rows most rows of a part, at least 1
   * @return the parts; the caller closes it
   * @throws FjordException as {@link #read(String, ReadOptions)}
   */
  public static Rows stream(String location, ReadOptions options, Set<String> wanted, int rows) {
    String name = location.toLowerCase(Locale.ROOT);
    Path path = Path.of(location);
    if (TEXT.matcher(name).matches()) {
      return TextRows.open(
          InputFiles.open(path, options.unpacked()),
          new CellRules(location, options),
          wanted,
          rows);
    }
    Rows array = name.endsWith(".npy") ? ArrayRows.open(path, options, rows) : null;
    return array != null ? array : ArrayRows.of(read(location, options), rows);
  }

  /**
   * Reads text part by part, as {@link #stream(String, ReadOptions, Set, int)}.
   *
   * @param in csv, closed with the parts
   * @param source what it is called in messages
   */
  public static Rows stream(
      InputStream in, String source, ReadOptions options, Set<String> wanted, int rows) {
    return TextRows.open(in, new CellRules(source, options), wanted, rows);
  }

  /**
   * Writes a table as csv or npy; the file is replaced whole.
   *
   * @param path a file whose name ends in {@code .csv}, {@code .csv.gz} or {@code .npy}
   * @param table the table
   * @throws FjordException FILE_FORMAT for another ending, or, naming the column, for an npy file
   *     of labels or times; FILE_UNWRITABLE
   */
  public static void write(Path path, Table table) {
    try (Writer writer = writer(path)) {
      writer.append(table);
      writer.finish();
    }
  }

  /**
   * Begins to write a file of many tables, one behind the other.
   *
   * @param path a file whose name ends in {@code .csv}, {@code .csv.gz} or {@code .npy}
   * @return what writes it; the caller finishes and closes it
   * @throws FjordException FILE_FORMAT for another ending; FILE_UNWRITABLE
   */
  public static Writer writer(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".csv") || name.endsWith(".csv.gz")) {
      return TableWriter.text(path, name.endsWith(".gz"));
    }
    if (name.endsWith(".npy")) {
      return TableWriter.array(path);
    }
    throw new FjordException(
        ErrorKey.FILE_FORMAT,
        path + ": tables are written as .csv, .csv.gz and .npy; change its ending");
  }

  /**
   * Writes tables as csv into a stream, one behind the other.
   *
   * @param out flushed when finished, and not closed
   * @param target what it is called in messages
   */
  public static Writer writer(OutputStream out, String target) {
    return TableWriter.text(out, target);
  }

  /** The parts of a table, one after the other, of the same columns and types. */
  public interface Rows extends AutoCloseable {
    /** Returns the names of all columns, wanted or not; empty where there are none. */
    List<String> names();

    /** Returns the number of all columns, wanted or not. */
    int columns();

    /**
     * Returns the next part. Labels are those of the part.
     *
     * @return a table of at least one row, or null at the end
     * @throws FjordException as {@link Tables#read(String, ReadOptions)}; FILE_DAMAGED also for
     *     text in a column whose first part were numbers
     */
    @Nullable Table next();

    /**
     * Returns the line on which each row of the last part begins, from 1; none where files have no
     * lines.
     */
    default long[] lines() {
      return new long[0];
    }

    @Override
    void close();
  }

  /** Writes tables one behind the other. Closed before it is finished, a file is as it was. */
  public interface Writer extends AutoCloseable {
    /**
     * Writes the rows of a table; the first one gives the names of columns.
     *
     * @throws FjordException SHAPE_MISMATCH for another number of columns; FILE_FORMAT, naming the
     *     column, for labels or times in an npy file; FILE_UNWRITABLE
     */
    void append(Table table);

    /**
     * Puts the file in its place.
     *
     * @throws FjordException FILE_UNWRITABLE
     */
    void finish();

    @Override
    void close();
  }

  /** Returns a table of numbers alone, which a format takes. */
  static Table numbers(String path, Table table) {
    for (int j = 0; j < table.columns(); j++) {
      if (!table.isNumber(j)) {
        throw new FjordException(
            ErrorKey.FILE_FORMAT,
            "%s: %s holds %s, and npy only numbers; write .csv, or leave the column out"
                .formatted(
                    path,
                    table.place(j),
                    table.type(j) instanceof Table.Type.Labels ? "labels" : "times"));
      }
    }
    return table;
  }

  /**
   * Reads a text file whose numbers need not be finite, such as metrics that lack some.
   *
   * @param path the file; its name's ending does not matter
   * @return the table, of at least one row; an empty cell is NaN
   * @throws FjordException FILE_MISSING; FILE_DAMAGED as {@link #read(String)}
   */
  public static Table readWithGaps(Path path) {
    return CsvFiles.readWithGaps(path);
  }

  /** Whether a file is taken for MNIST's format by its name, packed or not. */
  public static boolean isIdx(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return IDX.matcher(name).matches();
  }

  private static Table read(Path path, @Nullable String array, ReadOptions options) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (TEXT.matcher(name).matches()) {
      return CsvFiles.read(path, options); // finite already, with line numbers
    }
    Tensor tensor;
    if (name.endsWith(".npy")) {
      tensor = NpyFiles.read(path);
    } else if (name.endsWith(".npz")) {
      tensor = NpzFiles.read(path, chosen(path, array, NpzFiles.names(path)), options.unpacked());
    } else if (isIdx(path)) {
      tensor = IdxFiles.read(path, options.unpacked());
    } else if (name.endsWith(".safetensors")) {
      SafetensorsFile file = SafetensorsFile.read(path);
      tensor = file.tensor(chosen(path, array, file.tensors().keySet()));
    } else {
      throw new FjordException(
          ErrorKey.FILE_FORMAT,
          path + ": its ending says no format that is read; known are " + KNOWN);
    }
    Table table = Table.of(tensor.toRows());
    if (table.rowCount() == 0) {
      throw new FjordException(ErrorKey.SHAPE_MISMATCH, path + " holds no rows of numbers");
    }
    return checked(table, path.toString(), options);
  }

  /** Checks that numbers are finite, or missing where that is kept. */
  static Table checked(Table table, String source, ReadOptions options) {
    if (options.missing() == ReadOptions.Missing.REFUSE) {
      return table.requireFinite(source);
    }
    return options.infinite() ? table : table.requireNoInfinity(source);
  }

  private static String chosen(Path path, @Nullable String array, Collection<String> names) {
    if (array != null) {
      return array;
    }
    if (names.size() == 1) {
      return names.iterator().next();
    }
    if (names.contains(DEFAULT_ARRAY)) {
      return DEFAULT_ARRAY;
    }
    throw new FjordException(
        names.isEmpty() ? ErrorKey.FILE_DAMAGED : ErrorKey.INVALID_ARGUMENT,
        names.isEmpty()
            ? path + " holds no arrays"
            : path
                + " holds the arrays "
                + String.join(", ", names)
                + "; name one after a colon, as in "
                + path.getFileName()
                + ":"
                + names.iterator().next());
  }

  /**
   * How text is read.
   *
   * @param missing what is done with cells that are missing: empty, or {@code NA}, {@code N/A},
   *     {@code NaN}, {@code null}, {@code ?} or {@code -} alone, in any case
   * @param decimal the mark before the fraction, {@code .} or {@code ,}
   * @param grouping what stands between thousands: {@code ,}, {@code .}, a blank, {@code '} or
   *     {@link #NONE}
   * @param percent whether a trailing {@code %} divides by 100
   * @param text columns whose cells are labels even where they are numbers, by name
   * @param infinite whether infinite numbers are kept where missing cells are
   * @param unpacked bytes that any packed file may unpack to, 64 MiB by default; a larger one is
   *     refused where it unpacks to more than 200 times its size
   */
  public record ReadOptions(
      Missing missing,
      char decimal,
      char grouping,
      boolean percent,
      Set<String> text,
      boolean infinite,
      long unpacked) {
    /** No grouping character. */
    public static final char NONE = '\0';

    /** What is done with missing cells. */
    public enum Missing {
      /** They are errors that name line and column. */
      REFUSE,
      /** They are NaN in the table. */
      KEEP
    }

    /**
     * Checks the options.
     *
     * @throws FjordException INVALID_ARGUMENT for other characters, or a grouping that is the
     *     decimal mark
     */
    public ReadOptions {
      if ((decimal != '.' && decimal != ',')
          || (grouping != NONE && ",. '".indexOf(grouping) < 0)
          || grouping == decimal) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "decimal mark '%s' with grouping '%s'; the mark is . or , and the grouping another of , . ' or a blank"
                .formatted(decimal, grouping == NONE ? "" : grouping));
      }
      if (unpacked < 1) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "files that may unpack to " + unpacked + " bytes; expected at least 1");
      }
      text = Set.copyOf(text);
    }

    /** Missing cells are refused, a point is the decimal mark, nothing groups, no percent. */
    public static ReadOptions defaults() {
      return new ReadOptions(
          Missing.REFUSE, '.', NONE, false, Set.of(), false, InputFiles.UNPACKED);
    }

    /** Returns these options with another treatment of missing cells. */
    public ReadOptions withMissing(Missing other) {
      return new ReadOptions(other, decimal, grouping, percent, text, infinite, unpacked);
    }

    /**
     * Returns these options with another decimal mark.
     *
     * @throws FjordException INVALID_ARGUMENT as the constructor
     */
    public ReadOptions withDecimal(char other) {
      return new ReadOptions(missing, other, grouping, percent, text, infinite, unpacked);
    }

    /**
     * Returns these options with another grouping character.
     *
     * @throws FjordException INVALID_ARGUMENT as the constructor
     */
    public ReadOptions withGrouping(char other) {
      return new ReadOptions(missing, decimal, other, percent, text, infinite, unpacked);
    }

    /** Returns these options with or without percent. */
    public ReadOptions withPercent(boolean other) {
      return new ReadOptions(missing, decimal, grouping, other, text, infinite, unpacked);
    }

    /** Returns these options with other columns that are text in any case. */
    public ReadOptions withText(Set<String> columns) {
      return new ReadOptions(missing, decimal, grouping, percent, columns, infinite, unpacked);
    }

    /**
     * Returns these options with another number of bytes that packed files may unpack to.
     *
     * @throws FjordException INVALID_ARGUMENT below 1
     */
    public ReadOptions withUnpacked(long bytes) {
      return new ReadOptions(missing, decimal, grouping, percent, text, infinite, bytes);
    }

    /** Returns these options with infinite numbers kept, or refused as usual. */
    public ReadOptions withInfinite(boolean other) {
      return new ReadOptions(missing, decimal, grouping, percent, text, other, unpacked);
    }
  }
}
