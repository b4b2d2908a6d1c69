package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.Budget;
import org.fjordflow.cli.compare.ComparedModel;
import org.fjordflow.cli.compare.Comparison;
import org.fjordflow.cli.compare.ComparisonData;
import org.fjordflow.cli.compare.ComparisonFiles;
import org.fjordflow.cli.compare.ComparisonSettings;
import org.fjordflow.cli.compare.RowPreparation;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TablePlan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares models. */
@Command(
    name = "compare",
    description = {
      "Trains several models alike on the same rows and reports how well each does on the same test"
          + " rows: log-likelihood, parameters, times, evaluations, round-trip error.",
      "Writes into the folder after every training: results.csv (a row a training), results.md (a"
          + " row a model), comparison.json, the models, and a picture of each model (in the plane"
          + " its density and the bent grid, else samples), and report.html, a page to look at. A second run with the same options goes"
          + " on, with more models or seeds if they are asked for. Ctrl-C loses the training that is"
          + " under way, and nothing else."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord compare --data moons --models ffjord,maf,realnvp,nsf --out runs/compare-moons",
      "  fjord compare --data moons --models ffjord,ffjord:matching,ffjord:matching+likelihood --out runs/m",
      "  fjord compare --data rows.npz:X --noise scott --budget 10m --seeds 5 --out runs/compare",
      "  fjord compare --data digits.csv --columns 1-64 --dequantize --out runs/digits",
      "  fjord compare --data floods.csv --earth --noise 0.05 --out runs/floods",
      "",
      "All models get standardised rows, Adam with a learning rate that falls along half a cosine",
      "over the budget, gradients clipped at norm 10, and some fifty validations, of which the best",
      "one's parameters are kept. Continuous flows are solved at a tolerance of 1e-4 in training",
      "and of 1e-5 in evaluations."
    })
final class CompareCommand implements Callable<Integer> {
  private static final String DEFAULT_BUDGET = "5m";
  private static final int VALIDATION_ROWS = 5_000;
  private static final int SAVED_STEPS = 100;
  private static final int SAVED_ROWS = 1_000;

