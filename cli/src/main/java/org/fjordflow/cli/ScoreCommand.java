package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.SolveConfig;
import org.fjordflow.cnf.SolveOptions;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.LogDensity;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.estimators.ReplayedProbes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the log-density of rows. */
@Command(
    name = "score",
    description = "Writes the log-density (in nats, in the data's units) of every row of a file.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord score --model runs/moons --data points.csv --out scores.csv",
      "  fjord score --model runs/table --data rows.npz:X --out scores.csv \\",
      "      --divergence rademacher --probes 16      fast in many dimensions, with standard errors"
    })
final class ScoreCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "rows to score: .csv, .tsv, .npy, .npz[:array], .idx, .safetensors[:array]")
  private String data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "where to write the column log_prob, and standard_error where it is estimated")
  private Path out;

  @Option(
      names = "--divergence",
      paramLabel = "NAME",
      description =
          "exact (default); or Hutchinson's estimate: hutchinson or rademacher (random signs),"
              + " gaussian")
  private String divergence = SolveConfig.EXACT;

  @Option(
      names = "--probes",
      paramLabel = "K",
      description =
          "probes a row of the estimate; a single one gives no standard error, NaN (default:"
              + " ${DEFAULT-VALUE})")
  private int probes = 10;

  @Option(
      names = "--probe-file",
      paramLabel = "FILE[:array]",
      description =
          "use these probes, one row of numbers for each row of data, instead of random ones; give"
              + " it once for every block of the model")
  private List<String> probeFiles = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of random probes (default: ${DEFAULT-VALUE})")
  private long seed;

  ScoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    String estimate = divergence.equals("hutchinson") ? "rademacher" : divergence;
    try (ContinuousModel loaded = model.load(solve -> solve.withTestDivergence(estimate, probes))) {
      double[][] rows = model.read(data, loaded.config());
      Flow flow = model.flow(loaded);
      if (!probeFiles.isEmpty()) {
        // All rows at once: probes belong to rows.
        flow = replaying(loaded, rows.length).flow().withChunkRows(rows.length);
      }
      long start = System.nanoTime();
      LogDensity scores =
          flow.score(
              rows,
              Context.none(),
              new RandomStreams(seed).generator(RandomStreams.Purpose.PROBES));
      double seconds = (System.nanoTime() - start) * 1e-9;
      boolean estimated = !probeFiles.isEmpty() || !estimate.equals(SolveConfig.EXACT);
      Tables.write(out, table(scores, estimated));
      Summary mean = Summary.of(scores.logProb());
      console.say(
          "%d rows, mean log-density %.6f +- %.6f nats, %s, %d evaluations of the field -> %s",
          rows.length,
          mean.mean(),
          mean.standardError(),
          Console.seconds(seconds),
          scores.work().forwardEvaluations(),
          out);
    }
    return ExitStatus.DONE;
  }

  private static Table table(LogDensity scores, boolean estimated) {
    double[] logProb = scores.logProb();
    double[] errors = scores.standardError();
    double[][] rows = new double[logProb.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = estimated ? new double[] {logProb[i], errors[i]} : new double[] {logProb[i]};
    }
    return Table.of(estimated ? List.of("log_prob", "standard_error") : List.of("log_prob"), rows);
  }

  private ContinuousModel replaying(ContinuousModel loaded, int rows) {
    int dim = loaded.config().dim();
    int blocks = loaded.config().blocks();
    if (probeFiles.size() != blocks) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "given " + probeFiles.size() + " probe files; the model has " + blocks + " blocks");
    }
    List<SolveOptions> options = new ArrayList<>();
    for (String file : probeFiles) {
      Table table = Tables.read(file);
      if (table.rowCount() != rows || table.columns() != dim) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%s has %d rows of %d columns; the data have %d of %d"
                .formatted(file, table.rowCount(), table.columns(), rows, dim));
      }
      double[] flat = new double[rows * dim];
      for (int i = 0; i < rows; i++) {
        System.arraycopy(table.rows()[i], 0, flat, i * dim, dim);
      }
      SolveOptions own = loaded.config().solve().options();
      options.add(own.withEvaluationDivergence(new ReplayedProbes(1, flat)));
    }
    return loaded.withOptions(options);
  }
}
