package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.internal.RowArrays;

/**
 * The present values of a mixture of diagonal normals.
 *
 * @param logWeights one a component; their exponentials sum to one
 * @param means components x dim
 * @param logDeviations components x dim
 */
@SuppressWarnings("ArrayRecordComponent") // looked at, not compared
record NormalMixtureValues(double[] logWeights, double[] means, double[] logDeviations) {

  static double[] logSoftmax(double[] logits) {
    double largest = Arrays.stream(logits).max().orElse(0);
    double sum = Arrays.stream(logits).map(logit -> Math.exp(logit - largest)).sum();
    double logSum = largest + Math.log(sum);
    return Arrays.stream(logits).map(logit -> logit - logSum).toArray();
  }

  int components() {
    return logWeights.length;
  }

  int dim() {
    return means.length / logWeights.length;
  }

  /** Each row from a component that is drawn by its weight. */
  double[][] sample(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim());
    for (double[] row : rows) {
      int from = draw(random) * row.length;
      for (int j = 0; j < row.length; j++) {
        row[j] = means[from + j] + Math.exp(logDeviations[from + j]) * random.nextGaussian();
      }
    }
    return rows;
  }

  private int draw(RandomGenerator random) {
    double left = random.nextDouble();
    int k = 0;
    while (k < logWeights.length - 1 && left >= Math.exp(logWeights[k])) {
      left -= Math.exp(logWeights[k]);
      k++;
    }
    return k;
  }
}
