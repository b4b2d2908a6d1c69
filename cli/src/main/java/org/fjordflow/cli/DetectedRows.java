package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.page.DetectionPage;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.AnomalyDetector.Scores;
import org.fjordflow.model.anomaly.Calibration;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.model.anomaly.Reason;
import org.fjordflow.report.ScoresPicture;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a file that are judged. They are read twice, part by part: for their log-densities,
 * and when it is known which of them are told. Standard input is held in memory instead.
 */
final class DetectedRows {

  private static final List<String> RESULTS =
      List.of("log_prob", "score", "p_value", "rank", "anomaly", "because");

  private static final int MOST_REASONS = 3;

  /** Rows of the highest scores that a picture shows. */
  private static final int HIGHEST = 12;

  /** Reasons that gain less than this part of the greatest one are left out. */
  private static final double WORTH_TELLING = 0.1;

  private final String location;
  private final AnomalyDetector detector;
  private final FlowModel model;
  private final RowFiles files;
  private final CarriedColumns carried;
  private final @Nullable LabelColumn labels;
  private final Map<Integer, String> shown = new HashMap<>();
  private final Map<Integer, String> told = new HashMap<>();
  private @Nullable List<Table> held;
  private int rows;

  /**
   * Prepares to judge rows.
   *
   * @param files where the rows are, and where what is found is written
   * @param carried columns that are written beside what is found
   * @param labels column that says which rows are anomalies, or null
   */
  DetectedRows(
      RowFiles files,
      AnomalyDetector detector,
      CarriedColumns carried,
      @Nullable LabelColumn labels) {
    this.files = files;
    this.location = files.data();
    this.detector = detector;
    this.model = detector.model();
    this.carried = carried;
    this.labels = labels;
  }

  /** Scores all rows, and takes their labels. */
  Scores score() {
    List<Scores> scores = new ArrayList<>();
    forEachPart(
        part -> {
          if (labels != null) {
            labels.add(part);
          }
          try {
            scores.add(detector.score(chosen(part)));
          } catch (FjordException e) {
            throw rows == 0
                ? e
                : new FjordException(
                    e.key(), "of the rows after row %d: %s".formatted(rows, e.getMessage()), e);
          }
          rows += part.rowCount();
        });
    return new Scores(joined(scores, Scores::logProb), joined(scores, Scores::score));
  }

  private static double[] joined(List<Scores> parts, Function<Scores, double[]> values) {
    return parts.stream().map(values).flatMapToDouble(Arrays::stream).toArray();
  }

  /**
   * Writes what was found.
   *
   * @param reasons whether to say which columns make the rows that are told so
   * @param parts whether to write what each column adds to the score
   */
  void write(Detection found, boolean reasons, boolean parts, Console console) {
    int[] ranks = found.ranks();
    for (int row : highest(found)) {
      shown.put(row, "");
    }
    int[] from = {0};
    try (Tables.Writer writer = files.writer(console)) {
      forEachPart(
          part -> {
            List<String> because =
                reasons ? because(found, part, from[0]) : emptyReasons(part.rowCount());
            writer.append(table(found, ranks, because, part, from[0], parts));
            from[0] += part.rowCount();
          });
      writer.finish();
    }
  }

  private void forEachPart(Consumer<Table> use) {
    if (held != null) {
      held.forEach(use);
      return;
    }
    boolean stream = TableFiles.isStream(location);
    List<Table> kept = new ArrayList<>();
    List<String> beside = beside();
    Set<String> wanted = new LinkedHashSet<>(columns());
    if (!wanted.isEmpty()) {
      wanted.addAll(beside);
    }
    try (Tables.Rows parts =
        TableFiles.stream(
            location,
            files.reading().options(model, beside).withMissing(ReadOptions.Missing.KEEP),
            wanted,
            SampleCommand.partRows(model))) {
      if (parts.columns() == 0) {
        throw new FjordException(
            ErrorKey.FILE_DAMAGED, location + " holds no rows, or only a line of names");
      }
      carried.requireThere(parts.names());
      carried.requireFree(parts.names(), RESULTS);
      if (labels != null) {
        CarriedColumns.requireColumn(location, parts.names(), labels.name());
      }
      for (Table part = parts.next(); part != null; part = parts.next()) {
        use.accept(part);
        if (stream) {
          kept.add(part);
        }
      }
    }
    held = stream ? kept : null;
  }

  /** The columns that are read beside the model's. */
  private List<String> beside() {
    List<String> beside = new ArrayList<>(carried.names());
    if (labels != null) {
      beside.add(labels.name());
    }
    return beside;
  }

  /** Names of the model's columns, data before context, where it has names. */
  private List<String> columns() {
    return Stream.concat(model.columns().stream(), model.contextColumns().stream()).toList();
  }

  private Table chosen(Table part) {
    return part.selectColumns(
        ModelOptions.choose(
            part.names(),
            part.columns(),
            Set.copyOf(beside()),
            location,
            columns(),
            model.dim() + model.contextSize()));
  }

  private static List<String> emptyReasons(int count) {
    return IntStream.range(0, count).mapToObj(i -> "").toList();
  }

