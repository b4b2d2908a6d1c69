package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;

/** Scores a file part by part, and keeps a tally. */
final class ScoredRows {
  private static final List<String> RESULTS = List.of("log_prob", "standard_error");

  private final String location;
  private final FlowModel model;
  private final CarriedColumns carried;
  private final MissingRows missing;
  private final RowRemarks unscored = new RowRemarks();
  private final RowRemarks impossible = new RowRemarks();
  private final Set<Integer> known = new HashSet<>();
  private final Work work = new Work();
  private long rows;
  private long dropped;
  private long finite;
  private double mean;
  private double squares;
  private double seconds;

  /**
   * Prepares to score.
   *
   * @param carried columns that are written beside the scores
   * @param missing what is done with rows that lack cells
   */
  ScoredRows(String location, FlowModel model, CarriedColumns carried, MissingRows missing) {
    this.location = location;
    this.model = model;
    this.carried = carried;
    this.missing = missing;
  }

  /** Scores rows. */
  @FunctionalInterface
  interface Scoring {
    /**
     * Scores rows of the model's columns, given those that they are conditioned on.
     *
     * @param failures takes rows that cannot be scored, which are NaN; those in it already are left
     *     out. Modified.
     */
    LogDensity of(double[][] rows, Context given, Failures failures);
  }

  /**
   * Scores all rows.
   *
   * @param most rows at once
   * @param scoring of rows
   * @param estimated whether standard errors are written
   */
  void score(
      ReadOptions options,
      int most,
      Scoring scoring,
      boolean estimated,
      Path out,
      Console console) {
    Set<String> wanted = new LinkedHashSet<>(columns());
    if (!wanted.isEmpty()) {
      wanted.addAll(carried.names());
    }
    RowsProgress progress = new RowsProgress(console.err(), "scored");
    try (Tables.Rows parts = TableFiles.stream(location, missing.reading(options), wanted, most);
        Tables.Writer writer = TableFiles.writer(out, console)) {
      if (parts.columns() == 0) {
        throw new FjordException(
            ErrorKey.FILE_DAMAGED, location + " holds no rows, or only a line of names");
      }
      carried.requireThere(parts.names());
      carried.requireFree(parts.names(), RESULTS);
      choose(parts.names(), parts.columns());
      for (Table part = parts.next(); part != null; part = parts.next()) {
        Scored scored = scored(part, RowPlaces.of(rows, part.rowCount(), parts.lines()), scoring);
        rows += part.rowCount();
        if (scored.part().rowCount() > 0) {
          work.add(scored.scores().work());
          writer.append(table(scored, estimated));
          tally(scored);
        }
        progress.at(rows);
      }
      requireSome();
      writer.finish();
    }
  }

  /** Rows with their scores, and why some have none. */
  private record Scored(Table part, RowPlaces places, LogDensity scores, Failures failures) {}

  private Scored scored(Table part, RowPlaces places, Scoring scoring) {
    try {
      Table chosen = part.selectColumns(choose(part.names(), part.columns()));
      Failures failures = new Failures();
      double[][] data = model.data(chosen);
      look(data);
      Context given = model.context(chosen, failures);
      if (missing.drops()) {
        int[] complete = MissingRows.complete(model, data, given, data.length);
        if (complete.length < data.length) {
          dropped += data.length - complete.length;
          return scored(part.selectRows(complete), places.select(complete), scoring);
        }
      }
      long start = System.nanoTime();
      LogDensity scores = scoring.of(data, given, failures);
      seconds += (System.nanoTime() - start) * 1e-9;
      for (Failure failure : failures.list()) {
        missing.require(location, places.text(failure.row()), failure.reason());
        unscored.add(failure.reason(), places, failure.row());
      }
      return new Scored(part, places, scores, failures);
    } catch (FjordException e) {
      throw rows == 0
          ? e
          : new FjordException(
              e.key(), "of the rows after row %d: %s".formatted(rows, e.getMessage()), e);
    }
  }

