package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.WantedError;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes the log-density of rows. */
@Command(
    name = "score",
    description =
        "Writes the log-density (log_prob, in nats, in the data's units) of every row of a file, and"
            + " its standard_error where it is estimated; of images bits per dimension, and the"
            + " probabilities of classes where the model is given them.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord score --model runs/moons --data points.csv --out scores.csv",
      "  fjord score --model runs/table --data rows.npz:X --out scores.csv \\",
      "      --divergence hadamard --probes 16      fast in many dimensions, with standard errors",
      "  fjord score --model runs/table --data rows.npz:X --out scores.csv --standard-error 0.1",
      "  fjord score --model runs/digits --images digits --out bits.csv"
    })
final class ScoreCommand implements Callable<Integer> {
  private static final int DEFAULT_PROBES = 10;

  private final Console console;

  @Mixin private ModelOptions model;

  @Mixin private RowFiles files;

  @Mixin private RowNames names;

  @Option(
      names = "--divergence",
      paramLabel = "NAME",
      description =
          "exact (default); Hutchinson's estimate: hutchinson or rademacher (random signs),"
              + " hadamard (signs that balance each other), orthogonal, gaussian; or hutch++")
  private @Nullable String divergence;

  @Option(
      names = "--probes",
      paramLabel = "K",
      description =
          "probes a row of the estimate; a single one gives no standard error, NaN (default: 10)."
              + " Of hutch++, half of them are its sketch. With --standard-error, the most")
  private @Nullable Integer probes;

  @Option(
      names = "--standard-error",
      paramLabel = "X",
      description =
          "give each row as many probes as this standard error of its log_prob takes, in nats: a"
              + " pilot tells, and rows that need as many as there are columns get the exact"
              + " trace. Probes are hadamard unless --divergence names others")
  private @Nullable Double standardError;

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

  @Mixin private MissingRows missing;

  @Mixin private ImageOptions images;

  @Mixin private ImageScoring scoring;

  ScoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (images.isGiven()) {
      return scoreImages();
    }
    images.refuse();
    scoring.refuse();
    List<Path> inputs = new ArrayList<>(model.inputs(files.data()));
    probeFiles.forEach(file -> inputs.add(DataSource.path(file)));
    files.requireOther(inputs);
    WantedError wanted = standardError == null ? null : wantedError(standardError);
    Divergence estimate =
        wanted == null
            ? Divergence.of(divergenceName(), probes == null ? DEFAULT_PROBES : probes)
            : new ExactTrace();
    try (FlowModel loaded = model.load(solve -> solve.withEvaluationDivergence(estimate))) {
      Console beside = files.beside(console);
      Machine.sayBackend(beside, loaded);
      if (loaded.config().continuous().isEmpty()) {
        refuseEstimates();
      }
      RandomGenerator random = new RandomStreams(seed).generator(RandomStreams.Purpose.PROBES);
      boolean estimated = wanted != null || !probeFiles.isEmpty() || !estimate.isExact();
      CarriedColumns carried = names.of(files.data(), loaded);
      ScoredRows scored = new ScoredRows(files.data(), loaded, carried, missing);
      // Probes belong to rows, or are drawn for all of them: without them the rows come in parts.
      scored.score(
          files.reading().options(loaded, carried.names()),
          estimated ? Integer.MAX_VALUE : SampleCommand.partRows(loaded),
          (rows, given, failures) -> {
            if (!probeFiles.isEmpty()) {
              // Given probes belong to rows: none may be left out.
              return probed(loaded, rows.length).score(rows, given, random);
            }
            return wanted == null
                ? loaded.score(rows, given, random, failures)
                : search(wanted, loaded, rows, given, random, failures);
          },
          estimated,
          files.out(),
          console);
      scored.report(beside, files.out());
    }
    return ExitStatus.DONE;
  }

  /** Images have bits per dimension, under a model whose log-determinants may be estimated. */
  private int scoreImages() {
    files.requireNone();
    Usage.require(
        standardError == null && probeFiles.isEmpty(),
        "--standard-error and --probe-file are for rows; of images give --probes and --draws");
    List<Path> inputs = new ArrayList<>(model.inputs(null));
    inputs.addAll(images.inputs());
    files.requireOther(inputs);
    Divergence estimate = Divergence.of(divergenceName(), probes == null ? DEFAULT_PROBES : probes);
    boolean asked = divergence != null || probes != null;
    try (FlowModel loaded =
        model.load(solve -> asked ? solve.withEvaluationDivergence(estimate) : solve)) {
      if (loaded.config().continuous().isEmpty()) {
        refuseEstimates();
      }
      Machine.sayBackend(files.beside(console), loaded);
      scoring.run(loaded, images, seed, files.out(), console);
    }
    return ExitStatus.DONE;
  }

  /** What is exact is not estimated. */
  private void refuseEstimates() {
    String given =
        divergence != null
            ? "--divergence"
            : probes != null
                ? "--probes"
                : standardError != null
                    ? "--standard-error"
                    : probeFiles.isEmpty() ? null : "--probe-file";
    if (given != null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s is for continuous flows; %s is a discrete flow, whose log-densities are exact"
              .formatted(given, model.folder()));
    }
  }

  private String divergenceName() {
    if (divergence == null) {
      return ExactTrace.ID;
    }
    return divergence.equals("hutchinson") ? ProbeDistribution.RADEMACHER.id() : divergence;
  }

  private WantedError wantedError(double error) {
    if (!probeFiles.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--standard-error draws probes, and --probe-file gives them; leave one of them out");
    }
    WantedError wanted = WantedError.of(error);
    if (probes != null) {
      wanted = wanted.withMostProbes(probes);
    }
    if (divergence == null) {
      return wanted;
    }
    ProbeDistribution[] known = ProbeDistribution.values();
    return wanted.withDistribution(
        Ids.find(
            known, ProbeDistribution::id, "--divergence with --standard-error", divergenceName()));
  }

  private LogDensity search(
      WantedError wanted,
      FlowModel loaded,
      double[][] rows,
      Context given,
      RandomGenerator random,
      Failures failures) {
    WantedError.ProbedLogDensity found = loaded.score(rows, given, wanted, random, failures);
    long none = failures.list().size();
    long exact = Arrays.stream(found.probes()).filter(count -> count == 0).count() - none;
    console.say(
        "%d to %d %s probes a row; %d rows with the exact trace",
        Arrays.stream(found.probes()).filter(count -> count > 0).min().orElse(0),
        Arrays.stream(found.probes()).max().orElse(0),
        wanted.distribution().id(),
        exact);
    return found.logDensity();
  }

  private FlowModel probed(FlowModel loaded, int rows) {
    return replaying(loaded, rows).withChunkRows(rows); // all rows at once
  }

  private FlowModel replaying(FlowModel loaded, int rows) {
    int dim = loaded.config().dim();
    List<SolveSettings> own = new ArrayList<>();
    for (SolveSettings.Solved part : loaded.config().continuous()) {
      own.addAll(Collections.nCopies(part.blocks(), part.solve()));
    }
    int blocks = own.size();
    if (probeFiles.size() != blocks) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "given " + probeFiles.size() + " probe files; the model has " + blocks + " blocks");
    }
    List<SolveSettings> solves = new ArrayList<>();
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
      solves.add(own.get(solves.size()).withEvaluationDivergence(Divergence.replayed(1, flat)));
    }
    return loaded.withSolves(solves);
  }
}