  private List<String> because(Detection found, Table part, int from) {
    int[] told =
        IntStream.range(0, part.rowCount()).filter(i -> found.anomaly()[from + i]).toArray();
    List<List<Reason>> reasons = detector.because(chosen(part).selectRows(told));
    List<String> texts = new ArrayList<>(emptyReasons(part.rowCount()));
    for (int k = 0; k < told.length; k++) {
      texts.set(told[k], text(reasons.get(k)));
    }
    return texts;
  }

  /** The columns that make a row unlike others, in one cell. */
  static String text(List<Reason> reasons) {
    double most = reasons.get(0).gain();
    String text =
        reasons.stream()
            .limit(MOST_REASONS)
            .filter(reason -> reason.gain() > 0 && reason.gain() >= WORTH_TELLING * most)
            .map(
                reason ->
                    String.format(
                        Locale.ROOT,
                        "%s %+.1f (%s, likely %s)",
                        reason.column(),
                        reason.gain(),
                        reason.value(),
                        reason.likely()))
            .collect(Collectors.joining("; "));
    return text.isEmpty() ? "no column alone" : text;
  }

  private static int[] highest(Detection found) {
    return Arrays.stream(found.order()).limit(HIGHEST).toArray();
  }

  /** Returns the rows of the highest scores, named as in what was written. */
  List<ScoresPicture.Row> shown(Detection found) {
    return Arrays.stream(highest(found))
        .filter(i -> !Double.isNaN(found.score()[i]))
        .mapToObj(i -> new ScoresPicture.Row(shown.getOrDefault(i, ""), found.score()[i]))
        .toList();
  }

  /** Returns what a page says of the rows, after they were written. */
  DetectionPage.Found page(
      Detection found, Calibration calibration, @Nullable Judgement judgement) {
    List<DetectionPage.Row> most =
        Arrays.stream(highest(found))
            .filter(i -> !Double.isNaN(found.score()[i]))
            .mapToObj(
                i -> {
                  String[] named = shown.getOrDefault(i, "").split(": ", 2);
                  return new DetectionPage.Row(
                      named[0],
                      found.score()[i],
                      found.pValue()[i],
                      found.anomaly()[i],
                      named.length < 2 ? "" : named[1],
                      told.getOrDefault(i, ""));
                })
            .toList();
    return new DetectionPage.Found(
        String.valueOf(Path.of(location).getFileName()),
        found.score(),
        found.pValue(),
        found.anomaly(),
        calibration.scores(),
        found.threshold(),
        judgement == null ? List.of() : judgement.facts(),
        most);
  }

  private void name(Table part, List<String> because, int from) {
    String id = carried.id();
    int column = id == null ? -1 : part.names().indexOf(id);
    for (int i = 0; i < part.rowCount(); i++) {
      int row = from + i;
      if (shown.containsKey(row)) {
        told.put(row, because.get(i));
      }
      String reason = because.get(i).replaceFirst(" [-+(].*", "");
      shown.computeIfPresent(
          row,
          (key, old) ->
              (column < 0 ? "row " + (row + 1) : part.cell(row - from, column))
                  + (reason.isEmpty() ? "" : ": " + reason));
    }
  }

  private Table table(
      Detection found, int[] ranks, List<String> because, Table part, int from, boolean withParts) {
    int n = part.rowCount();
    List<String> names = new ArrayList<>();
    List<Table.Type> types = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    name(part, because, from);
    names.addAll(RESULTS);
    for (double[] values : List.of(found.logProb(), found.score(), found.pValue())) {
      types.add(Table.Type.NUMBER);
      columns.add(Arrays.copyOfRange(values, from, from + n));
    }
    types.add(Table.Type.WHOLE);
    columns.add(IntStream.range(from, from + n).mapToDouble(i -> ranks[i]).toArray());
    types.add(Table.Type.WHOLE);
    columns.add(
        IntStream.range(from, from + n).mapToDouble(i -> found.anomaly()[i] ? 1 : 0).toArray());
    List<String> labelsOfPart =
        because.stream().filter(text -> !text.isEmpty()).distinct().toList();
    types.add(new Table.Type.Labels(labelsOfPart));
    columns.add(
        because.stream()
            .mapToDouble(text -> text.isEmpty() ? Double.NaN : labelsOfPart.indexOf(text))
            .toArray());
    if (withParts) {
      Table own = Table.of(detector.parts(chosen(part)));
      List<String> modelled =
          model.table(new double[][] {new double[model.dim()]}).namesOrDefault();
      for (int j = 0; j < own.columns(); j++) {
        names.add("part_" + modelled.get(j));
        types.add(Table.Type.NUMBER);
        columns.add(own.column(j));
      }
    }
    double[][] written = new double[n][names.size()];
    for (int j = 0; j < names.size(); j++) {
      for (int i = 0; i < n; i++) {
        written[i][j] = columns.get(j)[i];
      }
    }
    Table results = Table.of(names, types, written);
    return carried.before(part, RowPlaces.of(from, n, new long[0]), results);
  }
}
