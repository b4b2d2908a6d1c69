package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
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
          + " deviation, median and the ends of intervals of each target column; of a category its most"
          + " probable value, mode, and the probability of each, p_VALUE.",
      "Where the file has the targets too, says how many of them the intervals cover, or are the most"
          + " probable value, and their log-density, and --picture draws bands and calibration."
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
          "samples a row where quantiles or probabilities are not computed: they are of one target,"
              + " quantiles from a normal base (default: ${DEFAULT-VALUE})")
  private int samples = 1_000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "of these samples (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description =
          "draw bands and calibration of the first target that is a number into this .png")
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
      int column = picture == null ? 0 : drawn(loaded);
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
      PredictedTargets targets = new PredictedTargets(loaded, predictions);
      Table results = targets.table();
      carried.requireFree(placed.table().names(), results.names());
      try (Tables.Writer writer = files.writer(console)) {
        writer.append(carried.before(placed.table(), placed.places(), results));
        writer.finish();
      }
      beside.say(
          "%d rows, %s, %s -> %s",
          predictions.rows(),
          predictions.exact() ? targets.computed() : samples + " samples a row",
          Console.seconds(seconds),
          out);
      int[] predicted =
          IntStream.range(0, rows.rowCount()).filter(i -> !failures.contains(i)).toArray();
      boolean all = predicted.length == rows.rowCount();
      rows = all ? rows : rows.selectRows(predicted);
      predictions = all ? predictions : predictions.select(predicted);
      double[][] observed = observed(loaded, rows);
      if (observed != null) {
        new PredictedTargets(loaded, predictions).judge(rows, observed, intervals, beside);
      }
      if (picture != null) {
        Table drawn = rows;
        Path file = picture;
        Outputs.keeping(
            "the predictions are in " + out, () -> draw(loaded, column, drawn, observed, file));
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
    boolean some = Arrays.stream(data).anyMatch(PredictedTargets::isComplete);
    return some ? data : null;
  }

  /** The first target that is a number, of which a picture is. */
  private int drawn(FlowModel loaded) {
    TableSpec table = loaded.config().table();
    return IntStream.range(0, loaded.dim())
        .filter(j -> table == null || !PredictedTargets.isCategory(table.data().get(j)))
        .findFirst()
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.UNSUPPORTED,
                    "--picture draws bands of numbers, and '%s' is a category; leave it out"
                        .formatted(String.join("', '", loaded.columns()))));
  }

  private void draw(
      FlowModel loaded, int column, Table rows, double @Nullable [][] observed, Path file) {
    double widest = intervals.stream().mapToDouble(Double::doubleValue).max().orElse(0.9);
    double[] levels =
        IntStream.range(1, CALIBRATION).mapToDouble(k -> (double) k / CALIBRATION).toArray();
    Predictions.Options options = new Predictions.Options(List.of(0.5), samples, seed);
    Predictions band = loaded.predict(rows, options.withIntervals(widest));
    double[] targets = observed == null ? null : PredictedTargets.column(observed, column);
    double[] shares =
        observed == null || targets == null
            ? new double[0]
            : sharesBelow(observed, column, loaded.predict(rows, options.withLevels(levels)));
    List<Double> ends = band.levels();
    PictureWriter.write(
        file,
        PredictionsPicture.draw(
            new PredictionsPicture.Bands(
                PredictedTargets.name(loaded, column),
                band.quantile(column, ends.get(0)),
                band.quantile(column, 0.5),
                band.quantile(column, ends.get(ends.size() - 1)),
                targets),
            levels,
            shares));
  }

  private static double[] sharesBelow(double[][] observed, int column, Predictions predictions) {
    int[] chosen =
        IntStream.range(0, observed.length)
            .filter(i -> PredictedTargets.isComplete(observed[i]))
            .toArray();
    return predictions
        .select(chosen)
        .sharesBelow(column, Arrays.stream(chosen).mapToDouble(i -> observed[i][column]).toArray());
  }
}
