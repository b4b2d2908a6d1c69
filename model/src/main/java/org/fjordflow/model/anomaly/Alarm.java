package org.fjordflow.model.anomaly;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Which rows are told as anomalies, by their p-values. */
public sealed interface Alarm {

  /**
   * Flags rows.
   *
   * @param pValues of the rows of one file, NaN for rows without a score, which are none of its
   *     rows. Not modified.
   * @return for each row whether it is told
   */
  boolean[] flags(double[] pValues);

  /** Returns the greatest p-value among the flagged rows, or 0 for none. */
  default double greatest(double[] pValues) {
    boolean[] flags = flags(pValues);
    double greatest = 0;
    for (int i = 0; i < flags.length; i++) {
      greatest = flags[i] ? Math.max(greatest, pValues[i]) : greatest;
    }
    return greatest;
  }

  /** Of normal rows at most this share is told, in the mean over calibrations: p is at most it. */
  static Alarm rate(double rate) {
    return new Rate(rate);
  }

  /** Of the rows that are told at most this share is normal, in the mean, see {@link Discovery}. */
  static Alarm fdr(double fdr) {
    return new Discovery(fdr);
  }

  /**
   * Rows whose p-value is at most a rate.
   *
   * @param rate of false alarms among normal rows, between 0 and 1
   */
  record Rate(double rate) implements Alarm {
    /**
     * Checks the rate.
     *
     * @throws FjordException INVALID_ARGUMENT if it is not between 0 and 1
     */
    public Rate {
      requireBetween(rate, "rate");
    }

    @Override
    public boolean[] flags(double[] pValues) {
      return atMost(pValues, rate);
    }
  }

  /**
   * Benjamini and Hochberg's rows (1995): those whose p-value is at most {@code fdr k / m}, for the
   * greatest k of m rows for which k p-values are. P-values of one calibration depend on each other
   * such that the bound still holds (Bates et al. 2023, theorem 2).
   *
   * @param fdr false discovery rate: expected share of normal rows among those told, between 0 and
   *     1
   */
  record Discovery(double fdr) implements Alarm {
    /**
     * Checks the rate.
     *
     * @throws FjordException INVALID_ARGUMENT if it is not between 0 and 1
     */
    public Discovery {
      requireBetween(fdr, "false discovery rate");
    }

    @Override
    public boolean[] flags(double[] pValues) {
      double[] sorted = Arrays.stream(pValues).filter(p -> !Double.isNaN(p)).sorted().toArray();
      double greatest = 0;
      for (int k = sorted.length; k > 0 && greatest == 0; k--) {
        greatest = sorted[k - 1] <= fdr * k / sorted.length ? sorted[k - 1] : 0;
      }
      return atMost(pValues, greatest);
    }
  }

  private static boolean[] atMost(double[] pValues, double bound) {
    boolean[] flags = new boolean[pValues.length];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = pValues[i] <= bound * (1 + 1e-12);
    }
    return flags;
  }

  /**
   * Checks a rate.
   *
   * @throws FjordException INVALID_ARGUMENT if it is not between 0 and 1
   */
  static void requireBetween(double rate, String what) {
    if (!(rate > 0 && rate < 1)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a %s of %s; expected a number between 0 and 1, such as 0.01".formatted(what, rate));
    }
  }
}
