package org.fjordflow.core.data.internal;

/** The logarithm of a sum of exponentials, which neither overflows nor vanishes. */
public final class LogSum {
  /** A term that is so much smaller than the largest one changes no digit of the sum. */
  private static final double NEGLIGIBLE = 45;

  private double largest = Double.NEGATIVE_INFINITY;
  private double sum;

  /** Adds exp(term). */
  public void add(double term) {
    if (term > largest) {
      sum = sum * Math.exp(largest - term) + 1;
      largest = term;
    } else if (term > largest - NEGLIGIBLE) {
      sum += Math.exp(term - largest);
    }
  }

  /** Returns the logarithm of what was added. */
  public double value() {
    return largest + Math.log(sum);
  }
}
