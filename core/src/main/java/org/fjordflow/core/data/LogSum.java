package org.fjordflow.core.data;

/** The logarithm of a sum of exponentials, which neither overflows nor vanishes. */
final class LogSum {
  private double largest = Double.NEGATIVE_INFINITY;
  private double sum;

  /** Adds exp(term). */
  void add(double term) {
    if (term > largest) {
      sum = sum * Math.exp(largest - term) + 1;
      largest = term;
    } else if (term > Double.NEGATIVE_INFINITY) {
      sum += Math.exp(term - largest);
    }
  }

  /** Returns the logarithm of what was added. */
  double value() {
    return largest + Math.log(sum);
  }
}
