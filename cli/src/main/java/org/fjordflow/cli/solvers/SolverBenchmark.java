package org.fjordflow.cli.solvers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.FlowModel;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.problems.InitialValueProblem;
import org.fjordflow.report.PictureWriter;

/** Measures solvers on problems and flows, and leaves a table and pictures in a folder. */
public final class SolverBenchmark {
  /** The file of all measurements in the folder. */
  public static final String TABLE = "solvers.csv";

  /** The error at which methods are compared. */
  private static final double TARGET = 1e-6;

  private final Path folder;
  private final Sweep sweep;
  private final List<WorkPoint> others;
  private final Consumer<String> progress;
  private final BooleanSupplier stopped;
  private final List<WorkPoint> points = new ArrayList<>();
  private final Map<String, List<WorkPoint>> groups = new LinkedHashMap<>();

  /**
   * Creates a benchmark.
   *
   * @param folder where results go
   * @param methods what to compare
   * @param tolerances of adaptive methods, relative and absolute
   * @param timed whether times are taken
   * @param others measurements of other libraries, drawn into the same pictures
   * @param progress is told of every problem that is done
   * @param stopped whether to leave out what is not begun yet
   * @throws FjordException INVALID_ARGUMENT if there is no method, or none of the tolerances
   */
  public SolverBenchmark(
      Path folder,
      List<SolverMethod> methods,
      List<Double> tolerances,
      boolean timed,
      List<WorkPoint> others,
      Consumer<String> progress,
      BooleanSupplier stopped) {
    if (methods.isEmpty() || tolerances.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no methods or no tolerances; give at least one of each");
    }
    this.folder = folder;
    this.sweep = new Sweep(List.copyOf(methods), List.copyOf(tolerances), timed);
    this.others = List.copyOf(others);
    this.progress = progress;
    this.stopped = stopped;
  }

  /** Measures the end state of a problem. */
  public void run(InitialValueProblem problem) {
    run(new ProblemTask(problem));
  }

  /**
   * Measures a flow: solves, and gradients by both adjoints.
   *
   * @param name of the problem
   * @param model in float64, without context. Its gradient is modified
   * @param rows what goes through it. Not modified
   * @param seed of probes, where the divergence is estimated
   */
  public void run(String name, FlowModel model, double[][] rows, long seed) {
    FlowField field = new FlowField(name, model, rows, seed);
    for (Mode mode : Mode.values()) {
      run(new FlowTask(field, mode));
    }
  }

  private void run(Task task) {
    if (stopped.getAsBoolean()) {
      return;
    }
    long start = System.nanoTime();
    List<WorkPoint> own = sweep.run(task);
    points.addAll(own);
    WorkPointFiles.write(folder.resolve(TABLE), points);
    String what = name(task.problem(), task.mode(), task instanceof FlowTask);
    groups.put(what, own);
    List<WorkPoint> drawn = new ArrayList<>(own);
    others.stream()
        .filter(p -> p.problem().equals(task.problem()) && p.mode() == task.mode())
        .filter(p -> !p.library().equals(WorkPoint.FJORD))
        .forEach(drawn::add);
    draw(what, drawn);
    long failed = own.stream().filter(point -> Double.isNaN(point.error())).count();
    progress.accept(
        String.format(
            Locale.ROOT,
            "%s: %d settings%s, %.1f s",
            what,
            own.size(),
            failed == 0 ? "" : " (" + failed + " did not reach the end)",
            (System.nanoTime() - start) * 1e-9));
  }

  private static String name(String problem, Mode mode, boolean withMode) {
    return withMode || mode != Mode.FORWARD ? problem + "-" + mode.id() : problem;
  }

  private void draw(String what, List<WorkPoint> drawn) {
    Diagrams.draw(what, drawn)
        .ifPresent(picture -> PictureWriter.write(folder.resolve(what + ".png"), picture));
  }

  /** Draws what is known of other libraries on problems that were not measured here. */
  public void drawOthers() {
    Set<String> measured = new HashSet<>();
    points.forEach(point -> measured.add(name(point.problem(), point.mode(), true)));
    Map<String, List<WorkPoint>> rest = new LinkedHashMap<>();
    for (WorkPoint other : others) {
      String what = name(other.problem(), other.mode(), true);
      if (!measured.contains(what)) {
        rest.computeIfAbsent(what, key -> new ArrayList<>()).add(other);
      }
    }
    rest.forEach(this::draw);
  }

  /**
   * Returns a line for each problem so far, which method was the cheapest at an error of 1e-6, and
   * then a table of all methods.
   */
  public List<String> summary() {
    List<String> lines = new ArrayList<>();
    if (!groups.isEmpty()) {
      lines.add("cheapest for an error of 1e-6:");
      groups.forEach((what, own) -> lines.add("  " + line(what, own)));
      lines.add("evaluations / those of the cheapest method for an error of");
      lines.add("(geometric mean; problems on which the method comes that near):");
      Standings.lines(List.copyOf(groups.values())).forEach(line -> lines.add("  " + line));
    }
    return lines;
  }

  private static String line(String what, List<WorkPoint> own) {
    Optional<Cheapest> cheapest = Cheapest.of(own, TARGET);
    return cheapest
        .map(
            c ->
                String.format(
                    Locale.ROOT,
                    "%-22s %-16s %8.0f evaluations",
                    what,
                    c.method(),
                    c.evaluations()))
        .orElse(String.format(Locale.ROOT, "%-22s no method comes to 1e-6", what));
  }
}
