package org.fjordflow.bench.sbibm;

import java.util.Locale;

/**
 * What a posterior came to beside the reference of one observation.
 *
 * @param task name
 * @param observation its number, from 1
 * @param accuracy of the classifier two-sample test
 */
record ObservationResult(String task, int observation, double accuracy) {

  String line() {
    return String.format(Locale.ROOT, "%s,%d,%.4f", task, observation, accuracy);
  }

  static ObservationResult parse(String line) {
    String[] cells = line.split(",", -1);
    return new ObservationResult(
        cells[0], Integer.parseInt(cells[1]), Double.parseDouble(cells[2]));
  }
}
