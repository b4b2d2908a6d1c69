package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.SolveSettings.Steps;
import org.fjordflow.cnf.internal.field.EnergyWeights;
import org.fjordflow.cnf.internal.field.FailedRows;
import org.fjordflow.cnf.internal.field.FieldSystem;
import org.fjordflow.cnf.internal.field.Integrals;
import org.fjordflow.cnf.internal.field.PotentialField;
import org.fjordflow.cnf.internal.field.RowFieldSystem;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.cnf.internal.field.StartProducts;
import org.fjordflow.cnf.internal.field.Workspace;
import org.fjordflow.core.autodiff.CustomReverse;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.jspecify.annotations.Nullable;

/**
 * The flow of a vector field from time zero (data) to the end time (base): an instance of FFJORD
 * (Grathwohl et al. 2019). The log-determinant is the integral of the field's divergence along the
 * path (the instantaneous change of variables, Chen et al. 2018, theorem 1).
 *
 * <p>Positions and log-determinants are integrated together in double precision, both under error
 * control. In evaluations each row has steps of its own unless {@link SolveSettings.Steps} says
 * otherwise; in training, and where gradients are recorded, rows share them. Gradients for
 * parameters, input, context and a trained end time come from the configured adjoint; no memory
 * grows with the number of steps but their times and states. Where the solve has an {@link
 * SolveSettings.EnergyPenalty}, training passes with log-determinants integrate it too and add it
 * to the pass's penalties; other passes know nothing of it.
 *
 * <p>Passes on different tapes may run at once, on any threads, as long as none changes parameters.
 */
public final class ContinuousFlow implements Bijection {

  /** What an {@link org.fjordflow.ode.ErrorNorm} calls the positions of the rows. */
  public static final String POSITIONS = FieldSystem.POSITIONS;

  /** What an {@link org.fjordflow.ode.ErrorNorm} calls the integrals of the divergence. */
  public static final String LOG_DETERMINANTS = FieldSystem.LOG_DETERMINANTS;

  /** What an {@link org.fjordflow.ode.ErrorNorm} calls the integrals of the energy penalty. */
  public static final String ENERGIES = FieldSystem.ENERGIES;

  private final int dim;
  private final int contextSize;
  private final VectorField field;
  private final double startTime;
  private final EndTime endTime;
  private final SolveSettings solve;

  /**
   * Creates the flow of a field.
   *
   * @param dim number of columns of data
   * @param contextSize number of columns of the context, zero for none
   * @param field the field; its parameters belong to the caller
   * @param endTime end of the time interval
   * @param solve how it is solved
   * @throws FjordException INVALID_ARGUMENT if dim is not positive or contextSize negative;
   *     INVALID_CONFIGURATION for an {@link SolveSettings.EnergyPenalty#hjb} of a field without
   *     potential
   */
  public ContinuousFlow(
      int dim, int contextSize, VectorField field, EndTime endTime, SolveSettings solve) {
    this(dim, contextSize, field, 0, endTime, solve);
  }

