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
import java.util.List;
import java.util.regex.Pattern;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Tables.ReadOptions.Missing;
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
 *       letter and is no time; an empty name there becomes {@code x} and the column's number. A first line that
 *       mixes text and numbers is a row, so that a row with a slip in it is never taken for names.
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
    return read(path, new CellRules(path.toString(), options, false));
  }

  /** Reads a table whose numbers need not be finite, and whose cells may be missing. */
  static Table readWithGaps(Path path) {
    Tables.ReadOptions gaps = Tables.ReadOptions.defaults().withMissing(Missing.KEEP);
    return read(path, new CellRules(path.toString(), gaps, true));
  }

  private static Table read(Path path, CellRules rules) {
    CsvTable table = new CsvTable(rules);
    InputFiles.read(path, in -> read(in, table));
    if (table.again()) {
      InputFiles.read(path, in -> read(in, table));
    }
    return table.table();
  }

  private static CsvTable read(InputStream in, CsvTable table) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16);
    CsvLine cells = new CsvLine(table.rules());
    long lineNumber = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      lineNumber++;
      if (lineNumber == 1 && line.startsWith("\uFEFF")) {
        line = line.substring(1);
      }
      if (!line.isBlank() && !line.startsWith("#")) {
        cells.split(line, lineNumber);
        table.add(cells);
      }
    }
    return table;
  }

  /**
   * Writes a table; see {@link AtomicFiles#write}.
   *
   * @param path the file
   * @param table the table; NaN and infinity are written as {@code NaN} and {@code Infinity}
   * @throws FjordException FILE_UNWRITABLE
   */
  static void write(Path path, Table table) {
    AtomicFiles.write(
        path,
        out -> {
          Writer writer =
              new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), 1 << 16);
          writeHeader(writer, table.namesOrDefault());
          CellText[] texts = texts(table);
          for (double[] row : table.rows()) {
            writeRow(writer, row, texts);
          }
          writer.flush();
        });
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
          texts.length > 1
              ? each
              : value -> each.text(value).isEmpty() ? "\"\"" : each.text(value);
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
