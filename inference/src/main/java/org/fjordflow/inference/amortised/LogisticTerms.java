package org.fjordflow.inference.amortised;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;

/**
 * Logistic variables rounded to levels. Outputs are, for each column side by side, the location on
 * a scale where the levels are in (-1, 1), and the logarithm of one over the scale there, less
 * {@link #START}.
 */
record LogisticTerms(int columns, int levels) implements LikelihoodTerms {

  /** Logarithm of one over the scale to begin with, where all levels lie in an interval of 2. */
  private static final double START = 2;

  /** Below this 1 - exp(-w) would lose digits; it is several times faster than expm1. */
  private static final double NARROW = 0.01;

  @Override
  public int outputs() {
    return 2 * columns;
  }

  @Override
  public Var logProb(Tape tape, Var outputs, double[] x) {
    Backend backend = tape.backend();
    double[] made = Elements.of(backend, outputs.value());
    int n = outputs.rows();
    double[] sums = new double[n];
    double[] slopes = new double[made.length];
    for (int e = 0; e < x.length; e++) {
      sums[e / columns] += log(made, slopes, x[e], 2 * e);
    }
    Matrix result = tape.take(n, 1);
    backend.upload(sums, 0, result);
    return tape.custom(
            List.of(outputs),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              double[] back = slopes.clone();
              for (int e = 0; e < back.length; e++) {
                back[e] *= bar[e / (2 * columns)];
              }
              Elements.add(backend, back, targets.get(0));
            })
        .get(0);
  }

  /**
   * The log-probability of a level, and its derivatives by location and log-precision. With the
   * standardised edges a below b it is {@code log sigma(b) + log sigma(-a) + log(1 - exp(a - b))},
   * where the first level has no a and the last one no b.
   */
  private double log(double[] made, double[] slopes, double level, int at) {
    double precision = Math.exp(START + made[at + 1]);
    double centre = input(level) - made[at];
    double half = 1.0 / levels;
    double a = (centre - half) * precision;
    double b = (centre + half) * precision;
    boolean first = level == 0;
    boolean last = level == levels - 1;
    double sum = 0;
    double ofA = 0;
    double ofB = 0;
    if (!last) {
      double below = Math.exp(-Math.abs(b));
      sum -= Math.max(-b, 0) + Math.log(1 + below);
      ofB += (b > 0 ? below : 1) / (1 + below);
    }
    if (!first) {
      double above = Math.exp(-Math.abs(a));
      sum -= Math.max(a, 0) + Math.log(1 + above);
      ofA -= (a < 0 ? above : 1) / (1 + above);
    }
    if (!first && !last) {
      double width = b - a;
      double part = width < NARROW ? -Math.expm1(-width) : 1 - Math.exp(-width);
      sum += Math.log(part);
      double slope = (1 - part) / part;
      ofB += slope;
      ofA -= slope;
    }
    slopes[at] = -precision * (ofA + ofB);
    slopes[at + 1] = a * ofA + b * ofB;
    return sum;
  }

  @Override
  public double[] mean(Tape tape, Var outputs) {
    double[] made = Elements.of(tape.backend(), outputs.value());
    double[] means = new double[made.length / 2];
    for (int e = 0; e < means.length; e++) {
      means[e] = Math.max(0, Math.min(levels - 1, level(made[2 * e])));
    }
    return means;
  }

  @Override
  public double[] sample(Tape tape, Var outputs, RandomGenerator random) {
    double[] made = Elements.of(tape.backend(), outputs.value());
    double[] values = new double[made.length / 2];
    for (int e = 0; e < values.length; e++) {
      double u = random.nextDouble();
      double z = Math.log(u / (1 - u)) * Math.exp(-START - made[2 * e + 1]);
      values[e] = Math.max(0, Math.min(levels - 1, Math.rint(level(made[2 * e] + z))));
    }
    return values;
  }

  /** The inverse of {@link #input}. */
  private double level(double y) {
    return (y + 1) * levels / 2 - 0.5;
  }

  @Override
  public double input(double x) {
    return (2 * x + 1) / levels - 1;
  }

  @Override
  public boolean isPossible(double x) {
    return LikelihoodTerms.isLevel(x, levels);
  }

  @Override
  public String possible() {
    return "whole numbers from 0 to " + (levels - 1);
  }
}