  private ContinuousFlow(
      int dim,
      int contextSize,
      VectorField field,
      double startTime,
      EndTime endTime,
      SolveSettings solve) {
    if (solve.training().penalty().hjb() > 0 && !(field instanceof PotentialField)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "penalty.hjb is %s, and this field has no potential; expected 0, or layer %s"
              .formatted(solve.training().penalty().hjb(), ContinuousConfig.Field.POTENTIAL));
    }
    if (dim < 1 || contextSize < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "dimension %d and context size %d; expected at least 1 and 0"
              .formatted(dim, contextSize));
    }
    this.dim = dim;
    this.contextSize = contextSize;
    this.field = field;
    this.startTime = startTime;
    this.endTime = endTime;
    this.solve = solve;
  }

  /** Returns the same flow, with the same parameters, solved otherwise. */
  public ContinuousFlow withSolve(SolveSettings other) {
    return new ContinuousFlow(dim, contextSize, field, startTime, endTime, other);
  }

  /**
   * Returns the same bijection, with the same parameters, its continuous flows solved otherwise.
   *
   * @param bijection perhaps of several parts, continuous or not
   * @param change what is changed in how each continuous one is solved
   */
  public static Bijection solved(Bijection bijection, UnaryOperator<SolveSettings> change) {
    if (bijection instanceof ContinuousFlow continuous) {
      return continuous.withSolve(change.apply(continuous.solve()));
    }
    if (bijection instanceof Composition composition) {
      return new Composition(
          composition.parts().stream().map(part -> solved(part, change)).toList());
    }
    if (bijection instanceof MultiScale scales) {
      return scales.withRest(solved(scales.rest(), change));
    }
    return bijection;
  }

  /**
   * Returns the same bijection, with the same parameters, each of its continuous flows solved in
   * its own way, such as with its own replayed probes.
   *
   * @param bijection perhaps of several parts, continuous or not
   * @param solves how to solve each, the first one that data goes through first
   * @throws FjordException INVALID_ARGUMENT if there are not as many as continuous flows
   */
  public static Bijection solved(Bijection bijection, List<SolveSettings> solves) {
    int[] found = {0};
    Bijection changed =
        solved(bijection, old -> found[0]++ < solves.size() ? solves.get(found[0] - 1) : old);
    if (found[0] != solves.size()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "ways to solve " + solves.size() + " blocks; this model has " + found[0]);
    }
    return changed;
  }

  /**
   * Returns the same flow, with the same parameters, ended at another time: its forward map goes
   * from data to where the path is then.
   */
  public ContinuousFlow withEndTime(EndTime other) {
    return new ContinuousFlow(dim, contextSize, field, startTime, other, solve);
  }

  /**
   * Returns the part of the same flow between two times: its forward map goes from where a path is
   * at the first one to where it is at the second one.
   *
   * @param start from zero, where data are
   * @param end after the start
   * @throws FjordException INVALID_ARGUMENT for other times
   */
  public ContinuousFlow between(double start, double end) {
    if (!(start >= 0 && end > start && end < Double.POSITIVE_INFINITY)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "from time %s to time %s; expected 0 or more, and a later end".formatted(start, end));
    }
    return new ContinuousFlow(dim, contextSize, field, start, new EndTime.Fixed(end), solve);
  }

  /** Returns the field, for objectives that do not solve. Times run from zero to the end time. */
  public VectorField field() {
    return field;
  }

  /** Returns how this flow is solved. */
  public SolveSettings solve() {
    return solve;
  }

  /** Returns the end of the time interval. */
  public EndTime endTime() {
    return endTime;
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int contextSize() {
    return contextSize;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return solve(pass, x, context, true);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return solve(pass, z, context, false);
  }

  private Transformed solve(Pass pass, Var x, @Nullable Var context, boolean forward) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Backend backend = tape.backend();
    Var end = end(pass);
    double[] time = new double[1];
    backend.download(end.value(), time, 0);
    Divergence divergence =
        pass.training() ? solve.training().divergence() : solve.evaluation().divergence();
    double from = forward ? startTime : time[0];
    double to = forward ? time[0] : startTime;
    if (!pass.training() && !tape.isRecording() && solvesRows()) {
      return solveRows(pass, x, context, from, to);
    }
    FieldSystem system = system(pass, x, from, context, pass.logDet() ? divergence : null);
    double[] start = new double[system.dimension()];
    backend.download(x.value(), start, 0);
    SolverConfig solver = pass.training() ? solve.training().solver() : solve.evaluation().solver();
    Recording recording = null;
    Solution solution;
    if (tape.isRecording()) {
      recording = solve.training().adjoint().forward(solver, system, from, start, to);
      solution = recording.solution();
    } else {
      solution = new OdeSolver(solver).solve(system, from, start, to);
    }
    SolveStats stats = solution.stats();
    pass.work().addForward(stats.evaluations(), stats.acceptedSteps(), stats.rejectedSteps());
    if (stats.seemsStiff()) {
      pass.work().addStiff();
    }
    double[] state = solution.orThrow().state();
    Integrals integrals = Integrals.of(state, x.rows(), dim, pass.logDet() ? divergence : null);
    Matrix value = tape.take(x.rows(), dim);
    backend.upload(state, 0, value);
    List<Matrix> outputs = new ArrayList<>(List.of(value));
    if (integrals != null) {
      outputs.add(tape.constant(integrals.mean(), x.rows(), 1).value());
    }
    List<Var> inputs = new ArrayList<>(List.of(x, end));
    if (context != null) {
      inputs.add(context);
    }
    if (system.hasEnergies()) {
      outputs.add(tape.constant(system.energies(state, forward), x.rows(), 1).value());
    }
    List<Var> vars = tape.custom(inputs, outputs, reverse(pass, system, recording, forward));
    if (integrals == null) {
      return Transformed.exact(vars.get(0), null);
    }
    if (system.hasEnergies()) {
      pass.penalties().add(tape, vars.get(2));
    }
    return new Transformed(vars.get(0), new Estimate(vars.get(1), integrals.variance()));
  }

  /** The end time; in training, where it is random, one drawn for this solve. */
  private Var end(Pass pass) {
    Var end = endTime.on(pass.tape());
    double steer = solve.training().steer();
    if (!pass.training() || steer == 0) {
      return end;
    }
    return pass.tape().affine(1 + steer * (2 * pass.random().nextDouble() - 1), end, 0);
  }

  private boolean solvesRows() {
    SolveSettings.Evaluation evaluation = solve.evaluation();
    return evaluation.steps() == Steps.BY_ROW && new OdeSolver(evaluation.solver()).solvesRows();
  }

  /** Solves each row by steps of its own. */
  private Transformed solveRows(Pass pass, Var x, @Nullable Var context, double from, double to) {
    Tape tape = pass.tape();
    int rows = x.rows();
    Divergence divergence = pass.logDet() ? solve.evaluation().divergence() : null;
    double[] start = new double[rows * dim];
    tape.backend().download(x.value(), start, 0);
    Matrix conditions = context == null ? null : context.value();
    Workspace workspace = Workspace.of(tape, field);
    double[] directions =
        divergence == null || PotentialField.closes(field, divergence, null)
            ? null
            : draw(pass, divergence, from, start, conditions);
    RowFieldSystem system =
        new RowFieldSystem(
            field,
            tape.backend(),
            workspace,
            rows,
            dim,
            divergence,
            directions,
            conditions,
            from,
            to);
    OdeSolver solver = new OdeSolver(solve.evaluation().solver());
    RowSolution solution;
    try (system) {
      solution = solver.solveRows(system, from, system.start(start), to);
    }
    pass.work()
        .addRows(
            rows,
            RowSolution.total(solution.evaluations()),
            RowSolution.total(solution.accepted()),
            RowSolution.total(solution.rejected()));
    if (solution.stiff() > 0) {
      pass.work().addStiff();
    }
    FailedRows.report(solution, pass.failures());
    double[] state = system.byGroups(solution.states());
    Var value = tape.constant(Arrays.copyOf(state, rows * dim), rows, dim);
    Integrals integrals = Integrals.of(state, rows, dim, divergence);
    if (integrals == null) {
      return Transformed.exact(value, null);
    }
    Var mean = tape.constant(integrals.mean(), rows, 1);
    return new Transformed(value, new Estimate(mean, integrals.variance()));
  }

  private double[] draw(
      Pass pass, Divergence divergence, double from, double[] start, @Nullable Matrix conditions) {
    int rows = start.length / dim;
    Workspace workspace = Workspace.of(pass.tape(), field);
    StartProducts products =
        new StartProducts(field, workspace, pass, from, start, dim, conditions);
    return divergence.draw(rows, dim, pass.random(), products);
  }

  private FieldSystem system(
      Pass pass, Var x, double from, @Nullable Var context, @Nullable Divergence divergence) {
    Tape tape = pass.tape();
    Workspace workspace = Workspace.of(tape, field);
    int rows = x.rows();
    Matrix conditions = context == null ? null : context.value();
    EnergyWeights energyWeights =
        divergence != null && pass.training()
            ? solve.training().penalty().weights(divergence, dim)
            : null;
    boolean closes = PotentialField.closes(field, divergence, energyWeights);
    int tangents = divergence == null || closes ? 0 : divergence.directions(dim);
    RowParts parts = RowParts.of(rows, 1 + tangents, field.width());
    Matrix[] directions = null;
    if (divergence != null && !closes) {
      double[] start = new double[rows * dim];
      tape.backend().download(x.value(), start, 0);
      double[] drawn = draw(pass, divergence, from, start, conditions);
      directions = FieldSystem.cut(tape, parts, drawn, dim);
    }
    Matrix contextGradient = null;
    if (context != null && context.isDifferentiable()) {
      contextGradient = tape.take(context.rows(), context.cols());
    }
    return new FieldSystem(
        field,
        tape.backend(),
        workspace,
        parts,
        dim,
        divergence,
        directions,
        energyWeights,
        conditions,
        contextGradient);
  }

  private CustomReverse reverse(
      Pass pass, FieldSystem system, @Nullable Recording recording, boolean forward) {
    return (outputAdjoints, inputAdjoints) -> {
      if (recording == null) {
        throw new IllegalStateException("a tape that only evaluates was swept back");
      }
      Backend backend = system.backend();
      double[] cotangent = new double[system.dimension()];
      backend.download(outputAdjoints.get(0), cotangent, 0);
      if (outputAdjoints.size() > 1) {
        Integrals.spread(
            backend, outputAdjoints.get(1), cotangent, system.positions(), system.energyOffset());
      }
      if (system.hasEnergies()) {
        system.seedEnergies(outputAdjoints.get(2), forward, cotangent);
      }
      system.beginGradients();
      AdjointGradient gradient = recording.backward(cotangent);
      pass.work().addBackward(gradient.stats().evaluations());
      Elements.add(backend, gradient.initialState(), inputAdjoints.get(0));
      double timeGradient = forward ? gradient.endTime() : gradient.startTime();
      Elements.add(backend, new double[] {timeGradient}, inputAdjoints.get(1));
      system.endGradients(
          pass.tape().gathered(), inputAdjoints.size() > 2 ? inputAdjoints.get(2) : null);
    };
  }
}
