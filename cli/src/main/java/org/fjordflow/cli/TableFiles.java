package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;

/** Tables as the command names them: {@code -} is standard input or output, as csv. */
final class TableFiles {
  private static final String STREAM = "-";
  private static final Pattern SHEETS =
      Pattern.compile(
          ".*\\.(xlsx?|xlsm|ods|numbers|feather|arrow|orc|avro|json|jsonl|h5|hdf5|mat|rds|sav|dta)");

  private TableFiles() {}

  /** Whether a location is standard input or output. */
  static boolean isStream(String location) {
    return location.equals(STREAM);
  }

  /** Reads a table. */
  static Table read(String location, ReadOptions options) {
    if (isStream(location)) {
      return Tables.read(System.in, "standard input", options);
    }
    requireTable(location);
    if (isParquet(location)) {
      try (Tables.Rows rows = ParquetRows.open(location, options, Set.of(), Integer.MAX_VALUE)) {
        return Objects.requireNonNull(rows.next()); // without rows it is an error
      }
    }
    return Tables.read(location, options);
  }

  /** Reads a table part by part. */
  static Tables.Rows stream(String location, ReadOptions options, Set<String> wanted, int rows) {
    if (isStream(location)) {
      return Tables.stream(System.in, "standard input", options, wanted, rows);
    }
    requireTable(location);
    if (isParquet(location)) {
      return ParquetRows.open(location, options, wanted, rows);
    }
    return Tables.stream(location, options, wanted, rows);
  }

  /** Begins to write a table. */
  static Tables.Writer writer(Path path, Console console) {
    if (isStream(path.toString())) {
      return Tables.writer(console.out(), "standard output");
    }
    return isParquet(path.toString()) ? new ParquetTables(path) : Tables.writer(path);
  }

  /** Where a command speaks that writes to a path: beside it. */
  static Console beside(Path path, Console console) {
    return isStream(path.toString()) ? new Console(console.err(), console.err()) : console;
  }

  private static boolean isParquet(String location) {
    return location.toLowerCase(Locale.ROOT).endsWith(".parquet");
  }

  private static void requireTable(String location) {
    if (SHEETS.matcher(location.toLowerCase(Locale.ROOT)).matches()) {
      throw new FjordException(
          ErrorKey.FILE_FORMAT,
          location + ": such files are not read; save it as .csv or .parquet");
    }
  }
}