  /** Notes the columns of categories that have some value that the model knows. */
  private void look(double[][] data) {
    TableSpec table = model.config().table();
    for (int j = 0; table != null && j < table.data().size(); j++) {
      ColumnSpec column = table.data().get(j);
      int at = j;
      if (!column.values().isEmpty()
          && !known.contains(j)
          && Arrays.stream(data).anyMatch(row -> column.values().contains(row[at]))) {
        known.add(j);
      }
    }
  }

  /** Says which columns have nothing that the model knows: they are likely to be others. */
  private void unknown(Console console) {
    TableSpec table = model.config().table();
    for (int j = 0; table != null && j < table.data().size(); j++) {
      ColumnSpec column = table.data().get(j);
      if (!column.values().isEmpty() && !known.contains(j)) {
        console.say(
            "no value of column '%s' is known to the model, which has %s there: log-densities are -Infinity; is it another column?",
            column.name(), column.labels().isEmpty() ? column.values() : column.labels());
      }
    }
  }

  /** Names of the model's columns, data before context, where it has names. */
  private List<String> columns() {
    return Stream.concat(model.columns().stream(), model.contextColumns().stream()).toList();
  }

  private int[] choose(List<String> names, int columns) {
    return ModelOptions.choose(
        names,
        columns,
        Set.copyOf(carried.names()),
        location,
        columns(),
        model.dim() + model.contextSize());
  }

  private Table table(Scored scored, boolean estimated) {
    double[] logProb = scored.scores().logProb();
    double[] errors = scored.scores().standardError();
    double[][] written = new double[logProb.length][];
    Arrays.setAll(
        written, i -> estimated ? new double[] {logProb[i], errors[i]} : new double[] {logProb[i]});
    Table results = Table.of(RESULTS.subList(0, estimated ? 2 : 1), written);
    return carried.before(scored.part(), scored.places(), results);
  }

  /** Welford's sums. */
  private void tally(Scored scored) {
    double[] logProb = scored.scores().logProb();
    for (int i = 0; i < logProb.length; i++) {
      double value = logProb[i];
      if (Double.isFinite(value)) {
        finite++;
        double from = value - mean;
        mean += from / finite;
        squares += from * (value - mean);
      } else if (!scored.failures().contains(i)) {
        impossible.add("", scored.places(), i);
      }
    }
  }

  /** Where nothing has a score, the input is not what is expected. */
  private void requireSome() {
    if (rows > 0 && unscored.rows() + dropped == rows) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "%s: no row can be scored: %s"
              .formatted(
                  location, unscored.isEmpty() ? "all of them lack cells" : unscored.line()));
    }
  }

  /** Says what came out. */
  void report(Console console, Path out) {
    unknown(console);
    impossible.say(console, "density zero, -Infinity");
    unscored.say(console, "no log-density, NaN");
    if (dropped > 0) {
      console.say(
          "%d %s left out for lack of cells", dropped, dropped == 1 ? "row is" : "rows are");
    }
    if (finite == 0) {
      console.say(
          "%d rows, %s of density zero, -Infinity, %s -> %s",
          rows - dropped,
          impossible.rows() == rows ? "all" : "" + impossible.rows(),
          Console.seconds(seconds),
          out);
      return;
    }
    console.say(
        "%d rows, mean log-density %.6f +- %.6f nats%s, %s%s -> %s",
        rows - dropped,
        mean,
        finite < 2 ? Double.NaN : Math.sqrt(squares / (finite - 1) / finite),
        without(),
        Console.seconds(seconds),
        Console.evaluations(work),
        out);
  }

  private String without() {
    long zero = impossible.rows();
    long none = unscored.rows();
    String first = zero == 0 ? "" : zero + " of density zero, -Infinity";
    String second = none == 0 ? "" : none + " that cannot be scored, NaN";
    return zero + none == 0
        ? ""
        : " without " + first + (zero > 0 && none > 0 ? " and " : "") + second;
  }
}