  private final Console console;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "NAME|FILE",
      description =
          "moons, swissroll, 8gaussians, pinwheel, circles, rings, 2spirals, checkerboard; or a"
              + " file: .csv, .tsv, .npy, .npz[:array], .idx, .safetensors[:array]")
  private String data;

  @Option(
      names = "--models",
      split = ",",
      paramLabel = "NAME",
      description =
          "of ffjord, mlp, maf, iaf, realnvp, nice, glow, nsf, nsf-ar, tarflow,"
              + " planar, radial, sylvester; ffjord:matching and ffjord:matching+likelihood are trained by"
              + " flow matching, the second one for half of the budget (default: ffjord,maf,realnvp,nsf)")
  private List<String> models = List.of("ffjord", "maf", "realnvp", "nsf");

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder of results")
  private Path out;

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description =
          "time of each training, such as 90s, 5m or 1h (default: " + DEFAULT_BUDGET + ")")
  private @Nullable String budget;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "steps of each training in place of a time: results can then be repeated")
  private @Nullable Long steps;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "trainings of each model, with seeds from 0 (default: ${DEFAULT-VALUE})")
  private int seeds = 3;

  @Option(
      names = "--points",
      paramLabel = "N",
      description = "points scored and sampled for the times (default: ${DEFAULT-VALUE})")
  private int points = 10_000;

  @Option(
      names = "--columns",
      paramLabel = "LIST",
      description = "columns of a file that are taken, from 1, such as 1-64,70 (default: all)")
  private String columns = "";

  @Option(
      names = "--dequantize",
      description = "add uniform noise on [0, 1) to all rows of a file of whole numbers")
  private boolean dequantize;

  @Option(
      names = "--earth",
      description =
          "the two columns are latitude and longitude in degrees: project them with equal areas, to"
              + " longitude in radians and sine of latitude")
  private boolean earth;

  @Option(
      names = "--noise",
      paramLabel = "X",
      description =
          "normal noise on a file's rows in training, in standard deviations of each column; scott"
              + " for Scott's rule (default: ${DEFAULT-VALUE})")
  private String noise = "0";

  @Option(names = "--no-report", description = "make no page to look at (report.html)")
  private boolean noReport;

  @Option(
      names = "--save-rows",
      paramLabel = "DIR",
      description =
          "also write the rows that all models share, for programs that are to be compared:"
              + " train.npy (as steps draw them, with their noise), validation.npy, test.npy")
  private @Nullable Path saveRows;

  @Mixin private ThreadsOption threads;

  CompareCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Usage.require(seeds >= 1, "--seeds is " + seeds + "; expected at least 1");
    int workers = threads.count();
    Usage.require(points >= 1, "--points is " + points + "; expected at least 1");
    Usage.require(
        budget == null || steps == null, "--budget and --steps are given; leave one of them out");
    Budget wanted =
        steps != null
            ? new Budget(0, steps)
            : Budget.time(budget == null ? DEFAULT_BUDGET : budget);
    List<ComparedModel> compared = models.stream().map(ComparedModel::parse).distinct().toList();
    DataConfig standard = DataConfig.standard(true);
    DataConfig config =
        new DataConfig(
            standard.validation(),
            standard.test(),
            standard.validationPoints(),
            standard.testPoints(),
            noise,
            true,
            0);
    RowPreparation preparation = new RowPreparation(columns, earth, dequantize);
    ComparisonData rows = rows(preparation, config);
    ComparisonSettings settings =
        new ComparisonSettings(
            rows.origin(),
            preparation,
            noise,
            config.validation(),
            config.test(),
            rows.test().length,
            wanted,
            points);
    for (String name : ComparisonFiles.NAMES) {
      Outputs.requireOther(out.resolve(name), List.of(DataSource.path(data)));
    }
    if (saveRows != null) {
      saveRows(rows, saveRows);
    }
    FolderLock lock = new RunFolder(out).lock();
    return lock.during(
        () ->
            compare(
                new Comparison(
                    out,
                    settings,
                    rows,
                    Versions.all(),
                    workers,
                    line -> console.err().println(line)),
                compared,
                rows.shown(),
                lock));
  }

  private int compare(
      Comparison comparison, List<ComparedModel> compared, double[][] shown, FolderLock lock) {
    try (Interruption interruption = new Interruption(comparison::stop, lock::close)) {
      comparison.run(compared, seeds);
      console.say("-> %s", out.resolve(ComparisonFiles.TABLE));
      if (!noReport && !interruption.isRequested()) {
        new RunPage(console, new RunFolder(out)).drawComparison(shown);
      }
      return interruption.isRequested() ? ExitStatus.INTERRUPTED : ExitStatus.DONE;
    }
  }

  /** Dealt out, or drawn, alike for every model and every seed. */
  private ComparisonData rows(RowPreparation preparation, DataConfig config) {
    RandomStreams streams = new RandomStreams(0);
    DataSource source =
        DataSource.of(
            data,
            location ->
                numbers(preparation.apply(Tables.read(location), streams.generator(Purpose.TEST))));
    if (!(source instanceof DataSource.Rows)) {
      boolean plain = columns.isEmpty() && !earth && !dequantize && noise.equals("0");
      Usage.require(plain, "--columns, --dequantize, --earth and --noise are for rows of a file");
    }
    TrainingData prepared = TrainingData.prepare(source, config, true, streams);
    Batch validation = prepared.validation();
    Batch test = prepared.test();
    if (validation == null || test == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          data + " has too few rows to keep some for validation and test; give at least 10");
    }
    return new ComparisonData(
        prepared.batches(),
        Batch.of(RowSelection.thinned(validation.rows(), VALIDATION_ROWS)),
        test.rows(),
        prepared.shown().rows(),
        prepared.names(),
        prepared.origin(),
        prepared.bound());
  }

  /** Rows of a hundred steps are as many as a program needs that shuffles them again. */
  private static void saveRows(ComparisonData data, Path folder) {
    RandomStreams streams = new RandomStreams(0);
    List<double[]> train = new ArrayList<>();
    for (int step = 1; step <= SAVED_STEPS; step++) {
      train.addAll(Arrays.asList(data.batches().batch(step, SAVED_ROWS, streams).rows()));
    }
    AtomicFiles.createFolder(folder);
    Tables.write(folder.resolve("train.npy"), Table.of(train.toArray(double[][]::new)));
    Tables.write(folder.resolve("validation.npy"), Table.of(data.validation().rows()));
    Tables.write(folder.resolve("test.npy"), Table.of(data.test()));
  }

  /** Models are compared by densities: every column is a real number. */
  private static TablePlan numbers(Table table) {
    return TableOptions.standard().asNumbers(table).plan(table);
  }
}
