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
 * @param directions those along which tangents are taken, (directions rows) x dim; null for none,
 *     as of a field that {@link PotentialField#closes}
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
    @Nullable EnergyWeights energyWeights,
    @Nullable Matrix context,
    boolean contextMoves) {

  /**
   * For so many columns it pays not to multiply with unit vectors; for fewer it is all the same.
   */
  private static final int UNITS_PAY = 8;

  /**
   * Evaluates the field.
   *
   * @param time the row that the field prepared for the time
   * @param z positions, row by row, perhaps followed by something else. Not modified
   */
  FieldEvaluation evaluate(Tape tape, Matrix time, double[] z) {
    return evaluate(tape, tape.input(time), z, false);
  }

  /**
   * Evaluates the field where each row is at a time of its own.
   *
   * @param times one for each row, a column
   * @param z as above
   */
  FieldEvaluation evaluateAt(Tape tape, Matrix times, double[] z) {
    return evaluate(tape, tape.constant(times), z, true);
  }

  private FieldEvaluation evaluate(Tape tape, Var timeVar, double[] z, boolean at) {
    Backend backend = tape.backend();
    int tangentRows = directions == null ? 0 : directions.rows();
    Matrix stack = tape.take(rows + tangentRows, dim);
    backend.upload(z, 0, stack.rows(0, rows));
    if (directions != null) {
      backend.copy(directions, stack.rows(rows, rows + tangentRows));
    }
    boolean units =
        directions != null && divergence != null && divergence.takesUnits() && dim >= UNITS_PAY;
    Var zVar = units ? tape.inputWithUnits(stack, rows) : tape.input(stack, rows);
    Var contextVar = null;
    if (context != null) {
      contextVar = contextMoves ? tape.input(context) : tape.constant(context);
    }
    if (field instanceof PotentialField potential) {
      return evaluate(tape, potential, timeVar, zVar, contextVar);
    }
    Var f =
        at
            ? field.at(tape, timeVar, zVar, contextVar)
            : field.apply(tape, timeVar, zVar, contextVar);
    // Before the trace, which would do without tangents that are not there.
    Var energy =
        energyWeights == null || directions == null
            ? null
            : tape.squaredNorms(f, energyWeights.norms());
    return new FieldEvaluation(timeVar, zVar, contextVar, f, trace(tape, f), energy);
  }

  private @Nullable Var trace(Tape tape, Var f) {
    return divergence == null || directions == null ? null : divergence.trace(tape, f, directions);
  }

  /** A potential takes its times as they are. */
  private FieldEvaluation evaluate(
      Tape tape, PotentialField potential, Var time, Var z, @Nullable Var contextVar) {
    boolean closed = divergence != null && directions == null;
    PotentialField.Slopes slopes = potential.slopes(tape, time, z, contextVar, closed);
    Var f = slopes.field();
    Var energy = null;
    if (energyWeights != null && divergence != null) {
      energy = tape.squaredNorms(f, energyWeights.norms());
      if (energyWeights.hjb() > 0) {
        energy = tape.sum(1, energy, energyWeights.hjb(), slopes.residual(tape));
      }
    }
    Var trace = closed ? slopes.divergence() : trace(tape, f);
    return new FieldEvaluation(time, z, contextVar, f, trace, energy);
  }
}
