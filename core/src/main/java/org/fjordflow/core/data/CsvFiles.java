package org.fjordflow.core.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Tables.ReadOptions.Missing;
import org.fjordflow.core.data.internal.InputFiles;
import org.jspecify.annotations.Nullable;

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
 *       quote in it doubled; in quotes it may reach over ends of lines.
 *   <li>The first line is a header if none of its cells reads as a number and one of them has a
 *       letter and is no time; an empty name there becomes {@code x} and the column's number. A
 *       first line that mixes text and numbers is a row, so that a row with a slip in it is never
 *       taken for names.
 *   <li>What columns hold and which cells are missing: {@link ColumnText}.
 * </ul>
 *
 * <p><b>Writing.</b> Commas, LF, always a header ({@code x1, x2, ...} where the table has no
 * names), numbers in full precision ({@link Double#toString}: reading gives the same bits), labels
 * and times as text, in quotes where they need them. A missing label or time is an empty cell.
 */
final class CsvFiles {
  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}_.\\-]+");

  private CsvFiles() {}

  /**
   * Reads a table.
   *
   * @param path the file
   * @param options how text is read
   * @return the table, of at least one row
   * @throws FjordException FILE_MISSING; FILE_DAMAGED, naming line and column, for text among
   *     numbers, a missing cell, rows of different lengths, and for a file without rows;
   *     NON_FINITE, naming line and column, for NaN and infinity
   */
  static Table read(Path path, Tables.ReadOptions options) {
    return read(path, new CellRules(path.toString(), options));
  }

  /** Reads a table whose numbers need not be finite, and whose cells may be missing. */
  static Table readWithGaps(Path path) {
    Tables.ReadOptions gaps =
        Tables.ReadOptions.defaults().withMissing(Missing.KEEP).withInfinite(true);
    return read(path, new CellRules(path.toString(), gaps));
  }

  private static Table read(Path path, CellRules rules) {
    CsvTable table = InputFiles.read(path, rules.options().unpacked(), in -> read(in, rules, null));
    if (table.again()) {
      InputFiles.read(path, rules.options().unpacked(), in -> read(in, rules, table));
    }
    return table.table();
  }

  private static CsvTable read(InputStream in, CellRules rules, @Nullable CsvTable begun)
      throws IOException {
    try (CsvText text = CsvText.open(in, rules, begun)) {
      while (text.next()) {}
      return text.table();
    }
  }

  /** Reads a table of all that a stream holds. */
  static Table read(byte[] text, CellRules rules) throws IOException {
    CsvTable table = read(new ByteArrayInputStream(text), rules, null);
    if (table.again()) {
      read(new ByteArrayInputStream(text), rules, table);
    }
    return table.table();
  }

  /**
   * Writes a table.
   *
   * @param table NaN and infinity are written as {@code NaN} and {@code Infinity}
   * @param header whether its names are written too
   */
  static void write(Writer writer, Table table, boolean header) throws IOException {
    if (header) {
      writeHeader(writer, table.namesOrDefault());
    }
    CellText[] texts = texts(table);
    for (double[] row : table.rows()) {
      writeRow(writer, row, texts);
    }
  }

  private static void writeHeader(Writer writer, List<String> names) throws IOException {
    String separator = "";
    for (String name : names) {
      writer.write(separator);
      writer.write(quoted(name));
      separator = ",";
    }
    writer.write('\n');
  }

  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** How cells are written. An empty cell alone in its line is in quotes: its line is not blank. */
  private static CellText[] texts(Table table) {
    CellText[] texts = new CellText[table.columns()];
    for (int j = 0; j < texts.length; j++) {
      CellText text = CellText.of(table.type(j));
      if (table.type(j) instanceof Table.Type.Labels labels) {
        List<String> written = labels.labels().stream().map(CsvFiles::quoted).toList();
        text = code -> Double.isNaN(code) ? "" : written.get((int) code);
      }
      CellText each = text;
      texts[j] =
          texts.length > 1 ? each : value -> each.text(value).isEmpty() ? "\"\"" : each.text(value);
    }
    return texts;
  }

  private static void writeRow(Writer writer, double[] row, CellText[] texts) throws IOException {
    for (int j = 0; j < row.length; j++) {
      if (j > 0) {
        writer.write(',');
      }
      writer.write(texts[j].text(row[j]));
    }
    writer.write('\n');
  }
}
