package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
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
    footerHeading = "%nExample:%n",
    footer = "  fjord sample --model runs/moons --n 1000 --out samples.csv --seed 7")
final class SampleCommand implements Callable<Integer> {
  private static final int PART_ROWS = 1 << 16;

  private final Console console;

  @Mixin private ModelOptions model;

  @Option(names = "--n", required = true, paramLabel = "N", description = "number of samples")
  private int count;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description =
          "where to write them: .csv (with a header), .csv.gz, .npy, .parquet; - for csv to"
              + " standard output")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same samples (default: ${DEFAULT-VALUE})")
  private long seed;

  SampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (count < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "--n is " + count + "; expected at least 1");
    }
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Console beside = TableFiles.beside(out, console);
      Machine.sayBackend(beside, loaded);
      long start = System.nanoTime();
      try (Tables.Writer writer = TableFiles.writer(out, console)) {
        RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
        int part = partRows(loaded);
        for (int drawn = 0; drawn < count; drawn += Math.min(part, count - drawn)) {
          int rows = Math.min(part, count - drawn);
          writer.append(loaded.table(loaded.sample(rows, Context.none(), random)));
        }
        writer.finish();
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      beside.say("%d samples, %s -> %s", count, Console.seconds(seconds), out);
    }
    return ExitStatus.DONE;
  }

  /** Rows that are in memory at once: whole chunks, so that samples do not depend on it. */
  static int partRows(FlowModel model) {
    int chunk = model.chunkRows();
    return (int) Math.min(Integer.MAX_VALUE, (long) chunk * Math.max(1, PART_ROWS / chunk));
  }
}
