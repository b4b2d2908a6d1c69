package org.fjordflow.model;

import java.util.Arrays;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;

/**
 * Rows among which some cannot be computed. One that can stands in for each of those, so that all
 * others keep their places: their bits do not depend on what is wrong with their neighbours.
 */
final class StandIns {
  private final int[] sound;
  private final int[] chosen;

  private StandIns(int[] sound, int[] chosen) {
    this.sound = sound;
    this.chosen = chosen;
  }

  /**
   * Prepares rows.
   *
   * @param sound the rows that can be computed, in their order. Not modified.
   * @param n rows in all
   */
  static StandIns of(int[] sound, int n) {
    int[] chosen = new int[n];
    Arrays.fill(chosen, sound.length == 0 ? -1 : sound[0]);
    for (int i : sound) {
      chosen[i] = i;
    }
    return new StandIns(sound, chosen);
  }

  /** Whether all rows can be computed. */
  boolean isComplete() {
    return sound.length == chosen.length;
  }

  /** Whether no row can be computed, though there are rows. */
  boolean isEmpty() {
    return sound.length == 0 && chosen.length > 0;
  }

  /** Returns all rows as they can be computed. */
  double[][] rows(double[][] rows) {
    return isComplete()
        ? rows
        : Arrays.stream(chosen).mapToObj(i -> rows[i]).toArray(double[][]::new);
  }

  /** Returns the contexts of {@link #rows}. */
  Context context(Context context) {
    return isComplete() ? context : context.select(chosen);
  }

  /** Whether a row is its own. */
  boolean isSound(int row) {
    return chosen[row] == row;
  }

  /** Tells what failed, but for rows that only stood in. */
  void tell(Failures some, Failures failures) {
    for (Failure failure : some.list()) {
      if (isSound(failure.row())) {
        failures.add(failure);
      }
    }
  }

  /**
   * Returns results without those of rows that only stood in.
   *
   * @param scores of {@link #rows}. Not modified.
   * @param others log-density of the rows that cannot be computed
   */
  LogDensity without(LogDensity scores, double others) {
    if (isComplete()) {
      return scores;
    }
    double[] logProb = scores.logProb().clone();
    double[] errors = scores.standardError().clone();
    for (int i = 0; i < logProb.length; i++) {
      logProb[i] = isSound(i) ? logProb[i] : others;
      errors[i] = isSound(i) ? errors[i] : 0;
    }
    return new LogDensity(logProb, errors, scores.work());
  }
}
