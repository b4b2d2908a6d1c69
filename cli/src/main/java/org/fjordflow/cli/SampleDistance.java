package org.fjordflow.cli;

import java.util.Locale;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.inference.evaluation.Wasserstein;

/**
 * How far two samples are from each other. An assignment takes as many rows of both, so that of the
 * longer one some are left out, evenly.
 *
 * @param rows compared of each
 * @param measured the distance, in the units of the rows
 */
record SampleDistance(int rows, Wasserstein measured) {

  /**
   * Compares.
   *
   * @param first at least one row. Not modified.
   * @param second at least one row. Not modified.
   */
  static SampleDistance of(double[][] first, double[][] second) {
    int n = Math.min(Wasserstein.MOST_ASSIGNED, Math.min(first.length, second.length));
    return new SampleDistance(
        n,
        Wasserstein.of(
            RowSelection.thinned(first, n),
            RowSelection.thinned(second, n),
            new RandomStreams(0).generator(Purpose.TEST)));
  }

  double distance() {
    return measured.distance();
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "Wasserstein-2 distance %.4f (%s, %d rows)",
        measured.distance(),
        measured.method().id(),
        rows);
  }
}
