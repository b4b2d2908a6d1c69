package org.fjordflow.cnf.internal.field;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/**
 * A field with its divergence as a system of rows that have steps of their own. A row's state is
 * its position and its integrals of the divergence.
 */
public final class RowFieldSystem implements RowSystem, AutoCloseable {

  private final VectorField field;
  private final Backend backend;
  private final Workspace workspace;
  private final RowRanges ranges;
  private final Tape preparation;
  private final @Nullable ColumnField columns;
  private final int dim;
  private final @Nullable Divergence divergence;
  private final double @Nullable [] directions;
  private final double @Nullable [] context;
  private final int contextSize;
  // Made once: all rows fail where parameters are not finite.
  private @Nullable String parameters;

  /**
   * Creates the system of a batch.
   *
   * @param divergence null where it is not wanted
   * @param directions those along which tangents are taken: all rows of the first, all of the
   *     second and so on; null without divergence, and for a field that {@link
   *     PotentialField#closes}. Held, not modified.
   * @param context n x context size, or null. Not modified.
   * @param from start of the interval that it is solved on
   * @param to end of it
   */
  public RowFieldSystem(
      VectorField field,
      Backend backend,
      Workspace workspace,
      int rows,
      int dim,
      @Nullable Divergence divergence,
      double @Nullable [] directions,
      @Nullable Matrix context,
      double from,
      double to) {
    this.field = field;
    this.backend = backend;
    this.workspace = workspace;
    this.dim = dim;
    this.divergence = divergence;
    this.directions = directions;
    this.contextSize = context == null ? 0 : context.cols();
    if (context == null) {
      this.context = null;
    } else {
      this.context = new double[context.size()];
      backend.download(context, this.context, 0);
    }
    workspace.begin(backend, 0);
    // A field that closes needs no tangents.
    int stack = 1 + (divergence == null || directions == null ? 0 : divergence.directions(dim));
    this.preparation = workspace.borrow(backend, Workspace.Use.PREPARE);
    this.columns = ColumnField.of(field, preparation, from, to);
    this.ranges =
        columns == null
            ? RowRanges.of(rows, stack, field.width(), preparedColumns())
            : RowRanges.ofColumns(rows, stack, field.width());
  }

  private int preparedColumns() {
    Tape tape = workspace.borrow(backend, Workspace.Use.PREPARE);
    try {
      return field.prepare(tape, tape.constant(0)).cols();
    } finally {
      workspace.giveBack(tape, Workspace.Use.PREPARE);
    }
  }

  private int estimates() {
    return divergence == null ? 0 : divergence.estimates();
  }

  /**
   * Returns the states that rows start from.
   *
   * @param z positions, row by row. Not modified
   */
  public double[] start(double[] z) {
    double[] start = new double[rows() * width()];
    spread(z, start, rows());
    return start;
  }

  /**
   * Returns states as {@link FieldSystem} has them: all positions, then all integrals.
   *
   * @param states row by row. Not modified
   */
  public double[] byGroups(double[] states) {
    int positions = rows() * dim;
    double[] grouped = new double[states.length];
    for (int i = 0; i < rows(); i++) {
      System.arraycopy(states, i * width(), grouped, i * dim, dim);
      int at = positions + i * estimates();
      System.arraycopy(states, i * width() + dim, grouped, at, estimates());
    }
    return grouped;
  }

