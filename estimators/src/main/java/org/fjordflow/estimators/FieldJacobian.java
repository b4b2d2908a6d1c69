package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.jspecify.annotations.Nullable;

/**
 * The Jacobians of a field at one time and some rows, all rows at once. Counts what it is asked.
 */
public final class FieldJacobian implements Divergence.JacobianProducts {

  private final Tape tape;
  private final VectorField field;
  private final double time;
  private final double[] rows;
  private final int dim;
  private final @Nullable Matrix context;
  private long products;

  /**
   * Takes a field and where it is looked at.
   *
   * @param backend where it is computed
   * @param field the field
   * @param time the time
   * @param rows states, row-major. Held, not modified.
   * @param dim number of columns
   * @param context conditioning rows, or null for none
   */
  public FieldJacobian(
      Backend backend,
      VectorField field,
      double time,
      double[] rows,
      int dim,
      @Nullable Matrix context) {
    this.tape = Tape.evaluating(backend);
    this.field = field;
    this.time = time;
    this.rows = rows;
    this.dim = dim;
    this.context = context;
  }

  /** Returns how many products there were for each row. */
  public long products() {
    return products;
  }

  @Override
  public double[] apply(double[] directions, int count) {
    Var f = evaluate(directions, count);
    double[] result = new double[directions.length];
    for (int k = 0; k < f.tangents(); k++) {
      tape.backend().download(f.tangent(k), result, k * rows.length);
    }
    return result;
  }

  /**
   * Makes the estimates of a divergence.
   *
   * @param divergence draws its directions by these Jacobians
   * @param random source of randomness
   * @return rows x estimates, row-major
   */
  public double[] estimates(Divergence divergence, RandomGenerator random) {
    int n = rows.length / dim;
    double[] directions = divergence.draw(n, dim, random, this);
    Var f = evaluate(directions, divergence.directions(dim));
    Matrix drawn = tape.take(divergence.directions(dim) * n, dim);
    tape.backend().upload(directions, 0, drawn);
    Matrix trace = divergence.trace(tape, f, drawn).value();
    double[] estimates = new double[trace.size()];
    tape.backend().download(trace, estimates, 0);
    return estimates;
  }

  private Var evaluate(double[] directions, int count) {
    tape.reset();
    int n = rows.length / dim;
    Matrix stack = tape.take((1 + count) * n, dim);
    tape.backend().upload(rows, 0, stack.rows(0, n));
    tape.backend().upload(directions, 0, stack.rows(n, stack.rows()));
    products += count;
    Var conditions = context == null ? null : tape.constant(context);
    return field.at(tape, tape.constant(time), tape.input(stack, n), conditions);
  }
}
