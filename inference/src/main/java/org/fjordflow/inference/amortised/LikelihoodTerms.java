package org.fjordflow.inference.amortised;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.nn.Parameters;

/** A {@link Likelihood} with its parameters. */
interface LikelihoodTerms {

  /** Outputs that it wants of the decoder, for each row. */
  int outputs();

  /**
   * Log-probabilities of rows.
   *
   * @param outputs of the decoder, n x {@link #outputs}
   * @param x n rows of data, row by row. Not modified.
   * @return n x 1, in nats
   */
  Var logProb(Tape tape, Var outputs, double[] x);

  /** Means of the columns, row by row. */
  double[] mean(Tape tape, Var outputs);

  /** Draws of the columns, row by row. */
  double[] sample(Tape tape, Var outputs, RandomGenerator random);

  /** A value of data as the encoder sees it, within some units around zero. */
  double input(double x);

  /** Whether a value of data is possible. */
  boolean isPossible(double x);

  /** What values are possible. */
  String possible();

  /** Fails for rows that cannot be. */
  default void requirePossible(double[][] rows, int columns) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns && j < rows[i].length; j++) {
        if (!isPossible(rows[i][j])) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "row %d, column %d is %s; this likelihood is of %s"
                  .formatted(i, j, rows[i][j], possible()));
        }
      }
    }
  }

  /**
   * Makes the parameters of a likelihood.
   *
   * @param parameters where they are added. Modified.
   */
  static LikelihoodTerms of(
      Likelihood likelihood, Parameters parameters, int columns, RandomGenerator random) {
    if (likelihood instanceof Likelihood.Categorical categorical) {
      return CategoricalTerms.create(categorical, parameters, columns, random);
    }
    if (likelihood instanceof Likelihood.DiscretizedLogistic logistic) {
      return new LogisticTerms(columns, logistic.levels());
    }
    if (likelihood instanceof Likelihood.Normal) {
      return NormalTerms.create(parameters, columns);
    }
    return new BernoulliTerms(columns);
  }

  /** Whether a number is one of 0 to levels - 1. */
  static boolean isLevel(double x, int levels) {
    return x >= 0 && x < levels && x == Math.rint(x);
  }
}
