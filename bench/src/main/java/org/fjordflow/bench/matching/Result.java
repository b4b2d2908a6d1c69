package org.fjordflow.bench.matching;

import java.util.Locale;

/**
 * What a field came to.
 *
 * @param trial name of the training, with the round of reflow where it is one
 * @param steps of training
 * @param seed of the training
 * @param seconds that the steps took
 * @param oneStep squared Wasserstein-2 distance of what one Euler step carries from data
 * @param adaptive the same by dopri5 at 1e-4
 * @param points compared of each
 */
record Result(
    String trial,
    long steps,
    long seed,
    double seconds,
    double oneStep,
    double adaptive,
    int points) {

  static final String HEADER = "trial,steps,seed,seconds,one_step,adaptive,points";

  String line() {
    return String.format(
        Locale.ROOT,
        "%s,%d,%d,%.1f,%.4f,%.4f,%d",
        trial,
        steps,
        seed,
        seconds,
        oneStep,
        adaptive,
        points);
  }

  static Result parse(String line) {
    String[] cells = line.split(",", -1);
    return new Result(
        cells[0],
        Long.parseLong(cells[1]),
        Long.parseLong(cells[2]),
        Double.parseDouble(cells[3]),
        Double.parseDouble(cells[4]),
        Double.parseDouble(cells[5]),
        Integer.parseInt(cells[6]));
  }
}
