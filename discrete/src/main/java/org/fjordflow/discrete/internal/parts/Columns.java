package org.fjordflow.discrete.internal.parts;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * The columns of a layer, of which some may be angles: what is done to each when they are moved,
 * and what a network sees of them when they are not. Angles are moved by the transform's
 * counterpart on the circle, and seen as sine and cosine, so that nothing jumps at their seam.
 */
public final class Columns {

  private final int count;
  private final ColumnTransform transform;
  private final boolean[] isAngle;
  private final int[] numbers;
  private final int[] angles;

  /** Where the parameters of each column begin, and those of all end. */
  private final int[] first;

  private Columns(int count, ColumnTransform transform, int[] angles) {
    this.count = count;
    this.transform = transform;
    this.angles = angles;
    this.isAngle = new boolean[count];
    Arrays.stream(angles).forEach(column -> isAngle[column] = true);
    this.numbers = IntStream.range(0, count).filter(column -> !isAngle[column]).toArray();
    this.first = new int[count + 1];
    for (int column = 0; column < count; column++) {
      first[column + 1] = first[column] + transform(column).parameters();
    }
  }

  /**
   * Columns without angles.
   *
   * @param count how many
   * @param transform what is done to each
   */
  public static Columns of(int count, ColumnTransform transform) {
    return new Columns(count, transform, new int[0]);
  }

  /**
   * Columns with angles.
   *
   * @param count how many
   * @param transform what is done to each that is no angle
   * @param circular which are angles. Not modified.
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if there are angles, and the
   *     transform has no counterpart on the circle
   */
  public static Columns of(int count, ColumnTransform transform, List<Integer> circular) {
    int[] angles = circular.stream().mapToInt(Integer::intValue).sorted().toArray();
    return new Columns(count, transform, angles);
  }

  /** Some of these columns, side by side, as columns from 0. */
  Columns part(int from, int to) {
    int[] within =
        Arrays.stream(angles).filter(a -> a >= from && a < to).map(a -> a - from).toArray();
    return new Columns(to - from, transform, within);
  }

  int count() {
    return count;
  }

  /** Returns what is done to a column. */
  ColumnTransform transform(int column) {
    return isAngle[column] ? transform.onCircle() : transform;
  }

  /** Returns how many parameters all columns have. */
  int parameters() {
    return first[count];
  }

  /**
   * Returns where the parameters of a column begin.
   *
   * @param column up to the number of columns, where the parameters of all end
   */
  int firstParameter(int column) {
    return first[column];
  }

  /** Returns the parameters at which nothing is moved. */
  double[] identity() {
    return IntStream.range(0, count)
        .mapToObj(column -> transform(column).identity())
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /**
   * Moves the columns.
   *
   * @param x n x count
   * @param given n x {@link #parameters()}
   * @param forward whether to move them there, or else back
   */
  Transformed apply(Tape tape, Var x, Var given, boolean forward) {
    if (angles.length == 0) {
      return apply(tape, transform, x, given, forward);
    }
    if (numbers.length == 0) {
      return apply(tape, transform.onCircle(), x, given, forward);
    }
    Transformed straight = some(tape, numbers, transform, x, given, forward);
    Transformed turned = some(tape, angles, transform.onCircle(), x, given, forward);
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i < numbers.length ? numbers[i] : angles[i - numbers.length]] = i;
    }
    Var both = tape.concat(straight.value(), turned.value());
    return straight
        .then(tape, turned)
        .withValue(tape.gather(both, ColumnIndex.of(count, places)));
  }

  private static Transformed apply(
      Tape tape, ColumnTransform transform, Var x, Var given, boolean forward) {
    return forward ? transform.forward(tape, x, given) : transform.inverse(tape, x, given);
  }

  private Transformed some(
      Tape tape, int[] columns, ColumnTransform what, Var x, Var given, boolean forward) {
    int[] parameters =
        Arrays.stream(columns)
            .flatMap(column -> IntStream.range(first[column], first[column + 1]))
            .toArray();
    return apply(
        tape,
        what,
        tape.gather(x, ColumnIndex.of(count, columns)),
        tape.gather(given, ColumnIndex.of(parameters(), parameters)),
        forward);
  }

  /** Returns the column that each {@link #features feature} tells of. */
  int[] columnsOfFeatures() {
    return IntStream.concat(
            Arrays.stream(numbers), IntStream.concat(Arrays.stream(angles), Arrays.stream(angles)))
        .toArray();
  }

  /**
   * Returns what a network sees: numbers as they are, then sines and cosines of angles.
   *
   * @param x n x count
   */
  Var features(Tape tape, Var x) {
    if (angles.length == 0) {
      return x;
    }
    Var turned = tape.gather(x, ColumnIndex.of(count, angles));
    Var sine = tape.apply(Elementwise.SIN, turned);
    Var cosine = tape.apply(Elementwise.COS, turned);
    return numbers.length == 0
        ? tape.concat(sine, cosine)
        : tape.concat(tape.gather(x, ColumnIndex.of(count, numbers)), sine, cosine);
  }
}
