package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;

/**
 * Hutch++ (Meyer, Musco, Musco and Woodruff 2021): the trace on a subspace Q that holds most of the
 * Jacobian's range is computed, and only the rest is estimated, {@code tr(J) = tr(Q^T J Q) + E[g^T
 * J g]} with g in the complement of Q.
 *
 * <p>For a solve, Q = orth(J S) comes from the Jacobian J where the solve begins and from normal S,
 * and stays the same throughout. The estimate is without bias for any Q that does not depend on g,
 * so also where the Jacobian has become another one; it is then less accurate. Gradients take Q as
 * given: they are not those of the computed number, which depends on Q, but they are without bias,
 * since the expectation does not depend on it.
 *
 * <p>Deviations from the paper: g is uniform on a sphere in the complement of Q, and several of
 * them are orthogonal to each other. That leaves less variance than signs that are projected (of
 * normal ones the length is noise), and nothing with as many directions as dimensions.
 *
 * @param sketch number of columns of Q, at least one
 * @param probes number of g a row, at least one; a standard error takes two
 */
public record HutchPlusPlus(int sketch, int probes) implements Divergence {

  /** The name in configurations. */
  public static final String ID = "hutch++";

  /**
   * Checks the numbers.
   *
   * @throws FjordException INVALID_CONFIGURATION if one is below one
   */
  public HutchPlusPlus {
    if (sketch < 1 || probes < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "hutch++ with a sketch of %d and %d probes; expected at least one of each"
              .formatted(sketch, probes));
    }
  }

  /**
   * Creates an estimate that takes a number of directions, half of them for the sketch.
   *
   * @param directions at least two
   * @throws FjordException INVALID_CONFIGURATION if there are fewer
   */
  public static HutchPlusPlus of(int directions) {
    if (directions < 2) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "hutch++ with " + directions + " directions; expected at least two");
    }
    return new HutchPlusPlus(directions / 2, directions - directions / 2);
  }

  @Override
  public int directions(int dim) {
    int count = sketch + probes;
    if (count > dim) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "hutch++ with %d directions in %d dimensions; expected at most %d, or take the exact trace"
              .formatted(count, dim, dim));
    }
    return count;
  }

  @Override
  public int estimates() {
    return probes;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Given Q, the probes are drawn without replacement from a basis of its complement.
   */
  @Override
  public double varianceFactor(int dim) {
    return 1 - probes / (double) (dim - sketch);
  }

  @Override
  public double frobeniusWeight(int k) {
    return k < sketch ? 1 : 1.0 / probes;
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public double[] draw(
      int rows, int dim, RandomGenerator random, Divergence.JacobianProducts start) {
    int count = directions(dim);
    double[] normals = new double[sketch * rows * dim];
    for (int i = 0; i < normals.length; i++) {
      normals[i] = random.nextGaussian();
    }
    double[] range = start.apply(normals, sketch);
    double[] directions = new double[count * rows * dim];
    double length = Math.sqrt(dim - sketch);
    for (int i = 0; i < rows; i++) {
      Frame frame = new Frame(dim, count);
      for (int k = 0; k < sketch; k++) {
        if (!frame.add(range, (k * rows + i) * dim)) {
          frame.addRandom(random); // the range is smaller than the sketch
        }
      }
      for (int k = sketch; k < count; k++) {
        frame.addRandom(random);
      }
      for (int k = 0; k < count; k++) {
        frame.write(k, k < sketch ? 1 : length, directions, (k * rows + i) * dim);
      }
    }
    return directions;
  }

  @Override
  public Var trace(Tape tape, Var f, Matrix directions) {
    Var forms = Hutchinson.separate(tape, f, directions, sketch + probes);
    Var onSketch = tape.rowSum(tape.columns(forms, 0, sketch));
    return tape.add(tape.columns(forms, sketch, sketch + probes), onSketch);
  }
}
