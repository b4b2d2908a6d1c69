package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws samples. */
@Command(
    name = "sample",
    description = "Draws samples from a model.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord sample --model runs/moons --n 1000 --out samples.csv --seed 7",
      "  fjord sample --model runs/price --given houses.csv --n 100 --out prices.csv",
      "  fjord sample --model runs/digits --grid 8x8 --class 3 --temperature 0.7 --out sheet.png"
    })
final class SampleCommand implements Callable<Integer> {
  private static final int PART_ROWS = 1 << 16;

  /** Of flows that are solved, which take longer: so that progress is told. */
  private static final int CHUNKS_A_PROCESSOR = 4;

  private final Console console;

  @Mixin private ModelOptions model;

  @Option(names = "--n", paramLabel = "N", description = "number of samples")
  private @Nullable Integer count;

  @Option(
      names = "--given",
      paramLabel = "FILE",
      description = "rows of what a conditional model is given; --n is then the samples for each")
  private @Nullable String given;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "where to write them: .csv (with a header), .csv.gz, .npy, .parquet; - for csv to"
              + " standard output; of images also a sheet (.png) or a folder of pictures")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same samples (default: ${DEFAULT-VALUE})")
  private long seed;

  @Mixin private ImageSampling sheet;

  @Mixin private RowNames names;

  @Mixin private ReadingOptions reading;

  SampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Outputs.requireOther(out, model.inputs(given));
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Console beside = TableFiles.beside(out, console);
      Machine.sayBackend(beside, loaded);
      if (loaded.config().images() != null) {
        Usage.require(given == null, "classes of images are said by --class; leave out --given");
        sheet.run(loaded, count, seed, out, console);
        return ExitStatus.DONE;
      }
      sheet.refuse(model.folder());
      int n = count == null ? 0 : count;
      Usage.require(count != null, "no number of samples is given; say it with --n");
      Usage.require(n >= 1, "--n is " + n + "; expected at least 1");
      long start = System.nanoTime();
      CarriedColumns carried = names.of(given == null ? "" : given, loaded);
      PlacedTable conditions = conditions(loaded, carried);
      RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
      long all = (long) n * (conditions == null ? 1 : conditions.table().rowCount());
      try (Tables.Writer writer = TableFiles.writer(out, console)) {
        int part = partRows(loaded);
        RowsProgress progress = new RowsProgress(console.err(), "drawn");
        for (long drawn = 0; drawn < all; drawn += Math.min(part, all - drawn)) {
          int rows = (int) Math.min(part, all - drawn);
          writer.append(
              conditions == null
                  ? loaded.table(loaded.sample(rows, Context.none(), random))
                  : samples(loaded, carried, conditions, of(drawn, rows, n), random));
          progress.at(drawn + rows);
        }
        writer.finish();
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      beside.say("%d samples, %s -> %s", all, Console.seconds(seconds), out);
    }
    return ExitStatus.DONE;
  }

  private static Table samples(
      FlowModel loaded,
      CarriedColumns carried,
      PlacedTable conditions,
      int[] of,
      RandomGenerator random) {
    Table rows = conditions.table().selectRows(of);
    Context context = loaded.context(carried.own(rows));
    Table drawn = loaded.table(loaded.sample(of.length, context, random));
    return carried.before(rows, conditions.places().select(of), drawn);
  }

  private @Nullable PlacedTable conditions(FlowModel loaded, CarriedColumns carried) {
    if ((loaded.contextSize() == 0) != (given == null)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          given == null
              ? "%s is given %s; say their values with --given FILE"
                  .formatted(
                      model.folder(),
                      loaded.contextColumns().isEmpty()
                          ? loaded.contextSize()
                              + (loaded.contextSize() == 1 ? " column" : " columns")
                          : String.join(", ", loaded.contextColumns()))
              : model.folder() + " is not conditional; leave out --given");
    }
    if (given == null) {
      Usage.require(
          !names.isGiven(),
          "--id, --carry and --row-numbers are of the rows that are given; leave them out without --given");
      return null;
    }
    PlacedTable rows =
        reading.read(
            given,
            loaded,
            carried,
            reading.options(loaded, carried.names()).withMissing(ReadOptions.Missing.KEEP));
    carried.requireFree(rows.table().names(), loaded.columns());
    return rows;
  }

  /** The rows of conditions of some samples. */
  private static int[] of(long drawn, int rows, int each) {
    int[] indices = new int[rows];
    Arrays.setAll(indices, i -> (int) ((drawn + i) / each));
    return indices;
  }

  /** Rows that are in memory at once: whole chunks, so that samples do not depend on it. */
  static int partRows(FlowModel model) {
    int chunk = model.chunkRows();
    int chunks = PART_ROWS / chunk;
    if (!model.config().continuous().isEmpty()) {
      chunks = Math.min(chunks, CHUNKS_A_PROCESSOR * Runtime.getRuntime().availableProcessors());
    }
    return (int) Math.min(Integer.MAX_VALUE, (long) chunk * Math.max(1, chunks));
  }
}
