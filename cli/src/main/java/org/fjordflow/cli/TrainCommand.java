package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.Smoothing;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TablePlan;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model. */
@Command(
    name = "train",
    description = {
      "Trains a flow, continuous (FFJORD) or discrete, on a toy density, a picture, the rows of a"
          + " file or images.",
      "Writes into the folder of the run: model.safetensors, config.json, metrics.csv,"
          + " checkpoint.safetensors, and pictures of samples, paths and training (in two"
          + " dimensions also density and grid), and report.html, a page to look at in a browser."
          + " Ctrl-C ends training after the step it is in and"
          + " keeps what was trained. Discrete flows have no paths."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord train --data moons",
      "  fjord train --data checkerboard --steps 5000 --set model.hidden=128,128,128",
      "  fjord train --data rows.csv --out runs/rows --seed 7",
      "  fjord train --data rows.csv --model maf --set flow.layers=10",
      "  fjord train --data rows.npz:X --set data.test=0.2 --set divergence=rademacher",
      "  fjord train --source before.csv --data after.csv --out runs/map",
      "  fjord train --data rows.csv --time 30m --resume     goes on from runs/rows",
      "  fjord train --images digits --model tarflow --time 30m --out runs/digits",
      "  fjord train --data moons --from runs/moons --out runs/finer --steps 500 --rtol 1e-7",
      "",
      "--method, --rtol, --atol, --error-norm and --solver-steps are for training and evaluations.",
      "gbs, adams-bashforth and adams-moulton are trained with --set adjoint=continuous alone.",
      "",
      "Files: .csv, .tsv (also .gz), .parquet, .npy, .npz[:array], .idx, .safetensors[:array]; pictures:",
      ".png, .jpg.",
      "A file's rows are dealt out for training, validation and test (80, 10 and 10 parts). Training",
      "goes on until validation does not improve any more, for five minutes at most (--time), and",
      "keeps the best parameters. Rows are standardised inside the model, so that densities are in the",
      "data's own units. Where columns are rounded or constant, a density can grow without bound:",
      "--set data.noise=scott (or a number of standard deviations) trains on rows with noise."
    })
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--data",
      paramLabel = "NAME|FILE",
      description =
          "moons, swissroll, 8gaussians, pinwheel, circles, rings, 2spirals, checkerboard; or a"
              + " file; - for csv from standard input")
  private @Nullable String data;

  @Mixin private ImageOptions images;

  @Option(
      names = "--source",
      paramLabel = "FILE",
      description =
          "train the map from the rows of this file to those of --data, by flow matching; 'fjord"
              + " transform --time' carries rows with it")
  private @Nullable String sample;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "folder of the run (default: runs/NAME)")
  private @Nullable Path out;

  @Mixin private ColumnOptions columns;

  @Mixin private ReadingOptions reading;

  @Mixin private RunOptions options;

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      paramLabel = "DIR",
      description =
          "begin with this trained model in place of a random one, in a run of its own with its own"
              + " steps and rates (a model given besides must have the same parameters)")
  private @Nullable Path from;

  @Option(
      names = "--resume",
      description =
          "go on from the checkpoint in the run's folder, with the same data; --steps is the number"
              + " of steps in all, those that are made included; --time begins anew")
  private boolean resume;

  @Option(names = "--overwrite", description = "replace the run that the folder holds already")
  private boolean overwrite;

  @Option(names = "--no-pictures", description = "draw no pictures, and make no page")
  private boolean noPictures;

  @Option(names = "--no-report", description = "make no page to look at (report.html)")
  private boolean noReport;

  @Option(names = "--show", description = "say the whole configuration as JSON and train nothing")
  private boolean show;

  TrainCommand(Console console) {
    this.console = console;
  }

  private DataSource source() {
    String given = data;
    Usage.require(
        (given == null) == images.isGiven(),
        given == null
            ? "nothing to train on is given; name it with --data, or images with --images"
            : "--data and --images are given; leave one of them out");
    if (given != null) {
      images.refuse();
      options.refuseImages();
      return withSource(DataSource.of(given, this::plan));
    }
    Usage.require(sample == null, "--source is for the rows of a file; leave it out with --images");
    Usage.require(
        !columns.isGiven(), "the columns of images are pixels; leave out what is said of columns");
    DataSource.Pictures pictures = DataSource.Pictures.of(images.location(), images.read());
    Images all = pictures.images();
    if (!show) {
      console.say("%s", ImageTexts.of(all));
      ImageTexts.remark(all, pictures.spec()).ifPresent(text -> console.say("%s", text));
    }
    return pictures;
  }

  private TablePlan plan(String location) {
    Path folder = from;
    if (folder == null) {
      return columns.options().plan(reading.read(location, columns.options(), Set.of()));
    }
    Table table = reading.read(location);
    if (columns.isGiven()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--from takes the columns as " + folder + " has them; leave out what is said of columns");
    }
    JsonNode about = ModelFolder.describe(folder);
    return TablePlan.like(
        table,
        FlowSpec.of(ModelFolder.config(folder)),
        names(about.path("columns")),
        names(about.path("contextColumns")));
  }

  /** Every column is a number where one sample is carried to another. */
  private DataSource withSource(DataSource target) {
    if (sample == null) {
      return target;
    }
    if (!(target instanceof DataSource.Rows rows)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "--source is for the rows of a file, and --data is " + data);
    }
    Table table = rows.plan().data();
    Usage.require(
        rows.context() == 0,
        "--source is for columns without others that are given; leave out --given or --target");
    TablePlan numbers = TableOptions.standard().asNumbers(table).plan(table);
    FlowSpec plain = Recipe.FFJORD.spec(table.columns(), 0);
    try {
      Table own = TablePlan.like(reading.read(sample), plain, table.names(), List.of()).data();
      return new DataSource.Rows(rows.location(), numbers, null)
          .withSource(new DataSource.Source(sample, own.rows()));
    } catch (FjordException e) {
      throw new FjordException(e.key(), sample + ": " + e.getMessage(), e);
    }
  }

  private static List<String> names(JsonNode list) {
    List<String> names = new ArrayList<>();
    list.forEach(name -> names.add(name.asText()));
    return names;
  }

  private TrainingRun.Drawings drawings() {
    return new TrainingRun.Drawings(!noPictures, !noPictures && !noReport);
  }

  @Override
  public Integer call() {
    int threads = options.threads();
    DataSource source = source();
    RunConfig config = options.resolve(source, from);
    if (source instanceof DataSource.Rows rows && !show) {
      ColumnReport.say(console, rows.plan(), Smoothing.parse(config.data().noise()) > 0);
    }
    if (show) {
      ObjectNode tree = JsonConfig.object();
      tree.put(ModelFolder.FORMAT_KEY, ModelFolder.FORMAT);
      tree.setAll((ObjectNode) JsonConfig.tree(config));
      console.out().print(JsonConfig.text(tree));
      return ExitStatus.DONE;
    }
    if (from != null && resume) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--from begins a run and --resume goes on with one; give one of them");
    }
    Usage.require(
        !overwrite || !resume,
        "--overwrite begins a run anew and --resume goes on with it; give one of them");
    RunFolder folder = new RunFolder(out == null ? Path.of("runs", source.name()) : out);
    if (source instanceof DataSource.Rows rows) {
      folder.requireOther(DataSource.path(rows.location()));
    }
    for (Path input : images.inputs()) {
      folder.requireOther(input);
      Outputs.requireApart(folder.path(), input);
    }
    FolderLock lock = folder.lock();
    return lock.during(
        () -> {
          if (!overwrite && !resume) {
            folder.requireUnused();
          }
          options.remark(config).ifPresent(text -> console.say("%s", text));
          Continuation next = Continuation.of(spec, config.training());
          return new TrainingRun(console, folder, source, config, threads, Clock.systemUTC())
              .execute(from, resume, drawings(), next, lock);
        });
  }
}
