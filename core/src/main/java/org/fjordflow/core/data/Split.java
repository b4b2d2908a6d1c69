package org.fjordflow.core.data;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * Rows for training, for choosing among models, and for the final test.
 *
 * @param train rows to fit to
 * @param validation rows to stop early by, may be empty
 * @param test rows to report on, may be empty
 */
public record Split(Table train, Table validation, Table test) {
  /**
   * Deals the rows of a table out at random. Each part keeps the file's order of its rows.
   *
   * @param table the table; its rows are shared
   * @param validationFraction the part of the rows for validation, rounded to whole rows
   * @param testFraction the part of the rows for the test, rounded to whole rows
   * @param random where randomness comes from; the same state gives the same split
   * @return the three parts, without overlap, together all rows
   * @throws FjordException INVALID_ARGUMENT if a fraction is negative, or nothing is left to train
   */
  public static Split random(
      Table table, double validationFraction, double testFraction, RandomGenerator random) {
    if (!(validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction < 1)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "fractions "
              + validationFraction
              + " and "
              + testFraction
              + " for validation and test, expected at least 0 each and less than 1 together");
    }
    int n = table.rowCount();
    int validation = (int) Math.round(n * validationFraction);
    int test = (int) Math.round(n * testFraction);
    if (validation + test >= n) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          n
              + " rows leave none to train on beside "
              + validation
              + " for validation and "
              + test
              + " for the test; use smaller fractions");
    }
    int[] order = shuffled(n, random);
    return new Split(
        part(table, order, validation + test, n),
        part(table, order, 0, validation),
        part(table, order, validation, validation + test));
  }

  /** Fisher and Yates. */
  private static int[] shuffled(int n, RandomGenerator random) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private static Table part(Table table, int[] order, int from, int to) {
    int[] rows = Arrays.copyOfRange(order, from, to);
    Arrays.sort(rows);
    return table.selectRows(rows);
  }
}
