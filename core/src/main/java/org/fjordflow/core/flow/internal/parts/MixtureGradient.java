package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import org.hipparchus.special.Erf;

/**
 * How rows of a mixture of diagonal normals move with its parameters, where for each column its
 * place {@code S_j = F(x_j | x_1 .. x_(j-1))} is held (Figurnov et al. 2018, section 3). With
 * weights r_k of the components given the columns before,
 *
 * <pre>
 * S_j = sum_k r_k P((x_j - m_kj) / s_kj)      r_k ~ w_k prod_(i &lt; j) N(x_i; m_ki, s_ki)
 * </pre>
 *
 * <p>Adjoints of rows are taken back from the last column to the first.
 */
final class MixtureGradient {

  private static final double LOG_ROOT = 0.5 * Math.log(2 * Math.PI);

  private final NormalMixtureValues of;
  private final int components;
  private final int dim;
  private final double[] logWeights;
  private final double[] means;
  private final double[] logDeviations;

  // Of one row, dim x components: standardised distances, weights, places, logarithms of densities.
  private final double[] distance;
  private final double[] weight;
  private final double[] place;
  private final double[] logDensity;
  private final double[] byLogWeight;

  MixtureGradient(NormalMixtureValues of) {
    this.of = of;
    this.components = of.components();
    this.dim = of.dim();
    this.logWeights = new double[components];
    this.means = new double[components * dim];
    this.logDeviations = new double[components * dim];
    this.distance = new double[components * dim];
    this.weight = new double[components * dim];
    this.place = new double[components * dim];
    this.logDensity = new double[components * dim];
    this.byLogWeight = new double[components];
  }

  /** Sums of the gradients by the logarithms of the weights. */
  double[] logWeights() {
    return logWeights;
  }

  /** Sums of the gradients by the means, components x dim. */
  double[] means() {
    return means;
  }

  /** Sums of the gradients by the logarithms of the deviations, components x dim. */
  double[] logDeviations() {
    return logDeviations;
  }

  /**
   * Adds the gradients of rows.
   *
   * @param rows n x dim. Not modified.
   * @param bars adjoints of the rows. Not modified.
   */
  void add(double[] rows, double[] bars) {
    for (int from = 0; from < rows.length; from += dim) {
      look(rows, from);
      goBack(bars, from);
    }
  }

  private void look(double[] rows, int from) {
    double[] logs = of.logWeights().clone();
    for (int j = 0; j < dim; j++) {
      double[] r = NormalMixtureValues.logSoftmax(logs);
      double below = 0;
      for (int k = 0; k < components; k++) {
        int e = j * components + k;
        double s = of.logDeviations()[k * dim + j];
        double z = (rows[from + j] - of.means()[k * dim + j]) * Math.exp(-s);
        distance[e] = z;
        weight[e] = Math.exp(r[k]);
        place[e] = 0.5 * Erf.erfc(-z / Math.sqrt(2));
        logDensity[e] = -0.5 * z * z - s - LOG_ROOT;
        below += weight[e] * place[e];
        logs[k] += logDensity[e];
      }
      // Places less one, where these have more digits; their differences are what counts.
      for (int k = 0; below > 0.5 && k < components; k++) {
        int e = j * components + k;
        place[e] = -0.5 * Erf.erfc(distance[e] / Math.sqrt(2));
      }
    }
  }

  private void goBack(double[] bars, int from) {
    Arrays.fill(byLogWeight, 0);
    for (int j = dim - 1; j >= 0; j--) {
      double bar = bars[from + j];
      double density = 0;
      double mean = 0;
      for (int k = 0; k < components; k++) {
        int e = j * components + k;
        int p = k * dim + j;
        double inverse = Math.exp(-of.logDeviations()[p]);
        // What later columns make of this one's density.
        bar -= byLogWeight[k] * distance[e] * inverse;
        means[p] += byLogWeight[k] * distance[e] * inverse;
        logDeviations[p] += byLogWeight[k] * (distance[e] * distance[e] - 1);
        density += weight[e] * Math.exp(logDensity[e]);
        mean += weight[e] * place[e];
      }
      double moves = density > 0 ? bar / density : 0;
      for (int k = 0; k < components; k++) {
        int e = j * components + k;
        int p = k * dim + j;
        double pull = moves * weight[e] * Math.exp(logDensity[e]);
        means[p] += pull;
        logDeviations[p] += pull * distance[e] * Math.exp(of.logDeviations()[p]);
        byLogWeight[k] -= moves * weight[e] * (place[e] - mean);
      }
    }
    for (int k = 0; k < components; k++) {
      logWeights[k] += byLogWeight[k];
    }
  }
}
