package org.fjordflow.core.backend;

import org.jspecify.annotations.Nullable;

/**
 * Products of rows with a matrix, {@code a b} or {@code a b'}, in which a row depends on its own
 * row of a alone, to the last bit, whatever stands beside it and however many they are.
 *
 * <p>OpenBLAS 0.3.31's kernels for AVX-512 sum like that if they are asked in the right way: whole
 * fours of rows, a multiple of sixteen columns, no more terms than they take at once, and no small
 * product with b'. Columns that are left over are summed by the size of the product too, so they
 * get small ones. Kernels for AVX2 do the same in float64; in float32 they sum by a row's place,
 * which nothing here changes.
 */
final class RowProducts {

  private static final int ROWS = 4;

  private static final int COLUMNS = 16;

  /** Terms that all kernels take at once. */
  private static final int TERMS = 320;

  /** Elements of b that are transposed at once. */
  private static final int PANEL = COLUMNS * TERMS;

  /** Multiplications up to which OpenBLAS calls a product small. */
  private static final int SMALL = 1_000_000;

  /** Memory of one thread, which grows with what is asked for. */
  static final class Memory {
    private CpuMatrix.@Nullable Storage storage;
    private int size;

    /** Returns so many elements, of which nothing is known. */
    CpuMatrix take(CpuBackend backend, int needed) {
      CpuMatrix.Storage held = storage;
      if (held == null || size < needed) {
        held = backend.storage(needed);
        storage = held;
        size = needed;
      }
      return new CpuMatrix(backend, held, 0, 1, needed);
    }
  }

  /** What a thread keeps: the last rows, what is transposed, and few rows as columns. */
  static final class Scratch {
    private final Memory rows = new Memory();
    private final Memory panel = new Memory();
    final Memory few = new Memory();
  }

  private final Scratch scratch;
  private final boolean transposed;
  private final double alpha;
  private final CpuMatrix a;
  private final CpuMatrix b;
  private final CpuMatrix c;

  /** Rows of a that stand together, as many as there are fours. */
  private final int fours;

  private RowProducts(
      Scratch scratch, boolean transposed, double alpha, CpuMatrix a, CpuMatrix b, CpuMatrix c) {
    this.scratch = scratch;
    this.transposed = transposed;
    this.alpha = alpha;
    this.a = a;
    this.b = b;
    this.c = c;
    this.fours = c.rows() - c.rows() % ROWS;
  }

  /** {@code c = alpha a b + beta c}, or with b'; none is empty. */
  static void multiply(
      Scratch scratch,
      boolean transposed,
      double alpha,
      CpuMatrix a,
      CpuMatrix b,
      double beta,
      CpuMatrix c) {
    int whole = c.cols() - c.cols() % COLUMNS;
    boolean few = transposed && FewRows.areFew(c.rows(), whole, a.cols());
    if (few) {
      FewRows.multiply(scratch, alpha, a, b, beta, c, whole);
      if (whole == c.cols()) {
        return;
      }
    }
    RowProducts products = new RowProducts(scratch, transposed, alpha, a, b, c);
    int terms = a.cols();
    int parts = (terms - 1) / TERMS + 1;
    for (int i = 0; i < parts; i++) {
      int from = (int) ((long) terms * i / parts);
      int to = (int) ((long) terms * (i + 1) / parts);
      products.new Part(from, to - from, i == 0 ? beta : 1).add(few ? whole : 0);
    }
  }

  /** Some of the terms of all sums. */
  private final class Part {
    private final int first;
    private final int terms;
    private final double beta;

    /** Four rows and their sums, for those that are left over; null if none is. */
    private @Nullable CpuMatrix lastRows;

    private @Nullable CpuMatrix lastSums;

    Part(int first, int terms, double beta) {
      this.first = first;
      this.terms = terms;
      this.beta = beta;
    }

    /** Adds them to the sums of all columns from one on, a multiple of sixteen. */
    void add(int fromColumn) {
      takeLastRows();
      int left = c.cols() % COLUMNS;
      int whole = c.cols() - left;
      if (fromColumn < whole) {
        wholeColumns(whole);
      }
      if (left > 0) {
        columns(whole, left, false, ROWS * (SMALL / (ROWS * left * terms)));
      }
      giveLastRows(fromColumn);
    }

    private void wholeColumns(int whole) {
      boolean large = (long) fours * whole * terms > SMALL;
      if (large) {
        product(fours, whole, at(a, first), a.cols(), transposed, at(b, place(0)), b.cols(), c);
      }
      if (!large || lastRows != null) {
        int step = transposed ? COLUMNS * (PANEL / (COLUMNS * terms)) : Math.max(1, whole);
        for (int j = 0; j < whole; j += step) {
          columns(j, Math.min(step, whole - j), large, Integer.MAX_VALUE - ROWS);
        }
      }
    }

    /** Some columns of all rows, or of the last ones alone, so many rows at once at most. */
    private void columns(int from, int count, boolean lastAlone, int most) {
      CpuMatrix factor = transposed ? panel(from, count) : at(b, place(from));
      int apart = transposed ? count : b.cols();
      for (int i = 0; i < fours && !lastAlone; i += most) {
        int rows = Math.min(most, fours - i);
        CpuMatrix x = at(a, i * a.cols() + first);
        product(rows, count, x, a.cols(), false, factor, apart, at(c, i * c.cols() + from));
      }
      if (lastRows != null && lastSums != null) {
        product(ROWS, count, lastRows, terms, false, factor, apart, at(lastSums, from));
      }
    }

    /** Where the factor of a column begins in b. */
    private int place(int column) {
      return transposed ? column * b.cols() + first : first * b.cols() + column;
    }

    private CpuMatrix panel(int from, int count) {
      Lanes lanes = c.owner().lanes();
      lanes.ensure(count * terms);
      for (int j = 0; j < count; j++) {
        lanes.load(0, b, place(from + j), terms);
        lanes.copyColumns(0, 1, 0, 1, count, j, terms, 1, false);
      }
      CpuMatrix panel = scratch.panel.take(c.owner(), PANEL);
      lanes.store(1, panel, 0, count * terms);
      return panel;
    }

    private void takeLastRows() {
      int rows = c.rows() - fours;
      if (rows == 0) {
        return;
      }
      int n = c.cols();
      CpuMatrix x = scratch.rows.take(c.owner(), ROWS * (terms + n));
      CpuMatrix y = x.from(ROWS * terms);
      for (int i = 0; i < ROWS; i++) {
        int row = fours + Math.min(i, rows - 1);
        a.copyTo(row * a.cols() + first, x, i * terms, terms);
        c.copyTo(row * n, y, i * n, n);
      }
      lastRows = x;
      lastSums = y;
    }

    private void giveLastRows(int fromColumn) {
      CpuMatrix sums = lastSums;
      int n = c.cols();
      for (int i = fours; sums != null && i < c.rows(); i++) {
        sums.copyTo((i - fours) * n + fromColumn, c, i * n + fromColumn, n - fromColumn);
      }
    }

    private void product(
        int rows,
        int columns,
        CpuMatrix x,
        int xApart,
        boolean transposeFactor,
        CpuMatrix factor,
        int apart,
        CpuMatrix y) {
      Blas.gemm(
          false,
          transposeFactor,
          rows,
          columns,
          terms,
          alpha,
          x,
          xApart,
          factor,
          apart,
          beta,
          y,
          c.cols());
    }
  }

  private static CpuMatrix at(CpuMatrix matrix, int first) {
    return first == 0 ? matrix : matrix.from(first);
  }
}
