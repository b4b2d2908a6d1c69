package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.solvers.FlowSource;
import org.fjordflow.cli.solvers.SolverBenchmark;
import org.fjordflow.cli.solvers.WorkPoint;
import org.fjordflow.cli.solvers.WorkPointFiles;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.problems.InitialValueProblem;
import org.fjordflow.ode.internal.problems.Problems;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares solvers. */
@Command(
    name = "solvers",
    description = {
      "Compares all solvers: error against evaluations and against time, on published problems and"
          + " on trained flows.",
      "Writes into the folder: solvers.csv, and a picture of each problem. A flow is solved in"
          + " float64, forward (positions and log-determinants) and for the gradient of its"
          + " parameters by both adjoints. Errors are relative, in the 2-norm, to a reference at"
          + " 1e-13."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord solvers --out runs/solvers                         some minutes",
      "  fjord solvers --out runs/arenstorf --problems arenstorf --methods dopri5,dopri853",
      "  fjord solvers --out runs/cardio --problems flows --model runs/cardio --rows 32",
      "  fjord solvers --out runs/peers --problems none --csv solvers.csv    draws only"
    })
final class SolversCommand implements Callable<Integer> {
  private static final String FLOWS = "flows";

  /** Explicit methods take millions of steps: only where it is asked for. */
  private static final String VERY_STIFF = "vdpol_1e3";

  private final Console console;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "folder of results")
  private Path out;

  @Option(
      names = "--problems",
      split = ",",
      paramLabel = "NAME",
      description =
          "names such as arenstorf or B3, or groups: ivp (pleiades, arenstorf, hires), detest (A1 to"
              + " E5), A, B, C, D, E, flows; none (default: ivp,detest,flows)")
  private List<String> problems = List.of("ivp", "detest", FLOWS);

  @Option(
      names = "--methods",
      split = ",",
      paramLabel = "NAME",
      description = "solvers, such as dopri5,rk4 (default: all)")
  private List<String> methods = new ArrayList<>();

  @Option(
      names = "--tolerances",
      split = ",",
      paramLabel = "X",
      description = "relative and absolute tolerances of adaptive solvers (default: 1e-3 to 1e-10)")
  private List<Double> tolerances = List.of(1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10);

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "a trained flow, a folder that fjord train wrote; may be repeated (default: one is trained"
              + " on moons for some seconds, into DIR/moons)")
  private List<Path> models = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      description =
          "rows for the flows: given as often as --model, in the same order (default: samples of"
              + " the model)")
  private List<String> data = new ArrayList<>();

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "how many rows a flow is solved for (default: ${DEFAULT-VALUE})")
  private int rows = 64;

  @Option(
      names = "--counts",
      description =
          "take no times: results are then the same on a busy machine, and with every repetition")
  private boolean counts;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description =
          "measurements of other libraries, with the columns of solvers.csv, for the same pictures;"
              + " problems that are not measured here get pictures of their own; may be repeated")
  private List<Path> others = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "seed of training, samples and probes (default: ${DEFAULT-VALUE})")
  private long seed;

  @Mixin private ThreadsOption threads;

  SolversCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Usage.require(rows >= 1, "--rows is " + rows + "; expected at least 1");
    int workers = threads.count();
    Usage.require(
        data.isEmpty() || data.size() == models.size(),
        "given %d --data for %d --model; expected as many, or none"
            .formatted(data.size(), models.size()));
    for (double tolerance : tolerances) {
      Usage.require(
          tolerance >= 1e-14 && tolerance < 1,
          "--tolerances has " + tolerance + "; expected numbers from 1e-14 to below 1");
    }
    models.forEach(
        SolversCommand::requireContinuous); // a missing one is told before anything is measured
    List<InitialValueProblem> chosen = chosen();
    List<SolverMethod> solvers =
        methods.isEmpty()
            ? List.of(SolverMethod.values())
            : methods.stream().map(SolverMethod::of).distinct().toList();
    List<WorkPoint> points = new ArrayList<>();
    others.forEach(file -> points.addAll(WorkPointFiles.read(file)));
    AtomicFiles.createFolder(out);
    try (Interruption interruption = new Interruption(() -> {})) {
      SolverBenchmark benchmark =
          new SolverBenchmark(
              out,
              solvers,
              tolerances,
              !counts,
              points,
              line -> console.err().println(line),
              interruption::isRequested);
      chosen.forEach(benchmark::run);
      if (problems.contains(FLOWS) && !interruption.isRequested()) {
        runFlows(benchmark, workers);
      }
      benchmark.drawOthers();
      benchmark.summary().forEach(line -> console.say("%s", line));
      console.say("-> %s", out);
      return interruption.isRequested() ? ExitStatus.INTERRUPTED : ExitStatus.DONE;
    }
  }

  private List<InitialValueProblem> chosen() {
    Map<String, InitialValueProblem> chosen = new LinkedHashMap<>();
    for (String name : problems) {
      List<InitialValueProblem> named =
          switch (name) {
            case FLOWS, "none" -> List.of();
            case "ivp" ->
                Problems.ivpTestSet().stream().filter(p -> !p.name().equals(VERY_STIFF)).toList();
            case "detest" -> Problems.detest();
            case "A", "B", "C", "D", "E" ->
                Problems.detest().stream().filter(p -> p.name().startsWith(name)).toList();
            default -> List.of(Problems.of(name));
          };
      named.forEach(problem -> chosen.put(problem.name(), problem));
    }
    return List.copyOf(chosen.values());
  }

  private void runFlows(SolverBenchmark benchmark, int workers) {
    List<Path> folders = models;
    if (folders.isEmpty()) {
      Path trained = out.resolve("moons");
      console.err().println("training a flow on moons -> " + trained);
      FlowSource.train(trained, seed, workers);
      folders = List.of(trained);
    }
    for (int i = 0; i < folders.size(); i++) {
      Path folder = folders.get(i);
      try (FlowModel model = FlowSource.load(folder, workers)) {
        Usage.require(
            model.contextSize() == 0,
            folder + " is conditional on a context; the command handles flows without");
        double[][] points =
            data.isEmpty() ? FlowSource.sample(model, rows, seed) : read(data.get(i), model);
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        Tables.write(out.resolve(name + "-rows.csv"), Table.of(points));
        benchmark.run(name, model, points, seed);
      }
    }
  }

  private double[][] read(String location, FlowModel model) {
    double[][] all =
        ModelOptions.select(Tables.read(location), location, model.columns(), model.dim());
    return Arrays.copyOf(all, Math.min(rows, all.length));
  }

  private static void requireContinuous(Path folder) {
    FlowSpec spec = FlowSpec.of(ModelFolder.config(folder));
    if (spec.continuous().isEmpty()) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          folder + " is a discrete flow; give continuous ones, which are solved");
    }
  }
}
