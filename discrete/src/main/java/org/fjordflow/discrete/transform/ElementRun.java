package org.fjordflow.discrete.transform;

import java.util.Arrays;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.backend.internal.Exponentials;
import org.jspecify.annotations.Nullable;

/**
 * Elements of some rows that a {@link ColumnTransform} works on at a time, as plain arrays in
 * double precision that stay in a core's cache. Used again for the next rows.
 */
final class ElementRun {

  /** Parameters of a run, or those of one row where they are more. */
  private static final int SIZE = 2048;

  /** Number of elements. */
  int count;

  double[] x = {};
  double[] y = {};
  double[] parameters = {};

  /** log dy/dx. */
  double[] logSlope = {};

  /** Adjoints of log-slopes at x. */
  double[] logSlopeBar = {};

  double[] inputBar = {};
  double[] parameterBars = {};

  /** Memory of a transform, as long as the parameters. */
  double[] scratch = {};

  final Exponentials exponentials = new Exponentials();

  private double[] outputBar = {};
  private double[] rowBar = {};
  private double[] sums = {};
  private @Nullable Backend backend;
  private int fromRow;
  private int toRow;
  private int cols;
  private boolean inverted;

  /** How many rows go into a run. */
  static int rows(int cols, int parameters) {
    return Math.max(1, SIZE / Math.max(1, cols * parameters));
  }

  /** Goes to other rows. */
  void begin(Backend ofRows, int from, int to, int columns, int parametersOfElement) {
    backend = ofRows;
    fromRow = from;
    toRow = to;
    cols = columns;
    count = (to - from) * columns;
    if (x.length < count) {
      x = new double[count];
      y = new double[count];
      logSlope = new double[count];
      logSlopeBar = new double[count];
      inputBar = new double[count];
      outputBar = new double[count];
    }
    if (rowBar.length < to - from) {
      rowBar = new double[to - from];
    }
    int all = count * parametersOfElement;
    if (parameters.length < all) {
      parameters = new double[all];
      parameterBars = new double[all];
      scratch = new double[all];
    }
    int longest = Math.max(count, all);
    if (sums.length < longest) {
      sums = new double[longest];
    }
  }

  double[] input(boolean inverse) {
    return inverse ? y : x;
  }

  double[] output(boolean inverse) {
    return inverse ? x : y;
  }

  /** Reads these rows of a matrix. */
  void load(double[] target, Matrix source) {
    backend().download(source.rows(fromRow, toRow), target, 0);
  }

  /** Writes these rows of a matrix. */
  void store(double[] source, Matrix target) {
    backend().upload(source, 0, target.rows(fromRow, toRow));
  }

  /** Adds to these rows of a matrix. */
  void add(double[] source, @Nullable Matrix target) {
    if (target != null) {
      Matrix rows = target.rows(fromRow, toRow);
      backend().download(rows, sums, 0);
      for (int i = 0; i < rows.size(); i++) {
        sums[i] += source[i];
      }
      backend().upload(sums, 0, rows);
    }
  }

  /** Writes the log-determinants of these rows. */
  void storeLogDet(Matrix target, boolean inverse) {
    for (int row = 0; row < toRow - fromRow; row++) {
      double sum = 0;
      for (int e = row * cols; e < (row + 1) * cols; e++) {
        sum += logSlope[e];
      }
      rowBar[row] = inverse ? 0 - sum : sum;
    }
    store(rowBar, target);
  }

  /** Reads the adjoints of what was made. */
  void loadBars(Matrix output, Matrix logDet, boolean inverse) {
    inverted = inverse;
    load(outputBar, output);
    load(rowBar, logDet);
    for (int row = 0; row < toRow - fromRow; row++) {
      double bar = inverse ? -rowBar[row] : rowBar[row];
      Arrays.fill(logSlopeBar, row * cols, (row + 1) * cols, bar);
    }
  }

  /**
   * Writes the adjoint of an element's input, and returns that of y(x, parameters) where x is held:
   * for the inverse, x moves with the parameters such that y stays.
   *
   * @param e the element
   * @param slope dy/dx
   * @param logSlopeByX derivative of log dy/dx by x, times the adjoint of the log-slope
   */
  double pass(int e, double slope, double logSlopeByX) {
    double a = inverted ? -(outputBar[e] + logSlopeByX) / slope : outputBar[e];
    inputBar[e] = inverted ? -a : a * slope + logSlopeByX;
    return a;
  }

  /**
   * Returns the adjoint of a shift of an element's x before all else, after {@link #pass}: that of
   * x itself, or where x moves against the shift, the negative of what x has from outside.
   */
  double shiftBar(int e) {
    return inverted ? -outputBar[e] : inputBar[e];
  }

  /** Whether the rows are in single precision. */
  boolean isSingle() {
    return backend().dtype() == DType.FLOAT32;
  }

  private Backend backend() {
    if (backend == null) {
      throw new IllegalStateException("no rows yet");
    }
    return backend;
  }
}