  private void spread(double[] z, double[] states, int count) {
    int width = width();
    if (width == dim) {
      System.arraycopy(z, 0, states, 0, count * dim);
      return;
    }
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < dim; j++) { // rows are short
        states[i * width + j] = z[i * dim + j];
      }
    }
  }

  @Override
  public int rows() {
    return ranges.rows();
  }

  @Override
  public int width() {
    return dim + estimates();
  }

  @Override
  public List<OdeSystem.Group> groups() {
    return FieldSystem.groups(1, dim, estimates(), 0);
  }

  @Override
  public double precision() {
    return FieldSystem.precision(backend);
  }

  @Override
  public String describe(int row, int component) {
    String place = "row " + row;
    if (component >= dim) {
      place = "log-determinant of row " + row;
    } else if (component >= 0) {
      place += ", column " + component;
    }
    return place + "; " + describeParameters();
  }

  private synchronized String describeParameters() {
    String text = parameters;
    if (text == null) {
      text = FieldSystem.describeParameters(field, backend, workspace, dim, contextSize);
      parameters = text;
    }
    return text;
  }

  @Override
  public int ranges() {
    return ranges.count();
  }

  @Override
  public int start(int range) {
    return ranges.start(range);
  }

  @Override
  public int most() {
    return ranges.most();
  }

  @Override
  public void forEachRange(IntConsumer task) {
    backend.parallel(ranges.count(), task);
  }

  @Override
  public Evaluator evaluator() {
    if (columns == null) {
      return new RowEvaluator();
    }
    ColumnEvaluator.Batch batch =
        new ColumnEvaluator.Batch(rows(), dim, divergence, directions, context, contextSize);
    return new ColumnEvaluator(columns, batch, backend, workspace);
  }

  /** Gives memory back. */
  @Override
  public void close() {
    workspace.giveBack(preparation, Workspace.Use.PREPARE);
  }

  /** Evaluates rows on tapes of its own. */
  private final class RowEvaluator implements Evaluator {
    private final Tape selection = workspace.borrow(backend, Workspace.Use.SELECT_ROWS);
    private final Tape evaluation = workspace.borrow(backend, Workspace.Use.EVALUATE_PART);
    private final double[] buffer = new double[most() * Math.max(dim, estimates())];
    private int count;
    private @Nullable FieldRows withTangents;
    private @Nullable FieldRows without;
    private double[] when = {};

    @Override
    public void select(int[] rows, int number) {
      count = number;
      selection.reset();
      Matrix own = directions == null ? null : pickDirections(rows, directions);
      Matrix conditions = context == null ? null : pick(rows, context, 0, contextSize);
      without = new FieldRows(field, count, dim, null, null, null, conditions, false);
      withTangents = new FieldRows(field, count, dim, divergence, own, null, conditions, false);
    }

    private Matrix pickDirections(int[] rows, double[] all) {
      int kinds = all.length / (rows() * dim);
      Matrix own = selection.take(kinds * count, dim);
      double[] picked = new double[count * dim];
      for (int k = 0; k < kinds; k++) {
        for (int i = 0; i < count; i++) {
          System.arraycopy(all, (k * rows() + rows[i]) * dim, picked, i * dim, dim);
        }
        backend.upload(picked, 0, own.rows(k * count, (k + 1) * count));
      }
      return own;
    }

    private Matrix pick(int[] rows, double[] all, int from, int cols) {
      double[] picked = new double[count * cols];
      for (int i = 0; i < count; i++) {
        System.arraycopy(all, from + rows[i] * cols, picked, i * cols, cols);
      }
      return selection.constant(picked, count, cols).value();
    }

    @Override
    public void at(double[] times) {
      when = times;
    }

    @Override
    public void derivatives(boolean integrals, double[] y, double[] yDot) {
      evaluation.reset();
      int width = width();
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < dim; j++) {
          buffer[i * dim + j] = y[i * width + j];
        }
      }
      FieldRows rows = Objects.requireNonNull(integrals ? withTangents : without);
      Matrix times = evaluation.take(count, 1);
      backend.upload(when, 0, times);
      FieldEvaluation made = rows.evaluateAt(evaluation, times, buffer);
      backend.download(made.f().value(), buffer, 0);
      spread(buffer, yDot, count);
      int own = estimates();
      if (own == 0) {
        return;
      }
      Var trace = made.trace();
      if (trace == null) {
        Arrays.fill(buffer, 0, count * own, 0);
      } else {
        backend.download(trace.value(), buffer, 0);
      }
      for (int i = 0; i < count; i++) {
        for (int k = 0; k < own; k++) {
          yDot[i * width + dim + k] = buffer[i * own + k];
        }
      }
    }

    @Override
    public void close() {
      workspace.giveBack(selection, Workspace.Use.SELECT_ROWS);
      workspace.giveBack(evaluation, Workspace.Use.EVALUATE_PART);
    }
  }
}
