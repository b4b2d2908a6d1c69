package org.fjordflow.inference.simulation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.inference.evaluation.KolmogorovSmirnov;
import org.hipparchus.distribution.discrete.BinomialDistribution;

/**
 * Whether posteriors are as wide as they should be, over simulations that were not trained on. All
 * levels are uniform on (0, 1) where they are; ranks among draws are made so by a uniform number.
 *
 * <p>These say nothing of single observations: an estimator that always gives the prior has perfect
 * ranks and coverage. TARP's does see that, for its reference points may depend on observations;
 * those here do not.
 *
 * @param ranks simulation-based calibration (Talts et al. 2018): of each simulation and parameter
 *     the share of draws below the true value
 * @param density expected coverage (Hermans et al. 2022): of each simulation the mass of the region
 *     of highest density that just reaches the true parameters
 * @param tarp tests of accuracy with random points (Lemos et al. 2023): of each simulation the
 *     share of draws that are nearer to a random point than the true parameters, distances in the
 *     deviations of the parameters; the points are the parameters of other simulations
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record PosteriorCalibration(double[][] ranks, double[] density, double[] tarp) {

  /**
   * Draws from the posterior of each simulation.
   *
   * @param estimator not modified
   * @param simulations that it was not trained on, at least two. Not modified.
   * @param draws from each posterior, at least 1
   * @param random source of draws
   * @throws FjordException SHAPE_MISMATCH for a column that is not there; NON_FINITE for a
   *     simulation that failed; INVALID_ARGUMENT for too few simulations or draws; CLOSED
   */
  public static PosteriorCalibration of(
      PosteriorEstimator estimator, Table simulations, int draws, RandomGenerator random) {
    if (simulations.rowCount() < 2 || draws < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d simulations and %d draws; expected at least two and one"
              .formatted(simulations.rowCount(), draws));
    }
    return CalibrationRun.of(estimator, simulations, draws, random);
  }

  /** Returns how many simulations there are. */
  public int simulations() {
    return density.length;
  }

  /**
   * Returns the part of simulations whose true parameters are in the region of highest density of a
   * mass.
   *
   * @param mass in (0, 1)
   */
  public double coverage(double mass) {
    return share(density, mass);
  }

  /**
   * Returns TARP's coverage, the part of simulations whose level is at most so much.
   *
   * @param level in (0, 1)
   */
  public double tarpCoverage(double level) {
    return share(tarp, level);
  }

  private static double share(double[] levels, double atMost) {
    return (double) Arrays.stream(levels).filter(level -> level <= atMost).count() / levels.length;
  }

  /**
   * Returns where coverage is by chance where posteriors are right: quantiles of the binomial
   * distribution over the number of simulations.
   *
   * @param mass in (0, 1)
   * @param confidence chance of being between both, such as 0.99
   * @return the lower and the upper end
   */
  public double[] band(double mass, double confidence) {
    BinomialDistribution counts = new BinomialDistribution(simulations(), mass);
    double outside = (1 - confidence) / 2;
    return new double[] {
      (double) counts.inverseCumulativeProbability(outside) / simulations(),
      (double) counts.inverseCumulativeProbability(1 - outside) / simulations()
    };
  }

  /** Returns the chance of ranks as far from uniform, one a parameter, adjusted by Holm's rule. */
  public double[] rankPValues() {
    double[] pValues = new double[ranks[0].length];
    Arrays.setAll(
        pValues,
        j ->
            KolmogorovSmirnov.pValueOfUniform(
                Arrays.stream(ranks).mapToDouble(row -> row[j]).toArray(), 0, 1));
    return KolmogorovSmirnov.holm(pValues);
  }

  /** Returns the chance of coverages as far from the masses. */
  public double coveragePValue() {
    return KolmogorovSmirnov.pValueOfUniform(density, 0, 1);
  }

  /** Returns the chance of TARP's levels as far from uniform. */
  public double tarpPValue() {
    return KolmogorovSmirnov.pValueOfUniform(tarp, 0, 1);
  }

  /**
   * Returns a histogram of a parameter's ranks, to be drawn: low in the middle where posteriors are
   * too narrow, high there where they are too wide, sloped where they are off to one side.
   *
   * @param parameter its number, from 0
   * @param bins how many
   * @return counts
   */
  public int[] histogram(int parameter, int bins) {
    int[] counts = new int[bins];
    for (double[] row : ranks) {
      counts[Math.min(bins - 1, (int) (row[parameter] * bins))]++;
    }
    return counts;
  }
}
