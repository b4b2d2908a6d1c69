package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;

/**
 * Hutchinson's estimate with probes that were drawn before, so that a figure can be reproduced. Its
 * standard error is that of independent probes.
 */
final class ReplayedProbes implements Divergence {

  private final int probes;
  private final double[] directions;

  /**
   * Keeps probes.
   *
   * @param probes number of probes a row, at least one
   * @param directions probe 1 of all rows, probe 2 of all rows and so on. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if there are no probes
   */
  ReplayedProbes(int probes, double[] directions) {
    if (probes < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, probes + " probes; expected at least one");
    }
    this.probes = probes;
    this.directions = directions.clone();
  }

  @Override
  public int directions(int dim) {
    return probes;
  }

  @Override
  public int estimates() {
    return probes;
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public double frobeniusWeight(int k) {
    return 1.0 / probes;
  }

  @Override
  public double varianceFactor(int dim) {
    return 1;
  }

  @Override
  public double[] draw(
      int rows, int dim, RandomGenerator random, Divergence.JacobianProducts start) {
    if (directions.length != probes * rows * dim) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%d values of replayed probes for %d probes of %d rows and %d columns"
              .formatted(directions.length, probes, rows, dim));
    }
    return directions.clone();
  }

  @Override
  public Var trace(Tape tape, Var f, Matrix probeMatrix) {
    return Hutchinson.separate(tape, f, probeMatrix, probes);
  }
}
