package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TableOptions.Interval;
import org.fjordflow.model.TableOptions.Missing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what the columns of a table are. */
final class ColumnOptions {

  @Option(
      names = "--target",
      paramLabel = "COLUMNS",
      split = ",",
      converter = Unquoted.class,
      description =
          "columns to learn the density of, by name or number from 1, a name with a comma in double"
              + " quotes; all others are given (default: all, and nothing is given)")
  private List<String> target = new ArrayList<>();

  @Option(
      names = "--given",
      paramLabel = "COLUMNS",
      split = ",",
      converter = Unquoted.class,
      description = "columns to condition on: p(target | given)")
  private List<String> given = new ArrayList<>();

  @Option(
      names = "--columns",
      paramLabel = "COLUMNS",
      split = ",",
      converter = Unquoted.class,
      description = "use these columns alone")
  private List<String> columns = new ArrayList<>();

  @Option(
      names = "--drop",
      paramLabel = "COLUMNS",
      split = ",",
      converter = Unquoted.class,
      description = "leave these columns out")
  private List<String> drop = new ArrayList<>();

  @Option(
      names = "--id",
      paramLabel = "COLUMN",
      description = "the column that names rows: it is no part of the model, scores carry it")
  private @Nullable String id;

  @Option(
      names = "--kind",
      paramLabel = "COLUMN=KIND",
      description =
          "what a column is: real, integer, category, yes-no, time or id; may be repeated. What is"
              + " not said is found from the cells, and told before training")
  private Map<String, String> kinds = new LinkedHashMap<>();

  @Option(
      names = "--scale",
      paramLabel = "COLUMN=SCALE",
      description =
          "what is done with a column: standard, robust (linear in the middle, logarithmic far"
              + " out), log, or cells (a probability for each value)")
  private Map<String, String> scales = new LinkedHashMap<>();

  @Option(
      names = "--log",
      paramLabel = "COLUMNS",
      split = ",",
      converter = Unquoted.class,
      description = "short for --scale COLUMN=log of each")
  private List<String> log = new ArrayList<>();

  @Option(
      names = "--bounds",
      paramLabel = "COLUMN=LOW:HIGH",
      description = "a column that never leaves these bounds; samples do not either")
  private Map<String, String> bounds = new LinkedHashMap<>();

  @Option(
      names = "--circular",
      paramLabel = "COLUMN=LOW:HIGH",
      description = "a column whose ends meet, such as hour=0:24 or longitude=-180:180")
  private Map<String, String> circular = new LinkedHashMap<>();

  @Option(
      names = "--missing",
      paramLabel = "WAY",
      description =
          "what is done with missing cells: refuse (default), drop-rows, or mark, which tells the"
              + " flow that a given cell is missing")
  private String missing = Missing.REFUSE.id();

  /** Returns whether anything was said. */
  boolean isGiven() {
    return !options().equals(TableOptions.standard());
  }

  /** Returns what was said. */
  TableOptions options() {
    Map<String, Kind> kindOf = new LinkedHashMap<>();
    kinds.forEach((column, kind) -> kindOf.put(column, Kind.of(kind)));
    Map<String, Scale> scaleOf = new LinkedHashMap<>();
    scales.forEach((column, scale) -> scaleOf.put(column, Scale.of(scale)));
    log.forEach(column -> scaleOf.put(column, Scale.LOG));
    return new TableOptions(
        target,
        given,
        columns,
        drop,
        id,
        kindOf,
        scaleOf,
        intervals("--bounds", bounds),
        intervals("--circular", circular),
        Missing.of(missing));
  }

  private static Map<String, Interval> intervals(String option, Map<String, String> said) {
    Map<String, Interval> result = new LinkedHashMap<>();
    said.forEach((column, ends) -> result.put(column, interval(option, column, ends)));
    return result;
  }

  private static Interval interval(String option, String column, String ends) {
    int colon = ends.indexOf(':');
    try {
      if (colon > 0) {
        return new Interval(
            Double.parseDouble(ends.substring(0, colon)),
            Double.parseDouble(ends.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "%s %s=%s; expected two numbers with a colon between them, such as %s=0:24"
            .formatted(option, column, ends, column));
  }
}
