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

  /** Elements that every register holds at least. */
  static final int TILE = 1024;

  /** Neighbouring elements that are worth a loop of their own. */
  static final int RUN = 8;

  /** Bytes of a tile of rows: the eight registers of a layer's reverse fit a first-level cache. */
  private static final int TILE_BYTES = 4096;

  /** Elements of a tile where many registers are at work. */
  final int tile;

  Lanes(DType dtype) {
    tile = TILE_BYTES / dtype.bytes();
  }

  static Lanes of(DType dtype) {
    Lanes lanes = dtype == DType.FLOAT32 ? new FloatLanes() : new DoubleLanes();
    lanes.ensure(TILE);
    return lanes;
  }

  /** Makes every register at least this long. Contents are lost if they grow. */
  abstract void ensure(int length);

  /** r = m[from .. from + n). */
  abstract void load(int r, CpuMatrix m, int from, int n);

  /** r[at .. at + n) = m[from .. from + n). */
  abstract void load(int r, int at, CpuMatrix m, int from, int n);

  /** Windows of a line, one behind the other: r[i length + j] = line[i step + j], j &lt; length. */
  abstract void windows(int line, int step, int r, int length, int count);

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

  /** What was in one register is in the other. */
  abstract void swap(int a, int b);

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

  /** r = r a + b. */
  abstract void affine(int r, int a, int b, int n);

  /** r = a b + c d. */
  abstract void sumOfProducts(int a, int b, int c, int d, int r, int n);

  /** r = a b + c d + r. */
  abstract void addProducts(int a, int b, int c, int d, int r, int n);

  /** r[i] = sum of a[i cols .. (i + 1) cols), in double precision. */
  abstract void sumRows(int a, int r, int rows, int cols);

  /** Sums columns of r into its first row; the other rows are lost. */
  abstract void foldColumns(int r, int rows, int cols);

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

  /**
   * Copies or adds column sources[j] of a, zero where that is negative, to column j of b.
   *
   * @param block see {@link ColumnIndex#block}
   */
  abstract void gatherColumns(
      int a, int aCols, int[] sources, int block, int b, int bCols, int rows, boolean accumulate);

  /**
   * Adds column j of a to column sources[j] of b, except where that is negative.
   *
   * @param block see {@link ColumnIndex#block}
   */
  abstract void scatterColumns(
      int a, int aCols, int[] sources, int block, int b, int bCols, int rows);

  /** Softmax of each row of r in place; the logarithm of the denominators into c. */
  abstract void softmax(int r, int c, int rows, int cols);

  /**
   * Softmax of the first columns of each row of r in place, zeros behind them: row i sees {@code
   * seen + i} columns. Weights below 1e-7 in single and 1e-16 in double precision are not accurate.
   * d1 and d2 are lost.
   */
  abstract void causalSoftmax(int r, int d1, int d2, int rows, int cols, int seen);

  /**
   * The largest of each column of r into c. Each row is copied to register row first: C2 vectorises
   * only loops that go through all their arrays by the same index.
   */
  abstract void maxColumns(int r, int c, int row, int rows, int cols);

  /** The sum of each column of r into c; register row is lost. */
  abstract void sumColumns(int r, int c, int row, int rows, int cols);

  /**
   * r = exp(r - most), none of which is above one, up to 1e-7 in single and 1e-16 in double
   * precision; d1 and d2 are lost.
   */
  abstract void expUpToOne(int r, int most, int d1, int d2, int n);

  /** r[at .. at + n) = value. */
  abstract void fill(int r, int at, double value, int n);

  /**
   * y = f(x), and of d1 = f'(x), d2 = f''(x) as many as order says; x may be y; d1, d2 are lost.
   */
  abstract void activate(Elementwise f, int x, int y, int d1, int d2, int order, int n);

  /** How many whole rows a tile takes; registers are made to fit. */
  final int tileRows(int cols) {
    int rows = Math.max(1, tile / Math.max(1, cols));
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

  /** y = beta y + alpha (columns of register r summed); registers r and q are lost. */
  final void storeColumnSums(double alpha, int r, int rows, double beta, CpuMatrix y, int q) {
    int cols = y.cols();
    foldColumns(r, rows, cols);
    loadScaled(beta, y, 0, cols, q);
    addScaled(alpha, r, q, cols);
    store(q, y, 0, cols);
  }
}
