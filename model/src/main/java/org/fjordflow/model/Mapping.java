package org.fjordflow.model;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/**
 * Rows of data and points of the base, each mapped to the other: draws, images, rows on their way.
 * Whoever calls holds the lock.
 *
 * @param flow of standardised rows
 */
record Mapping(FlowSpec spec, Units units, Flow flow) {

  double[][] sample(int n, Context context, RandomGenerator random) {
    return units.toData(flow.sample(n, units.toModel(context), random));
  }

  double[][] toBase(double[][] rows, Context context) {
    return requireFinite(
        flow.toBase(units.toModel(rows), units.toModel(context), anyRandom()), "the base");
  }

  /**
   * Maps the rows that can be mapped; the others are NaN.
   *
   * @param failures takes the others; those in it already are left out. Modified.
   */
  double[][] toBase(double[][] rows, Context context, Failures failures) {
    context.require(rows.length, units.contextSize());
    StandIns known = StandIns.of(units.sound(rows, context, true, failures), rows.length);
    if (!known.isEmpty()) {
      requireComputable(units.toModel(known.rows(rows)), known, failures);
    }
    return mapped(
        rows,
        context,
        failures,
        "the base",
        (some, given, unsolved) ->
            flow.toBase(units.toModel(some), units.toModel(given), anyRandom(), unsolved));
  }

  /**
   * Maps what lies between the values of the only column to the base.
   *
   * @param context of n rows, which can all be taken
   * @param failures takes the rows that cannot be mapped. Modified.
   * @return n rows of as many points as {@link Cells#marks}
   */
  double[][] marksToBase(Context context, int n, Failures failures) {
    double[][] marks = units.marks();
    double[][] rows = new double[n * marks.length][];
    Arrays.setAll(rows, i -> marks[i % marks.length]);
    Failures failed = new Failures();
    double[][] base =
        flow.toBase(rows, units.toModel(context).repeat(marks.length), anyRandom(), failed);
    for (Failure one : failed.list()) {
      failures.add(new Failure(one.row() / marks.length, one.overflow(), one.reason()));
    }
    double[][] result = new double[n][marks.length];
    for (int i = 0; i < base.length; i++) {
      result[i / marks.length][i % marks.length] = base[i][0];
    }
    return result;
  }

  /** Maps points that can be mapped to data, as {@link #toBase(double[][], Context, Failures)}. */
  double[][] fromBase(double[][] points, Context context, Failures failures) {
    context.require(points.length, units.contextSize());
    units.sound(points, context, false, failures);
    return mapped(
        points,
        context,
        failures,
        "the data",
        (some, given, unsolved) ->
            units.toData(flow.fromBase(some, units.toModel(given), anyRandom(), unsolved)));
  }

  /** Maps rows, and tells which could not be solved. */
  @FunctionalInterface
  private interface RowMap {
    double[][] of(double[][] rows, Context context, Failures unsolved);
  }

  private static void requireComputable(double[][] z, StandIns known, Failures failures) {
    for (int i = 0; i < z.length; i++) {
      if (known.isSound(i) && !isFinite(z[i])) {
        failures.add(overflow(i, "the base"));
      }
    }
  }

  private static Failure overflow(int row, String where) {
    return new Failure(row, true, "it overflows on its way to " + where);
  }

  private static boolean isFinite(double[] row) {
    return Arrays.stream(row).allMatch(Double::isFinite);
  }

  private double[][] mapped(
      double[][] rows, Context context, Failures failures, String where, RowMap map) {
    StandIns sound =
        StandIns.of(
            IntStream.range(0, rows.length).filter(i -> !failures.contains(i)).toArray(),
            rows.length);
    Failures unsolved = new Failures();
    double[][] all =
        sound.isEmpty()
            ? new double[rows.length][spec.dim()]
            : map.of(sound.rows(rows), sound.context(context), unsolved);
    sound.tell(unsolved, failures);
    for (int i = 0; i < all.length; i++) {
      if (sound.isSound(i) && !isFinite(all[i])) {
        failures.add(overflow(i, where));
      }
      if (failures.contains(i)) {
        all[i] = new double[spec.dim()];
        Arrays.fill(all[i], Double.NaN);
      }
    }
    return all;
  }

  double[][] fromBase(double[][] points, Context context) {
    units.requireRows(points, 0);
    return requireFinite(
        units.toData(flow.fromBase(points, units.toModel(context), anyRandom())), "the data");
  }

  private static double[][] requireFinite(double[][] rows, String where) {
    for (int i = 0; i < rows.length; i++) {
      for (double value : rows[i]) {
        if (!Double.isFinite(value)) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d overflows on its way to %s; leave out rows so far out, or load the model in float64"
                  .formatted(i + 1, where));
        }
      }
    }
    return rows;
  }

  double[][] carry(double[][] rows, double from, double to) {
    units.requireRows(rows, 0);
    Failures failures = new Failures();
    double[][] carried = carry(rows, from, to, failures);
    if (!failures.list().isEmpty()) {
      Failure first = failures.list().get(0);
      throw new FjordException(
          first.overflow() ? ErrorKey.NON_FINITE : ErrorKey.SOLVE_FAILED,
          "row %d: %s".formatted(first.row() + 1, first.reason()));
    }
    return carried;
  }

  /**
   * Carries rows along the only block of the flow, in the data's units at all times.
   *
   * @param from where rows are, from 0 at the base to 1 at the data
   * @param to where they are carried
   * @param failures takes the rows that cannot be carried. Modified.
   */
  double[][] carry(double[][] rows, double from, double to, Failures failures) {
    Flow part = FlowPaths.between(flow, spec, from, to);
    units.sound(rows, Context.none(), true, failures);
    return mapped(
        rows,
        Context.none(),
        failures,
        "time " + to,
        (some, given, unsolved) -> {
          double[][] z = units.toModel(some);
          if (from == to) {
            return some.clone();
          }
          return units.toData(
              from < to
                  ? part.fromBase(z, given, anyRandom(), unsolved)
                  : part.toBase(z, given, anyRandom(), unsolved));
        });
  }

  FlowPaths paths(double[][] rows, int intervals) {
    return FlowPaths.of(flow, spec.moments(), units.toModel(rows), intervals);
  }

  /** Maps without log-determinants draw nothing. */
  static RandomGenerator anyRandom() {
    return new RandomStreams(0).generator(Purpose.PROBES);
  }
}
