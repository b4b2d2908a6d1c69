package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.internal.UnitTangents;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * A value on a {@link Tape}: n rows, and with them k tangents of n rows each, stacked as [value;
 * tangent 1; ...; tangent k]. Valid until the tape is reset.
 */
public final class Var {

  private final Tape tape;
  private Matrix stack;
  private final int rows;
  private final int tangents;
  private final boolean differentiable;
  private final boolean tangentsDifferentiable;
  private @Nullable Matrix adjoint;
  private boolean overwritten;
  private @Nullable Parameter parameter;
  private UnitTangents units = UnitTangents.NONE;
  private @Nullable LayerNode deferred;

  /**
   * Creates a value.
   *
   * @param differentiable whether the reverse sweep has to reach this value
   * @param tangentsDifferentiable whether it has to reach the tangents as well
   */
  Var(Tape tape, Matrix stack, int rows, boolean differentiable, boolean tangentsDifferentiable) {
    this(
        tape,
        stack,
        rows,
        rows == 0 ? 0 : stack.rows() / rows - 1,
        differentiable,
        tangentsDifferentiable);
  }

  /**
   * Creates a value whose tangents may not be there yet; see {@link #defer}.
   *
   * @param tangents how many there are, or will be
   */
  Var(
      Tape tape,
      Matrix stack,
      int rows,
      int tangents,
      boolean differentiable,
      boolean tangentsDifferentiable) {
    this.tape = tape;
    this.stack = stack;
    this.rows = rows;
    this.tangents = tangents;
    this.differentiable = differentiable;
    this.tangentsDifferentiable = tangents > 0 && differentiable && tangentsDifferentiable;
  }

  /** Returns the number of rows of the value. */
  public int rows() {
    return rows;
  }

  /** Returns the number of columns. */
  public int cols() {
    return stack.cols();
  }

  /** Returns the number of tangents, zero or more. */
  public int tangents() {
    return tangents;
  }

  /** Returns the value, rows x cols. */
  public Matrix value() {
    return tangents == 0 || deferred != null ? stack : stack.rows(0, rows);
  }

  /** Returns value and tangents, (1 + tangents) rows x cols. */
  public Matrix stack() {
    if (deferred != null) {
      LayerNode layer = deferred;
      deferred = null;
      layer.computeTangents();
    }
    return stack;
  }

  /**
   * Returns a tangent.
   *
   * @param k from 0 to tangents - 1
   * @return rows x cols
   */
  public Matrix tangent(int k) {
    return stack().rows((k + 1) * rows, (k + 2) * rows);
  }

  /**
   * Returns the derivative of what was swept back with respect to this value, rows x cols; zeros if
   * the sweep did not reach it.
   *
   * @throws FjordException UNSUPPORTED for a constant, for a parameter (see {@link
   *     Parameter#gradient}), and after the sweep for the result of a layer, whose memory the sweep
   *     uses for something else
   */
  public Matrix gradient() {
    if (parameter != null || overwritten) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          parameter != null
              ? "a parameter's gradient is not here; read Parameter.gradient() after accumulate()"
              : "the sweep has overwritten the gradient of this layer; take that of an input");
    }
    return zeroedAdjoint().rows(0, rows);
  }

  /** Says where the value is now, after it was computed anew. */
  void rebind(Matrix restored) {
    stack = restored;
  }

  /** Says that this value is a parameter's, so that products may add to its gradient directly. */
  void bind(Parameter owner) {
    parameter = owner;
  }

  @Nullable Parameter parameter() {
    return parameter;
  }

  /** What is known of the directions of the tangents. */
  UnitTangents units() {
    return units;
  }

  Var withUnits(UnitTangents known) {
    units = known;
    return this;
  }

  /** Says that the tangents are not there, and which layer computes them if they are asked for. */
  void defer(LayerNode layer) {
    deferred = layer;
  }

  /** The layer that would compute the tangents, or null where they are there. */
  @Nullable LayerNode deferred() {
    return deferred;
  }

  Tape tape() {
    return tape;
  }

  /** Returns whether the reverse sweep reaches this value. */
  public boolean isDifferentiable() {
    return differentiable;
  }

  /** Whether the sweep reaches the tangents; not where nobody has asked for them. */
  boolean tangentsDifferentiable() {
    return tangentsDifferentiable && deferred == null;
  }

  boolean reached() {
    return adjoint != null;
  }

  /** The adjoint; call after {@link #beginAdjoint} or where {@link #reached} holds. */
  Matrix adjoint() {
    if (adjoint == null) {
      throw new IllegalStateException("no adjoint has been written");
    }
    return adjoint;
  }

  /** The adjoint, for a node that leaves something else in its place. */
  Matrix takeAdjoint() {
    overwritten = true;
    return adjoint();
  }

  /** How many rows the adjoint has: those of the value, or of the whole stack. */
  int adjointRows() {
    return tangentsDifferentiable() ? stack.rows() : rows;
  }

  /**
   * Makes the adjoint ready to be added to.
   *
   * @return what to multiply its present contents by: 0 the first time (they are arbitrary), else 1
   */
  double beginAdjoint() {
    if (adjoint != null) {
      return 1;
    }
    if (!differentiable) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "this value is a constant and has no gradient; make it with input() or parameter()");
    }
    adjoint = tape.take(adjointRows(), cols());
    return 0;
  }

  /** The adjoint, all zeros if nothing has been added to it yet. */
  Matrix zeroedAdjoint() {
    if (beginAdjoint() == 0) {
      tape.backend().fill(0, adjoint());
    }
    return adjoint();
  }
}
