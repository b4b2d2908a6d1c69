package org.fjordflow.core.flow.internal.parts;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;

/** Independent normals with trained means and deviations. */
public final class NormalBase implements Distribution {

  private final LocationScale columns;

  private NormalBase(LocationScale columns) {
    this.columns = columns;
  }

  /**
   * Creates the distribution, the standard normal at first.
   *
   * @param parameters where {@code base.location} and {@code base.log_scale} are added. Modified.
   * @param dim number of columns
   */
  public static NormalBase create(Parameters parameters, int dim) {
    return new NormalBase(LocationScale.create(parameters, new double[dim], dim));
  }

  @Override
  public int dim() {
    return columns.dim();
  }

  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim());
    return LocationScale.normalLogProb(tape, x, columns.locations(tape), columns.logScales(tape));
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    return columns.place(draw(n, random));
  }

  @Override
  public Var sample(Tape tape, int n, RandomGenerator random) {
    double[] e = RowArrays.flatten(draw(n, random), dim(), "base");
    return columns.place(tape, tape.constant(e, n, dim()));
  }

  private double[][] draw(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim());
    for (double[] row : rows) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return rows;
  }
}
