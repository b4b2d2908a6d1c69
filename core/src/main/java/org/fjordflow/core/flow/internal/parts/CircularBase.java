package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/**
 * Some columns are angles in radians, independent and uniform on the circle; the others have a
 * distribution of their own.
 */
public final class CircularBase implements Distribution {

  private static final double LOG_TURN = Math.log(2 * Math.PI);

  private final int dim;
  private final int[] angles;
  private final int[] numbers;
  private final @Nullable Distribution others;

  /** Columns of the other distribution, and of the angles, within a row. */
  private final ColumnIndex toNumbers;

  private final ColumnIndex toAngles;

  /** From numbers, then angles, to a row. */
  private final ColumnIndex joined;

  /**
   * Creates the distribution.
   *
   * @param dim number of columns
   * @param circular which are angles, at least one, in ascending order
   * @param others distribution of the other columns, or null where all are angles
   */
  public CircularBase(int dim, List<Integer> circular, @Nullable Distribution others) {
    this.dim = dim;
    this.angles = circular.stream().mapToInt(Integer::intValue).toArray();
    this.numbers = IntStream.range(0, dim).filter(column -> !circular.contains(column)).toArray();
    this.others = others;
    this.toNumbers = ColumnIndex.of(dim, numbers);
    this.toAngles = ColumnIndex.of(dim, angles);
    int[] places = new int[dim];
    for (int i = 0; i < dim; i++) {
      places[i < numbers.length ? numbers[i] : angles[i - numbers.length]] = i;
    }
    this.joined = ColumnIndex.of(dim, places);
  }

  @Override
  public int dim() {
    return dim;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Finite angles have one density, however many turns they are off; others have NaN.
   */
  @Override
  public Var logProb(Tape tape, Var x) {
    RowArrays.requireColumns(x, dim);
    Var uniform = uniform(tape, tape.gather(x, toAngles));
    return others == null
        ? uniform
        : tape.add(others.logProb(tape, tape.gather(x, toNumbers)), uniform);
  }

  /** Not a constant: what is made of it can be swept back, and angles have a gradient of zero. */
  private static Var uniform(Tape tape, Var angles) {
    int rows = angles.rows();
    int cols = angles.cols();
    double[] values = new double[rows * cols];
    tape.backend().download(angles.value(), values, 0);
    double[] densities = new double[rows];
    Arrays.fill(densities, -cols * LOG_TURN);
    for (int e = 0; e < values.length; e++) {
      if (!Double.isFinite(values[e])) {
        densities[e / cols] = Double.NaN;
      }
    }
    Matrix result = tape.take(rows, 1);
    tape.backend().upload(densities, 0, result);
    return tape.custom(
            List.of(angles),
            List.of(result),
            (outputs, inputs) -> {},
            (own, inputs, outputs, tangents) -> List.of(own.constant(new double[rows], rows, 1)))
        .get(0);
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim);
    double[][] own = others == null ? new double[n][0] : others.sample(n, random);
    double[][] turned = turned(n, random);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < numbers.length; j++) {
        rows[i][numbers[j]] = own[i][j];
      }
      for (int j = 0; j < angles.length; j++) {
        rows[i][angles[j]] = turned[i][j];
      }
    }
    return rows;
  }

  @Override
  public Var sample(Tape tape, int n, RandomGenerator random) {
    Var own = others == null ? null : others.sample(tape, n, random);
    double[] flat = RowArrays.flatten(turned(n, random), angles.length, "base");
    Var turned = tape.constant(flat, n, angles.length);
    return own == null ? turned : tape.gather(tape.concat(own, turned), joined);
  }

  private double[][] turned(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, angles.length);
    for (double[] row : rows) {
      Arrays.setAll(row, j -> Math.PI * (2 * random.nextDouble() - 1));
    }
    return rows;
  }
}
