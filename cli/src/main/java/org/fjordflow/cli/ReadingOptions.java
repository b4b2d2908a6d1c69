package org.fjordflow.cli;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TableSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say how numbers are written in a file of text. */
final class ReadingOptions {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(k|m|g)");

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

  @Option(names = "--percent", description = "read cells such as 12 %% of files of text as 0.12")
  private boolean percent;

  @Option(
      names = "--unpack-limit",
      paramLabel = "SIZE",
      description =
          "bytes that any packed file may unpack to, such as 500m or 8g; larger ones are refused"
              + " where they unpack to more than 200 times their size (default: ${DEFAULT-VALUE})")
  private String unpacked = "64m";

  /** Reads a table; missing cells are NaN. */
  Table read(String location) {
    return TableFiles.read(location, options());
  }

  /**
   * Reads a table to train on. What is not modelled may be anything; what is said to be a category
   * is text where not all of its cells are numbers.
   *
   * @param others names of more columns that are not modelled
   */
  Table read(String location, TableOptions columns, Set<String> others) {
    List<String> names = TableFiles.isStream(location) ? List.of() : names(location);
    Set<String> unmodelled = new HashSet<>(columns.unmodelled(names));
    unmodelled.addAll(others);
    ReadOptions plain = options().withText(unmodelled);
    Set<String> texts = new HashSet<>(columns.categories(names));
    try {
      return TableFiles.read(location, plain);
    } catch (FjordException e) {
      if (e.key() != ErrorKey.FILE_DAMAGED || texts.isEmpty()) {
        throw e;
      }
      texts.addAll(plain.text());
      return TableFiles.read(location, plain.withText(texts));
    }
  }

  private List<String> names(String location) {
    try (Tables.Rows rows = TableFiles.stream(location, options(), Set.of(), 1)) {
      return rows.names();
    }
  }

  /**
   * Reads the columns of a table that a model has; others are not looked at, and missing cells are
   * NaN.
   */
  Table read(String location, FlowModel model) {
    return read(location, model, null, options(model)).table();
  }

  /**
   * Reads the columns of a table that a model has, with where its rows stand.
   *
   * @param carried more columns to read, or null for none
   * @throws FjordException SHAPE_MISMATCH, naming it, if a column of context is not there;
   *     INVALID_ARGUMENT if one to carry is not
   */
  PlacedTable read(
      String location, FlowModel model, @Nullable CarriedColumns carried, ReadOptions options) {
    Set<String> wanted = new HashSet<>(model.columns());
    wanted.addAll(model.contextColumns());
    if (!wanted.isEmpty() && carried != null) {
      wanted.addAll(carried.names());
    }
    try (Tables.Rows parts = TableFiles.stream(location, options, wanted, Integer.MAX_VALUE)) {
      if (carried != null) {
        carried.requireThere(parts.names());
      }
      ModelOptions.requireThere(parts.names(), location, model.contextColumns());
      return PlacedTable.read(parts, location);
    }
  }

  /**
   * Returns how rows for a model are read: texts that it knows are texts, whatever they look like.
   */
  ReadOptions options(FlowModel model) {
    TableSpec table = model.config().table();
    return table == null
        ? options()
        : options()
            .withText(
                Stream.concat(table.data().stream(), table.given().stream())
                    .filter(column -> !column.labels().isEmpty())
                    .map(ColumnSpec::name)
                    .collect(Collectors.toSet()));
  }

  /**
   * Returns how rows are read that are scored by a model.
   *
   * @param carried columns that are written as they are, whatever they look like
   */
  ReadOptions options(FlowModel model, List<String> carried) {
    ReadOptions known = options(model);
    Set<String> texts = new HashSet<>(known.text());
    texts.addAll(carried);
    texts.removeIf(
        name ->
            !known.text().contains(name)
                && (model.columns().contains(name) || model.contextColumns().contains(name)));
    TableSpec table = model.config().table();
    boolean gaps = table != null && table.given().stream().anyMatch(ColumnSpec::gaps);
    return known
        .withText(texts)
        .withMissing(
            gaps || !texts.isEmpty() ? ReadOptions.Missing.KEEP : ReadOptions.Missing.REFUSE);
  }

  /** Returns what was said; missing cells are kept, whoever uses a column decides on them. */
  ReadOptions options() {
    ReadOptions options =
        ReadOptions.defaults()
            .withMissing(ReadOptions.Missing.KEEP)
            .withDecimal(mark("--decimal", decimal))
            .withPercent(percent)
            .withUnpacked(bytes(unpacked));
    return grouping == null ? options : options.withGrouping(mark("--grouping", grouping));
  }

  private static long bytes(String given) {
    Matcher size = SIZE.matcher(given);
    if (!size.matches()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--unpack-limit is '" + given + "'; expected a size such as 500m or 8g");
    }
    return Long.parseLong(size.group(1)) << (10 * ("kmg".indexOf(size.group(2)) + 1));
  }

  private static char mark(String option, String given) {
    if (given.length() != 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, option + " is '" + given + "'; expected a single character");
    }
    return given.charAt(0);
  }
}
