package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;

/** The trace itself, from one Jacobian-vector product for each unit vector. */
public record ExactTrace() implements Divergence {

  /** The name in configurations. */
  public static final String ID = "exact";

  @Override
  public int directions(int dim) {
    return dim;
  }

  @Override
  public int estimates() {
    return 1;
  }

  @Override
  public boolean isExact() {
    return true;
  }

  @Override
  public boolean takesUnits() {
    return true;
  }

  @Override
  public double frobeniusWeight(int k) {
    return 1;
  }

  @Override
  public double varianceFactor(int dim) {
    return 0;
  }

  @Override
  public double[] draw(
      int rows, int dim, RandomGenerator random, Divergence.JacobianProducts start) {
    return units(rows, dim);
  }

  /**
   * Returns the unit vectors.
   *
   * @param rows rows of the batch
   * @param dim number of columns
   * @return unit vector 1 for all rows, unit vector 2 for all rows and so on
   */
  public static double[] units(int rows, int dim) {
    double[] units = new double[dim * rows * dim];
    for (int k = 0; k < dim; k++) {
      for (int i = 0; i < rows; i++) {
        units[(k * rows + i) * dim + k] = 1;
      }
    }
    return units;
  }

  @Override
  public Var trace(Tape tape, Var f, Matrix directions) {
    return tape.tangentTrace(f, directions);
  }
}
