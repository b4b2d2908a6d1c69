package org.fjordflow.core.backend;

/**
 * Loops over short runs of elements, in registers: plain Java arrays that stay in the first-level
 * cache and that C2 turns into vector instructions. The only code that exists once per element
 * type.
 *
 * <p>Registers are named by number. A run must fit the length that {@link #ensure} was last called
 * with.
 */
abstract sealed class Lanes permits FloatLanes, DoubleLanes {

  /** How many registers there are. */
  static final int REGISTERS = 12;

  /** Elements a tile holds: a few registers of it fill half of a first-level cache. */
  static final int TILE = 1024;

  static Lanes of(DType dtype) {
    Lanes lanes = dtype == DType.FLOAT32 ? new FloatLanes() : new DoubleLanes();
    lanes.ensure(TILE);
    return lanes;
  }

  /** Makes every register at least this long. Contents are lost if they grow. */
  abstract void ensure(int length);

  /** r = m[from .. from + n). */
  abstract void load(int r, CpuMatrix m, int from, int n);

  /** m[from .. from + n) = r. */
  abstract void store(int r, CpuMatrix m, int from, int n);

  /** r = source[from .. from + n), rounded. */
  abstract void pack(double[] source, int from, int r, int n);

  /** target[from .. from + n) = r. */
  abstract void unpack(int r, double[] target, int from, int n);

  /** r = value. */
  abstract void fill(int r, double value, int n);

  /** r[i] = r[i mod period]. */
  abstract void repeat(int r, int period, int n);

  /** r[i] = c[i / cols]. */
  abstract void spread(int c, int r, int rows, int cols);

  /** y = alpha x + y. */
  abstract void addScaled(double alpha, int x, int y, int n);

  /** r = alpha r. */
  abstract void scale(double alpha, int r, int n);

  /** c = a b. */
  abstract void multiply(int a, int b, int c, int n);

  /** c = a b + c. */
  abstract void multiplyAdd(int a, int b, int c, int n);

  /** r[i] = sum of a[i cols .. (i + 1) cols), in double precision. */
  abstract void sumRows(int a, int r, int rows, int cols);

  /** sums[i mod sums.length] += r[i]. */
  abstract void foldColumns(int r, double[] sums, int n);

  /**
   * Copies or adds columns [fromColumn .. fromColumn + count) of a, with rows of aCols, to those at
   * toColumn of b, with rows of bCols.
   */
  abstract void copyColumns(
      int a,
      int aCols,
      int fromColumn,
      int b,
      int bCols,
      int toColumn,
      int rows,
      int count,
      boolean accumulate);

  /** Softmax of each row of r in place; the logarithm of the denominators into c. */
  abstract void softmax(int r, int c, int rows, int cols);

  /** y = f(x), d1 = f'(x), d2 = f''(x); x may be y. */
  abstract void activate(Elementwise f, int x, int y, int d1, int d2, int n);

  /** How many whole rows a tile takes; registers are made to fit. */
  final int tileRows(int cols) {
    int rows = Math.max(1, TILE / Math.max(1, cols));
    ensure(rows * cols);
    return rows;
  }

  /** r = beta m, without reading m when beta is zero. */
  final void loadScaled(double beta, CpuMatrix m, int from, int n, int r) {
    if (beta == 0) {
      fill(r, 0, n);
      return;
    }
    load(r, m, from, n);
    if (beta != 1) {
      scale(beta, r, n);
    }
  }

  /** y = beta y + alpha (columns of register r summed). */
  final void storeColumnSums(double alpha, int r, int n, double beta, CpuMatrix y) {
    double[] sums = new double[y.cols()];
    if (sums.length == 0) {
      return;
    }
    foldColumns(r, sums, n);
    pack(sums, 0, 0, sums.length);
    loadScaled(beta, y, 0, sums.length, 1);
    addScaled(alpha, 0, 1, sums.length);
    store(1, y, 0, sums.length);
  }
}
