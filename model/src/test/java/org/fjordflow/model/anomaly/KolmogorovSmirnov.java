package org.fjordflow.model.anomaly;

import org.hipparchus.distribution.continuous.UniformRealDistribution;
import org.hipparchus.stat.inference.KolmogorovSmirnovTest;

/** Tests of Kolmogorov and Smirnov. */
final class KolmogorovSmirnov {

  private KolmogorovSmirnov() {}

  /** Returns the chance of a greater distance between samples of one continuous distribution. */
  static double pValue(double[] first, double[] second) {
    return new KolmogorovSmirnovTest().kolmogorovSmirnovTest(first, second);
  }

  /** Returns the chance of a greater distance of a sample from the uniform distribution. */
  static double pValueOfUniform(double[] values) {
    return new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new UniformRealDistribution(), values);
  }
}
