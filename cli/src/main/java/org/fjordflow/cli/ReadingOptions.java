package org.fjordflow.cli;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how numbers are written in a file of text. */
final class ReadingOptions {

  @Option(
      names = "--decimal",
      paramLabel = "MARK",
      description = "the decimal mark in files of text: . (default) or ,")
  private String decimal = ".";

  @Option(
      names = "--grouping",
      paramLabel = "MARK",
      description = "the mark between thousands in files of text: , . ' or a blank (default: none)")
  private @Nullable String grouping;

  @Option(
      names = "--percent",
      description = "read cells such as 12 %% of files of text as 0.12")
  private boolean percent;

  /** Reads a table; missing cells are NaN. */
  Table read(String location) {
    return Tables.read(location, options());
  }

  /** Returns what was said; missing cells are kept, whoever uses a column decides on them. */
  ReadOptions options() {
    ReadOptions options =
        ReadOptions.defaults()
            .withMissing(ReadOptions.Missing.KEEP)
            .withDecimal(mark("--decimal", decimal))
            .withPercent(percent);
    return grouping == null ? options : options.withGrouping(mark("--grouping", grouping));
  }

  private static char mark(String option, String given) {
    if (given.length() != 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, option + " is '" + given + "'; expected a single character");
    }
    return given.charAt(0);
  }
}
