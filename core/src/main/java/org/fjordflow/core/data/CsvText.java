package org.fjordflow.core.data;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/** An open text file whose records go to a {@link CsvTable}, one by one. */
final class CsvText implements AutoCloseable {
  private final CsvTable table;
  private final CloseableIterator<Boolean> records;

  private CsvText(CsvTable table, CloseableIterator<Boolean> records) {
    this.table = table;
    this.records = records;
  }

  /**
   * Opens a text.
   *
   * @param in the text, closed with this
   * @param rules what cells may be
   * @param begun a table that wants to read the text again, or null
   */
  static CsvText open(InputStream in, CellRules rules, @Nullable CsvTable begun)
      throws IOException {
    HeadReader reader = new HeadReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    char separator = CsvHeader.separator(reader.firstLine(), rules.options().decimal());
    boolean blanks = separator == CsvHeader.BLANKS;
    CsvTable table = begun == null ? new CsvTable(rules, blanks || separator == '\t') : begun;
    Reader cells = blanks ? new BlanksReader(reader) : reader;
    CsvReader<Boolean> records =
        CsvReader.builder()
            .fieldSeparator(separator)
            .commentStrategy(CommentStrategy.SKIP)
            .allowUnclosedQuote(false)
            .trimWhitespacesAroundQuotes(true)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .build(table, cells);
    return new CsvText(table, records.iterator());
  }

  CsvTable table() {
    return table;
  }

  /**
   * Hands the next record to the table.
   *
   * @return whether there was one
   */
  boolean next() throws IOException {
    try {
      if (!records.hasNext()) {
        return false;
      }
      records.next();
      return true;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (CsvParseException e) {
      throw cause(e);
    }
  }

  private FjordException cause(CsvParseException e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof FjordException)) {
      cause = cause.getCause();
    }
    if (cause instanceof FjordException known) {
      return known;
    }
    if (!(cause instanceof CsvParseException)) {
      throw new IllegalStateException("reading " + table.place(), cause);
    }
    boolean closed = String.valueOf(cause.getMessage()).contains("after closing quote");
    return new FjordException(
        ErrorKey.FILE_DAMAGED,
        table.place()
            + (closed
                ? " has text after its closing quote"
                : " opens a quote that is never closed"),
        e);
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
