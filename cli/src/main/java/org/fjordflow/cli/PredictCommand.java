package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.Summary;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Predictions;
import org.fjordflow.model.TableSpec;
import org.fjordflow.report.PictureWriter;
import org.fjordflow.report.PredictionsPicture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Predicts columns given others. */
@Command(
    name = "predict",
    description = {
      "Writes what a conditional model expects of each row of a file, given its other columns: mean,"
          + " deviation, median and the ends of intervals of each target column.",
      "Where the file has the targets too, says how many of them the intervals cover and their"
          + " log-density, and --picture draws bands and calibration."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord train --data houses.csv --target price --model nsf --out runs/price",
      "  fjord predict --model runs/price --data new.csv --out predictions.csv",
      "  fjord predict --model runs/price --data houses.csv --out predictions.csv \\",
      "      --intervals 0.5,0.9 --picture bands.png"
    })
final class PredictCommand implements Callable<Integer> {

  /** Levels whose shares of observations are told by the picture. */
  private static final int CALIBRATION = 20;

  /** Ends nearer to 0 and 1 are rounded to these. */
  private static final double MOST = 1 - 1e-9;

  private final Console console;

  @Mixin private ModelOptions model;

  @Mixin private RowFiles files;

  @Mixin private RowNames names;

  @Option(
      names = "--intervals",
      paramLabel = "P,...",
      split = ",",
      description = "probabilities of central intervals (default: ${DEFAULT-VALUE})")
  private List<Double> intervals = List.of(0.9);

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "samples a row where quantiles are not computed: they are of one target from a normal base"
              + " (default: ${DEFAULT-VALUE})")
  private int samples = 1_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of these samples (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description = "draw bands and calibration of the first target into this .png")
  private @Nullable Path picture;

  @Mixin private MissingRows missing;

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    for (double probability : intervals) {
      if (!(probability > 0 && probability <= MOST)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "--intervals " + probability + "; expected probabilities between 0 and 1, such as 0.9");
      }
    }
    String data = files.data();
    Path out = files.out();
    Console beside = files.beside(console);
    files.requireOther(model.inputs(data), picture);
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      if (loaded.contextSize() == 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s is not conditional: nothing is given; train with --target or --given, or draw samples"
                .formatted(model.folder()));
      }
      requireNumbers(loaded);
      Machine.sayBackend(beside, loaded);
      CarriedColumns carried = names.of(data, loaded);
      ReadOptions read =
          files
              .reading()
              .options(loaded, carried.names())
              .withMissing(ReadOptions.Missing.KEEP)
              .withInfinite(true);
      PlacedTable placed = files.reading().read(data, loaded, carried, read);
      if (missing.drops()) {
        Context given = loaded.context(carried.own(placed.table()), new Failures());
        placed = placed.keep(MissingRows.complete(loaded, null, given, placed.table().rowCount()));
      }
      Table rows = carried.own(placed.table());
      double[] ends = intervals.stream().mapToDouble(Double::doubleValue).toArray();
      Predictions.Options options =
          new Predictions.Options(List.of(0.5), samples, seed).withIntervals(ends);
      long start = System.nanoTime();
      Failures failures = new Failures();
      Predictions predictions = loaded.predict(rows, options, failures);
      placed.report(failures, missing, data, "no prediction, NaN", beside);
      double seconds = (System.nanoTime() - start) * 1e-9;
      Table results = table(loaded, predictions);
      carried.requireFree(placed.table().names(), results.names());
      try (Tables.Writer writer = files.writer(console)) {
        writer.append(carried.before(placed.table(), placed.places(), results));
        writer.finish();
      }
      beside.say(
          "%d rows, %s, %s -> %s",
          predictions.rows(),
          predictions.exact() ? "quantiles computed" : samples + " samples a row",
          Console.seconds(seconds),
          out);
      int[] predicted =
          IntStream.range(0, rows.rowCount()).filter(i -> !failures.contains(i)).toArray();
      boolean all = predicted.length == rows.rowCount();
      rows = all ? rows : rows.selectRows(predicted);
      predictions = all ? predictions : predictions.select(predicted);
      double[][] observed = observed(loaded, rows);
      if (observed != null) {
        judge(loaded, rows, observed, predictions, beside);
      }
      if (picture != null) {
        Table drawn = rows;
        Path file = picture;
        Outputs.keeping("the predictions are in " + out, () -> draw(loaded, drawn, observed, file));
        beside.say("picture: %s", picture);
      }
    }
    return ExitStatus.DONE;
  }

  /** The targets, where the file has them all. */
  private static double @Nullable [][] observed(FlowModel loaded, Table rows) {
    boolean named = !loaded.columns().isEmpty() && !rows.names().isEmpty();
    boolean there =
        named
            ? rows.names().containsAll(loaded.columns())
            : rows.columns() == loaded.dim() + loaded.contextSize();
    if (!there) {
      return null;
    }
    double[][] data = loaded.data(rows);
    boolean some = Arrays.stream(data).anyMatch(PredictCommand::isComplete);
    return some ? data : null;
  }

  private static boolean isComplete(double[] row) {
    return Arrays.stream(row).allMatch(Double::isFinite);
  }

  private static void requireNumbers(FlowModel loaded) {
    TableSpec table = loaded.config().table();
    List<ColumnSpec> columns = table == null ? List.of() : table.data();
    for (ColumnSpec column : columns) {
      if (!column.labels().isEmpty()) {
        throw new FjordException(
            ErrorKey.UNSUPPORTED,
            "column '%s' is text, and predictions are of numbers; draw from it: fjord sample --given FILE --n 100"
                .formatted(column.name()));
      }
    }
  }

  /** Judges the rows whose targets are there. */
  private void judge(
      FlowModel loaded, Table rows, double[][] all, Predictions predicted, Console beside) {
    int[] chosen = IntStream.range(0, all.length).filter(i -> isComplete(all[i])).toArray();
    double[][] observed = Arrays.stream(chosen).mapToObj(i -> all[i]).toArray(double[][]::new);
    Predictions predictions = predicted.select(chosen);
    double[] logProb = loaded.logProb(observed, loaded.context(rows.selectRows(chosen)));
    double[] finite = Arrays.stream(logProb).filter(Double::isFinite).toArray();
    Summary mean = Summary.of(finite);
    int none = logProb.length - finite.length;
    beside.say(
        "mean log-density of %d targets given the others %.4f +- %.4f nats%s",
        logProb.length,
        mean.mean(),
        mean.standardError(),
        none == 0 ? "" : " without " + none + " of density zero, -Infinity");
    for (int j = 0; j < loaded.dim(); j++) {
      StringBuilder covered = new StringBuilder();
      for (double probability : intervals) {
        covered.append(
            String.format(
                Locale.ROOT,
                "%s%.1f %% of them in intervals of %s %%",
                covered.length() == 0 ? "" : ", ",
                100 * predictions.coverage(j, probability, column(observed, j)),
                percent(probability)));
      }
      beside.say("%s: %s", name(loaded, j), covered);
    }
  }

  /** Such as 90 or 97.5. */
  private static String percent(double probability) {
    double percent = Math.rint(1e8 * probability) / 1e6;
    return percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent);
  }

  private static double[] column(double[][] rows, int j) {
    return Arrays.stream(rows).mapToDouble(row -> row[j]).toArray();
  }

  private static String name(FlowModel loaded, int j) {
    return loaded.columns().isEmpty() ? "x" + (j + 1) : loaded.columns().get(j);
  }

  private void draw(FlowModel loaded, Table rows, double @Nullable [][] observed, Path file) {
    double widest = intervals.stream().mapToDouble(Double::doubleValue).max().orElse(0.9);
    double[] levels =
        IntStream.range(1, CALIBRATION).mapToDouble(k -> (double) k / CALIBRATION).toArray();
    Predictions.Options options = new Predictions.Options(List.of(0.5), samples, seed);
    Predictions band = loaded.predict(rows, options.withIntervals(widest));
    double[] targets = observed == null ? null : column(observed, 0);
    double[] shares =
        observed == null || targets == null
            ? new double[0]
            : sharesBelow(observed, targets, loaded.predict(rows, options.withLevels(levels)));
    List<Double> ends = band.levels();
    PictureWriter.write(
        file,
        PredictionsPicture.draw(
            new PredictionsPicture.Bands(
                name(loaded, 0),
                band.quantile(0, ends.get(0)),
                band.quantile(0, 0.5),
                band.quantile(0, ends.get(ends.size() - 1)),
                targets),
            levels,
            shares));
  }

  private static double[] sharesBelow(
      double[][] observed, double[] targets, Predictions predictions) {
    int[] chosen =
        IntStream.range(0, targets.length).filter(i -> isComplete(observed[i])).toArray();
    return predictions
        .select(chosen)
        .sharesBelow(0, Arrays.stream(chosen).mapToDouble(i -> targets[i]).toArray());
  }

  private static Table table(FlowModel loaded, Predictions predictions) {
    List<String> names = new ArrayList<>();
    List<Table.Type> types = new ArrayList<>();
    TableSpec kinds = loaded.config().table();
    boolean one = loaded.dim() == 1;
    for (int j = 0; j < loaded.dim(); j++) {
      String prefix = one ? "" : name(loaded, j) + "_";
      String pattern = kinds == null ? null : kinds.data().get(j).pattern();
      Table.Type type = pattern == null ? Table.Type.NUMBER : new Table.Type.Time(pattern);
      names.add(prefix + "mean");
      types.add(type);
      names.add(prefix + "deviation");
      types.add(Table.Type.NUMBER);
      for (double level : predictions.levels()) {
        names.add(prefix + (level == 0.5 ? "median" : "q" + text(level)));
        types.add(type);
      }
    }
    double[][] rows = new double[predictions.rows()][names.size()];
    for (int i = 0; i < rows.length; i++) {
      int at = 0;
      for (int j = 0; j < loaded.dim(); j++) {
        rows[i][at++] = predictions.mean()[i][j];
        rows[i][at++] = predictions.deviation()[i][j];
        for (double quantile : predictions.quantile()[i][j]) {
          rows[i][at++] = quantile;
        }
      }
    }
    return Table.of(names, types, rows);
  }

  /** A level as it is written: 0.05 and not 0.050000. */
  private static String text(double level) {
    return Double.toString(level);
  }
}
