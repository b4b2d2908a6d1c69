package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;

/**
 * Hutchinson's estimate: {@code tr(J) = E[e^T J e]} for probes e with mean zero and unit covariance
 * (Hutchinson 1990; in flows Grathwohl et al. 2019, equation 8). Several probes are kept apart, so
 * that their spread gives a standard error.
 *
 * @param distribution distribution of a row's probes
 * @param probes number of probes a row, from 1 to 10,000
 */
public record Hutchinson(ProbeDistribution distribution, int probes) implements Divergence {

  /** Memory grows with the probes of a chunk of rows. */
  private static final int MOST = 10_000;

  /**
   * Checks the number of probes.
   *
   * @throws FjordException INVALID_CONFIGURATION if there are none, or more than 10,000
   */
  public Hutchinson {
    if (probes < 1 || probes > MOST) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, probes + " probes; expected 1 to " + MOST);
    }
  }

  @Override
  public int directions(int dim) {
    distribution.require(probes, dim);
    return probes;
  }

  @Override
  public int estimates() {
    return probes;
  }

  @Override
  public double frobeniusWeight(int k) {
    return 1.0 / probes;
  }

  @Override
  public double varianceFactor(int dim) {
    return 1 - probes / distribution.population(dim);
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public double[] draw(
      int rows, int dim, RandomGenerator random, Divergence.JacobianProducts start) {
    return draw(rows, dim, random);
  }

  /**
   * Draws the probes for a batch.
   *
   * @param rows rows of the batch
   * @param dim number of columns
   * @param random source of randomness
   * @return probe 1 of all rows, probe 2 of all rows and so on; each rows x dim, row-major
   * @throws FjordException as {@link #directions}
   */
  public double[] draw(int rows, int dim, RandomGenerator random) {
    distribution.require(probes, dim);
    double[] directions = new double[probes * rows * dim];
    distribution.draw(directions, probes, rows, dim, random);
    return directions;
  }

  @Override
  public Var trace(Tape tape, Var f, Matrix directions) {
    return separate(tape, f, directions, probes);
  }

  /** One column for each direction e: {@code e^T J e}. */
  static Var separate(Tape tape, Var f, Matrix directions, int count) {
    if (count == 1) {
      return tape.tangentDots(f, directions, 1);
    }
    if (f.tangents() == 0) {
      // The field does not depend on what moves: its divergence is zero for every probe.
      return tape.constant(new double[f.rows() * count], f.rows(), count);
    }
    Var[] columns = new Var[count];
    for (int k = 0; k < count; k++) {
      Var probe = tape.constant(directions.rows(k * f.rows(), (k + 1) * f.rows()));
      columns[k] = tape.rowSum(tape.multiply(tape.tangent(f, k), probe));
    }
    return tape.concat(columns);
  }
}
