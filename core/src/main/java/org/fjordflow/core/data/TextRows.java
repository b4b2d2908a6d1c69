package org.fjordflow.core.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;
import org.fjordflow.core.data.internal.InputFiles;
import org.jspecify.annotations.Nullable;

/** The rows of an open text, table by table. The first rows decide the types of columns. */
final class TextRows implements Tables.Rows {
  /** So many rows decide the types; their cells are held as text. */
  private static final int DECIDING = 10_000;

  private final CsvText text;
  private final CellRules rules;
  private final int most;
  private boolean settled;

  private TextRows(CsvText text, CellRules rules, int most) {
    this.text = text;
    this.rules = rules;
    this.most = most;
  }

  static TextRows open(InputStream in, CellRules rules, Set<String> wanted, int most) {
    try {
      TextRows rows = new TextRows(CsvText.open(in, rules, null), rules, most);
      try {
        rows.text.table().stream(wanted);
        while (!rows.text.table().hasBegun() && rows.text.next()) {}
        return rows;
      } catch (IOException | RuntimeException e) {
        rows.close();
        throw e;
      }
    } catch (IOException e) {
      throw InputFiles.damaged(rules.source(), InputFiles.reason(e), e);
    }
  }

  @Override
  public List<String> names() {
    return text.table().names();
  }

  @Override
  public int columns() {
    return text.table().columns();
  }

  @Override
  public @Nullable Table next() {
    CsvTable table = text.table();
    boolean first = !settled;
    try {
      if (first) {
        while (table.rowCount() < Math.min(most, DECIDING) && text.next()) {}
        table.settle();
        settled = true;
      }
      while (table.rowCount() < most && text.next()) {}
    } catch (IOException e) {
      throw InputFiles.damaged(rules.source(), InputFiles.reason(e), e);
    }
    return first || table.rowCount() > 0 ? table.take() : null; // without any it is an error
  }

  @Override
  public long[] lines() {
    return text.table().lines();
  }

  @Override
  public void close() {
    try {
      text.close();
    } catch (IOException e) {
      throw InputFiles.damaged(rules.source(), InputFiles.reason(e), e);
    }
  }
}
