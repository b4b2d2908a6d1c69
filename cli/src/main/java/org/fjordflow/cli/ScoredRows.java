package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.model.FlowModel;

/** Scores a file part by part, and keeps a tally. */
final class ScoredRows {
  private final String location;
  private final FlowModel model;
  private final List<String> carried;
  private final boolean numbered;
  private final Work work = new Work();
  private long rows;
  private long finite;
  private double mean;
  private double squares;
  private double seconds;

  /**
   * Prepares to score.
   *
   * @param carried names of columns that are written beside the scores
   * @param numbered whether the number of each row is written, from 1
   */
  ScoredRows(String location, FlowModel model, List<String> carried, boolean numbered) {
    this.location = location;
    this.model = model;
    this.carried = carried;
    this.numbered = numbered;
  }

  /**
   * Scores all rows.
   *
   * @param most rows at once
   * @param score of rows of the model's columns
   * @param estimated whether standard errors are written
   */
  void score(
      ReadOptions options,
      int most,
      Function<double[][], LogDensity> score,
      boolean estimated,
      Path out,
      Console console) {
    Set<String> wanted = new LinkedHashSet<>(model.columns());
    if (!wanted.isEmpty()) {
      wanted.addAll(carried);
    }
    try (Tables.Rows parts = TableFiles.stream(location, options, wanted, most);
        Tables.Writer writer = TableFiles.writer(out, console)) {
      requireCarried(parts.names());
      choose(parts.names(), parts.columns());
      for (Table part = parts.next(); part != null; part = parts.next()) {
        int[] columns = choose(part.names(), part.columns());
        double[][] chosen = model.data(part.selectColumns(columns));
        long start = System.nanoTime();
        LogDensity scores = score.apply(chosen);
        seconds += (System.nanoTime() - start) * 1e-9;
        work.add(scores.work());
        writer.append(table(scores, estimated, part));
        tally(scores.logProb());
      }
      writer.finish();
    }
  }

  private int[] choose(List<String> names, int columns) {
    return ModelOptions.choose(
        names, columns, Set.copyOf(carried), location, model.columns(), model.dim());
  }

  private void requireCarried(List<String> names) {
    for (String name : carried) {
      if (!names.contains(name)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s has no column '%s' to carry; it has %s"
                .formatted(location, name, names.isEmpty() ? "no header" : names));
      }
    }
  }

  private Table table(LogDensity scores, boolean estimated, Table part) {
    List<String> names = new ArrayList<>();
    List<Table.Type> types = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    add("log_prob", Table.Type.NUMBER, scores.logProb(), names, types, columns);
    if (estimated) {
      add("standard_error", Table.Type.NUMBER, scores.standardError(), names, types, columns);
    }
    if (numbered) {
      double[] numbers = new double[part.rowCount()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = rows + i + 1;
      }
      add("row", Table.Type.NUMBER, numbers, names, types, columns);
    }
    for (String name : carried) {
      int column = part.names().indexOf(name);
      add(name, part.type(column), part.column(column), names, types, columns);
    }
    double[][] written = new double[part.rowCount()][names.size()];
    for (int j = 0; j < names.size(); j++) {
      double[] column = columns.get(j);
      for (int i = 0; i < written.length; i++) {
        written[i][j] = column[i];
      }
    }
    return Table.of(names, types, written);
  }

  private static void add(
      String name,
      Table.Type type,
      double[] column,
      List<String> names,
      List<Table.Type> types,
      List<double[]> columns) {
    names.add(name);
    types.add(type);
    columns.add(column);
  }

  /** Welford's sums. */
  private void tally(double[] logProb) {
    rows += logProb.length;
    for (double value : logProb) {
      if (Double.isFinite(value)) {
        finite++;
        double from = value - mean;
        mean += from / finite;
        squares += from * (value - mean);
      }
    }
  }

  /** Says what came out. */
  void report(Console console, Path out) {
    long none = rows - finite;
    console.say(
        "%d rows, mean log-density %.6f +- %.6f nats%s, %s%s -> %s",
        rows,
        finite == 0 ? Double.NaN : mean,
        finite < 2 ? Double.NaN : Math.sqrt(squares / (finite - 1) / finite),
        none == 0 ? "" : " without " + none + " of density zero, -Infinity",
        Console.seconds(seconds),
        Console.evaluations(work),
        out);
  }
}
