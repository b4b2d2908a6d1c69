package org.fjordflow.cnf.internal.field;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;

/**
 * Products with the Jacobians of a field where a solve begins, for a divergence that chooses its
 * directions by them. Each call is one evaluation of the field.
 */
public final class StartProducts implements Divergence.JacobianProducts {

  private final VectorField field;
  private final Workspace workspace;
  private final Tape tape;
  private final Work work;
  private final double time;
  private final double[] start;
  private final int dim;
  private final @Nullable Matrix context;

  /**
   * Takes a field and where it is looked at.
   *
   * @param pass its counters are modified
   * @param start n x dim positions, perhaps followed by something else. Held, not modified.
   * @param context n x context size, or null
   */
  public StartProducts(
      VectorField field,
      Workspace workspace,
      Pass pass,
      double time,
      double[] start,
      int dim,
      @Nullable Matrix context) {
    this.field = field;
    this.workspace = workspace;
    this.tape = pass.tape();
    this.work = pass.work();
    this.time = time;
    this.start = start;
    this.dim = dim;
    this.context = context;
  }

  @Override
  public double[] apply(double[] directions, int count) {
    double[] products = new double[directions.length];
    int rows = directions.length / (count * dim);
    RowParts parts = RowParts.of(rows, 1 + count, field.width());
    Backend backend = tape.backend();
    Matrix[] own = FieldSystem.cut(tape, parts, directions, dim);
    FieldSystem system =
        new FieldSystem(field, backend, workspace, parts, dim, null, own, null, context, null);
    try (FieldInstants instants = new FieldInstants(system, new double[] {time}, false)) {
      system.forEachPart(
          part -> {
            double[] y = new double[system.dimension(part)];
            system.gather(part, start, y);
            double[] tangents = new double[count * y.length];
            instants.tangents(0, part, y, tangents);
            for (int k = 0; k < count; k++) {
              int at = (k * rows + parts.start(part)) * dim;
              System.arraycopy(tangents, k * y.length, products, at, y.length);
            }
          });
    }
    work.addForward(1, 0, 0);
    return products;
  }
}
