package org.fjordflow.cnf;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.Linearization;
import org.jspecify.annotations.Nullable;

/**
 * A field with its divergence as a system of equations for one batch. The state is [z | l]: n x dim
 * positions, then n x estimates integrals of the divergence (none where log-determinants are not
 * wanted).
 */
final class FieldSystem implements DifferentiableOdeSystem {

  /** A field's value and divergence on a tape, with what they were computed from. */
  record Evaluation(Var t, Var z, @Nullable Var context, Var f, @Nullable Var trace) {}

  private final VectorField field;
  private final Backend backend;
  private final Workspace workspace;
  private final int rows;
  private final int dim;
  private final @Nullable Divergence divergence;
  private final @Nullable Matrix directions;
  private final @Nullable Matrix context;
  private final @Nullable Matrix contextGradient;

  /**
   * Creates the system of a batch.
   *
   * @param divergence null where it is not wanted
   * @param directions along which tangents are taken, (directions n) x dim; null without divergence
   * @param context n x context size, or null
   * @param contextGradient where the gradient for the context is gathered, or null if not wanted
   */
  FieldSystem(
      VectorField field,
      Backend backend,
      Workspace workspace,
      int rows,
      int dim,
      @Nullable Divergence divergence,
      @Nullable Matrix directions,
      @Nullable Matrix context,
      @Nullable Matrix contextGradient) {
    this.field = field;
    this.backend = backend;
    this.workspace = workspace;
    this.rows = rows;
    this.dim = dim;
    this.divergence = divergence;
    this.directions = directions;
    this.context = context;
    this.contextGradient = contextGradient;
  }

  Backend backend() {
    return backend;
  }

  /** Number of elements of z in the state. */
  int positions() {
    return rows * dim;
  }

  @Override
  public int dimension() {
    return positions() + (divergence == null ? 0 : rows * divergence.estimates());
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    download(evaluate(workspace.evaluating(backend), t, y), yDot);
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    Tape tape = workspace.borrow(backend);
    try {
      return new FieldLinearization(this, tape, evaluate(tape, t, y));
    } catch (RuntimeException e) {
      workspace.giveBack(tape);
      throw e;
    }
  }

  void giveBack(Tape tape) {
    workspace.giveBack(tape);
  }

  void download(Evaluation evaluation, double[] yDot) {
    backend.download(evaluation.f().value(), yDot, 0);
    Var trace = evaluation.trace();
    if (trace != null) {
      backend.download(trace.value(), yDot, positions());
    }
  }

  /** Adds to the gradient for the context. */
  void addContextGradient(double weight, Var contextVar) {
    if (contextGradient != null) {
      backend.add(weight, contextVar.gradient(), 1, contextGradient);
    }
  }

  void clearContextGradient() {
    if (contextGradient != null) {
      backend.fill(0, contextGradient);
    }
  }

  /** Adds what was gathered for the context to an adjoint. */
  void moveContextGradient(@Nullable Matrix target) {
    if (contextGradient != null && target != null) {
      backend.add(1, contextGradient, 1, target);
    }
  }

  private Evaluation evaluate(Tape tape, double t, double[] y) {
    Matrix time = tape.take(1, 1);
    backend.fill(t, time);
    int tangentRows = directions == null ? 0 : directions.rows();
    Matrix stack = tape.take(rows + tangentRows, dim);
    backend.upload(y, 0, stack.rows(0, rows));
    if (directions != null) {
      backend.copy(directions, stack.rows(rows, rows + tangentRows));
    }
    Var timeVar = tape.input(time);
    Var z = tape.input(stack, rows);
    Var contextVar = null;
    if (context != null) {
      contextVar = contextGradient == null ? tape.constant(context) : tape.input(context);
    }
    Var f = field.apply(tape, timeVar, z, contextVar);
    Var trace =
        divergence == null || directions == null ? null : divergence.trace(tape, f, directions);
    return new Evaluation(timeVar, z, contextVar, f, trace);
  }
}
