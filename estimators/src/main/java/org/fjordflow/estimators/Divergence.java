package org.fjordflow.estimators;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;

/**
 * How the divergence of a field, tr(df/dz), is found from Jacobian-vector products along given
 * directions. Directions are drawn once per solve and stay fixed during it, so that the solver sees
 * a smooth function of time.
 */
public sealed interface Divergence permits ExactTrace, Hutchinson, HutchPlusPlus, ReplayedProbes {

  /**
   * Finds a divergence by its name.
   *
   * @param name {@code exact}; {@code rademacher}, {@code gaussian}, {@code orthogonal} or {@code
   *     hadamard} (Hutchinson's estimate with such probes, see {@link ProbeDistribution}); or
   *     {@code hutch++} ({@link HutchPlusPlus})
   * @param probes number of probes of an estimate; of hutch++ half of them are its sketch
   * @throws FjordException INVALID_CONFIGURATION for another name, or too few probes
   */
  static Divergence of(String name, int probes) {
    if (name.equals(ExactTrace.ID)) {
      return new ExactTrace();
    }
    if (name.equals(HutchPlusPlus.ID)) {
      return HutchPlusPlus.of(probes);
    }
    for (ProbeDistribution distribution : ProbeDistribution.values()) {
      if (distribution.id().equals(name)) {
        return new Hutchinson(distribution, probes);
      }
    }
    List<String> known = new ArrayList<>(List.of(ExactTrace.ID));
    Arrays.stream(ProbeDistribution.values()).map(ProbeDistribution::id).forEach(known::add);
    known.add(HutchPlusPlus.ID);
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION, Suggestions.unknown("divergence", name, known));
  }

  /**
   * Returns Hutchinson's estimate with probes that were drawn before, so that a figure can be
   * reproduced. Its standard error is that of independent probes.
   *
   * @param probes number of probes a row, at least one
   * @param directions probe 1 of all rows, probe 2 of all rows and so on. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if there are no probes
   */
  static Divergence replayed(int probes, double[] directions) {
    return new ReplayedProbes(probes, directions);
  }

  /**
   * Returns how many directions each row needs: what an evaluation costs, in Jacobian-vector
   * products.
   *
   * @param dim number of columns
   * @throws FjordException INVALID_CONFIGURATION if so many directions cannot be drawn in dim
   *     dimensions
   */
  int directions(int dim);

  /**
   * Returns how many separate estimates {@link #trace} gives; their mean is the divergence and
   * their spread its error.
   */
  int estimates();

  /**
   * Returns the factor of a standard error: the variance of the mean of the estimates is, without
   * bias, this times their sample variance divided by their number. One for independent estimates,
   * less for those that balance each other, zero where their mean is exact. The same holds for
   * integrals of the estimates over a path.
   *
   * @param dim number of columns
   */
  double varianceFactor(int dim);

  /**
   * Returns the weight w_k of a direction in the estimate {@code sum_k w_k |J e_k|^2} of the
   * squared Frobenius norm of the Jacobian, which is without bias, and exact where the divergence
   * is.
   *
   * @param k index of the direction, from 0
   */
  double frobeniusWeight(int k);

  /** Returns whether the divergence is exact, so that the random source is not used. */
  boolean isExact();

  /**
   * Returns whether the directions are the unit vectors, in order, which need no products of their
   * own; see {@link Tape#inputWithUnits}.
   */
  default boolean takesUnits() {
    return false;
  }

  /**
   * Draws the directions for a batch.
   *
   * @param rows rows of the batch
   * @param dim number of columns
   * @param random source of randomness
   * @param start the Jacobians where the solve begins, for estimators that choose directions by
   *     them; others do not use it
   * @return direction 1 of all rows, direction 2 of all rows and so on; each rows x dim, row-major
   */
  double[] draw(int rows, int dim, RandomGenerator random, JacobianProducts start);

  /**
   * Makes the estimates from the field's tangents along the directions.
   *
   * @param tape where operations are made
   * @param f the field's value, n x dim, with one tangent for each direction
   * @param directions what {@link #draw} gave, (directions n) x dim
   * @return n x estimates
   */
  Var trace(Tape tape, Var f, Matrix directions);

  /** The Jacobians of a batch of rows, known by their products with vectors. */
  @FunctionalInterface
  interface JacobianProducts {

    /**
     * Multiplies every row's Jacobian with directions of that row.
     *
     * @param directions direction 1 of all rows, direction 2 of all rows and so on; each rows x
     *     dim, row-major. Not modified.
     * @param count number of directions a row
     * @return the products, laid out as the directions
     */
    double[] apply(double[] directions, int count);
  }
}
