package org.fjordflow.cnf.internal.field;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;

/**
 * Some rows that a field is evaluated for, and what is wanted of them.
 *
 * @param rows how many they are
 * @param divergence null where it is not wanted
 * @param directions those along which tangents are taken, (directions rows) x dim; null for none
 * @param energyWeights as {@link FieldSystem} has them, or null
 * @param context rows x context size, or null
 * @param contextMoves whether the gradient for the context is wanted
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record FieldRows(
    VectorField field,
    int rows,
    int dim,
    @Nullable Divergence divergence,
    @Nullable Matrix directions,
    double @Nullable [] energyWeights,
    @Nullable Matrix context,
    boolean contextMoves) {

  /**
   * For so many columns it pays not to multiply with unit vectors; for fewer it is all the same.
   */
  private static final int UNITS_PAY = 8;

  /**
   * Evaluates the field.
   *
   * @param time the row that the field prepared for the time, or one for each row
   * @param z positions, row by row, perhaps followed by something else. Not modified
   */
  FieldEvaluation evaluate(Tape tape, Matrix time, double[] z) {
    Backend backend = tape.backend();
    int tangentRows = directions == null ? 0 : directions.rows();
    Matrix stack = tape.take(rows + tangentRows, dim);
    backend.upload(z, 0, stack.rows(0, rows));
    if (directions != null) {
      backend.copy(directions, stack.rows(rows, rows + tangentRows));
    }
    Var timeVar = tape.input(time);
    boolean units =
        directions != null && divergence != null && divergence.takesUnits() && dim >= UNITS_PAY;
    Var zVar = units ? tape.inputWithUnits(stack, rows) : tape.input(stack, rows);
    Var contextVar = null;
    if (context != null) {
      contextVar = contextMoves ? tape.input(context) : tape.constant(context);
    }
    Var f = field.apply(tape, timeVar, zVar, contextVar);
    // Before the trace, which would do without tangents that are not there.
    Var energy =
        energyWeights == null || directions == null ? null : tape.squaredNorms(f, energyWeights);
    Var trace =
        divergence == null || directions == null ? null : divergence.trace(tape, f, directions);
    return new FieldEvaluation(timeVar, zVar, contextVar, f, trace, energy);
  }
}
