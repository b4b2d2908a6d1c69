package org.fjordflow.core.data;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.InputFiles;

/**
 * Tables as text: comma, semicolon, tab or blank separated, UTF-8, with or without a header line.
 *
 * <p><b>Reading.</b>
 *
 * <ul>
 *   <li>Blank lines and lines that start with {@code #} are passed over. Lines end in LF or CRLF; a
 *       byte order mark is passed over. A name that ends in {@code .gz} is unpacked.
 *   <li>The separator is the first of semicolon, tab and comma that the first line has outside
 *       quotes; with none of them, runs of blanks separate. A cell may stand in double quotes, a
 *       quote in it doubled; it does not reach over the end of its line.
 *   <li>The first line is a header if none of its cells reads as a number and one of them has a
 *       letter; an empty name there becomes {@code x} and the column's number. A first line that
 *       mixes names and numbers is an error, so that a row with a slip in it is never taken for
 *       names.
 *   <li>NaN, infinite and empty cells are errors unless {@link NonFinite#KEEP} is given.
 * </ul>
 *
 * <p><b>Writing.</b> Commas, LF, always a header ({@code x1, x2, ...} where the table has no
 * names), numbers in full precision ({@link Double#toString}: reading gives the same bits).
 */
final class CsvFiles {
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\p{L}\\p{N}_.\\-]+");

  private CsvFiles() {}

  /** What to do with NaN, infinite and empty cells. */
  public enum NonFinite {
    /** They are errors. */
    REJECT,
    /** They are kept; an empty cell is NaN. */
    KEEP
  }

  /**
   * Reads a table of finite numbers.
   *
   * @param path the file
   * @return the table, of at least one row
   * @throws FjordException FILE_MISSING; FILE_DAMAGED, naming line and column, for text where a
   *     number belongs, an empty cell, rows of different lengths, and for a file without rows;
   *     NON_FINITE, naming line and column, for NaN and infinity
   */
  public static Table read(Path path) {
    return read(path, NonFinite.REJECT);
  }

  /**
   * Reads a table.
   *
   * @param path the file
   * @param nonFinite what to do with NaN, infinite and empty cells
   * @return the table, of at least one row
   * @throws FjordException as {@link #read(Path)}
   */
  public static Table read(Path path, NonFinite nonFinite) {
    return InputFiles.read(path, in -> read(in, path.toString(), nonFinite));
  }

  private static Table read(InputStream in, String source, NonFinite nonFinite) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
    CsvLine cells = new CsvLine(source);
    List<String> names = List.of();
    List<double[]> rows = new ArrayList<>();
    int columns = -1;
    long lineNumber = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lineNumber++;
      if (lineNumber == 1 && line.startsWith("\uFEFF")) {
        line = line.substring(1);
      }
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      cells.split(line, lineNumber);
      if (columns < 0) {
        columns = cells.size();
        if (cells.isHeader()) {
          names = cells.names();
          continue;
        }
      }
      cells.requireSize(columns);
      rows.add(cells.numbers(nonFinite == NonFinite.KEEP));
    }
    if (rows.isEmpty()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + " holds no rows of numbers" + (names.isEmpty() ? "" : ", only a header line"));
    }
    double[][] all = rows.toArray(double[][]::new);
    return names.isEmpty() ? Table.of(all) : Table.of(names, all);
  }

  /**
   * Writes a table; see {@link AtomicFiles#write}.
   *
   * @param path the file
   * @param table the table; NaN and infinity are written as {@code NaN} and {@code Infinity}
   * @throws FjordException FILE_UNWRITABLE
   */
  public static void write(Path path, Table table) {
    AtomicFiles.write(
        path,
        out -> {
          Writer writer =
              new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
          writeHeader(writer, table.namesOrDefault());
          for (double[] row : table.rows()) {
            writeRow(writer, row);
          }
          writer.flush();
        });
  }

  private static void writeHeader(Writer writer, List<String> names) throws IOException {
    String separator = "";
    for (String name : names) {
      writer.write(separator);
      boolean plain = PLAIN_NAME.matcher(name).matches();
      writer.write(plain ? name : '"' + name.replace("\"", "\"\"") + '"');
      separator = ",";
    }
    writer.write('\n');
  }

  private static void writeRow(Writer writer, double[] row) throws IOException {
    for (int j = 0; j < row.length; j++) {
      if (j > 0) {
        writer.write(',');
      }
      writer.write(Double.toString(row[j]));
    }
    writer.write('\n');
  }
}
