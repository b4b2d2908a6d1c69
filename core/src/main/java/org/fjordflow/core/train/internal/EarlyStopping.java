package org.fjordflow.core.train.internal;

/**
 * What the validations that a patience and a plateau count have shown so far.
 *
 * @param bestStep step of the smallest loss, 0 before the first finite one
 * @param bestLoss the smallest loss, infinite before the first finite one
 * @param withoutGain validations since then
 * @param longestWithoutGain the greatest that {@code withoutGain} has been
 */
public record EarlyStopping(
    long bestStep, double bestLoss, int withoutGain, int longestWithoutGain) {

  /** Before the first validation. */
  public static EarlyStopping start() {
    return new EarlyStopping(0, Double.POSITIVE_INFINITY, 0, 0);
  }

  /**
   * Takes a validation in.
   *
   * @param step where
   * @param loss its loss; NaN is no gain
   */
  public EarlyStopping after(long step, double loss) {
    if (loss < bestLoss) {
      return new EarlyStopping(step, loss, 0, longestWithoutGain);
    }
    int count = withoutGain + 1;
    return new EarlyStopping(bestStep, bestLoss, count, Math.max(count, longestWithoutGain));
  }

  /**
   * Returns whether to stop.
   *
   * @param patience validations without gain to wait for, 0 for never
   */
  public boolean exhausts(int patience) {
    return patience > 0 && withoutGain >= patience;
  }
}
