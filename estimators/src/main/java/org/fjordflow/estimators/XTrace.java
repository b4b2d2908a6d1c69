package org.fjordflow.estimators;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * XTrace (Epperly, Tropp and Webber 2024): every test vector is used to find the range of the
 * Jacobian, and also, with a range found from all the others, as the probe of what is left. Takes
 * twice as many products as test vectors, one half after the other.
 *
 * <p>An estimate at one point. It saves products by using those with test vectors twice; during a
 * solve, where {@link HutchPlusPlus} finds its range once and for all, there is nothing to save,
 * and the same products at each evaluation would pay for one direction of the range less.
 *
 * @param testVectors number of test vectors, at least one and at most as many as dimensions
 */
public record XTrace(int testVectors) {

  /**
   * Checks the number of test vectors.
   *
   * @throws FjordException INVALID_CONFIGURATION if there are none
   */
  public XTrace {
    if (testVectors < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "XTrace with " + testVectors + " test vectors; expected at least one");
    }
  }

  /**
   * Estimates traces. The standard error is the paper's: the spread of the estimates that leave one
   * vector out, as if these were independent.
   *
   * @param rows number of Jacobians
   * @param dim number of their columns
   * @param random source of randomness
   * @param jacobians multiplied twice, with {@link #testVectors} directions a row each time
   * @return an estimate for each row
   * @throws FjordException INVALID_CONFIGURATION if there are more test vectors than dimensions
   */
  public Estimate estimate(
      int rows, int dim, RandomGenerator random, Divergence.JacobianProducts jacobians) {
    if (testVectors > dim) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "XTrace with %d test vectors in %d dimensions; expected at most %d"
              .formatted(testVectors, dim, dim));
    }
    int k = testVectors;
    double[] tests = new double[k * rows * dim];
    for (int i = 0; i < tests.length; i++) {
      tests[i] = random.nextGaussian();
    }
    double[] images = jacobians.apply(tests, k);
    double[] basis = new double[tests.length];
    Frame[] frames = new Frame[rows];
    for (int i = 0; i < rows; i++) {
      frames[i] = new Frame(dim, k);
      for (int j = 0; j < k; j++) {
        frames[i].add(images, (j * rows + i) * dim);
      }
      for (int j = 0; j < frames[i].size(); j++) {
        frames[i].write(j, 1, basis, (j * rows + i) * dim);
      }
    }
    double[] basisImages = jacobians.apply(basis, k);
    double[] trace = new double[rows];
    double[] error = new double[rows];
    for (int i = 0; i < rows; i++) {
      double[] estimates =
          new LeaveOneOut(
                  frames[i],
                  own(tests, i, rows, dim),
                  own(images, i, rows, dim),
                  own(basisImages, i, rows, dim))
              .estimates();
      double squares = 0;
      for (double estimate : estimates) {
        trace[i] += estimate / k;
      }
      for (double estimate : estimates) {
        squares += (estimate - trace[i]) * (estimate - trace[i]);
      }
      error[i] = Math.sqrt(squares / (k * (k - 1.0)));
    }
    return new Estimate(trace, error);
  }

  private double[][] own(double[] all, int row, int rows, int dim) {
    double[][] vectors = new double[testVectors][dim];
    for (int j = 0; j < testVectors; j++) {
      System.arraycopy(all, (j * rows + row) * dim, vectors[j], 0, dim);
    }
    return vectors;
  }

  /**
   * Traces, and how well each is known.
   *
   * @param trace one a row
   * @param standardError of each; NaN where a single estimate does not tell
   */
  @SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
  public record Estimate(double[] trace, double[] standardError) {}
}
