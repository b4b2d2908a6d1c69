package org.fjordflow.core.backend;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/** Shape checks that every backend makes in the same words. */
final class Shapes {

  private Shapes() {}

  static void require(Matrix m, int rows, int cols, String what) {
    if (m.rows() != rows || m.cols() != cols) {
      throw mismatch(what, m, rows + " x " + cols);
    }
  }

  static void requireOptional(@Nullable Matrix m, int rows, int cols, String what) {
    if (m != null) {
      require(m, rows, cols, what);
    }
  }

  /** Checks one row for all rows, or a row for each of them, where there is one. */
  static void requireOptionalRows(@Nullable Matrix m, int rows, int cols, String what) {
    if (m != null && (m.rows() != 1 || m.cols() != cols)) {
      require(m, rows, cols, what);
    }
  }

  static void requireSize(int expected, int given, String what) {
    if (expected != given) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, what + " has " + given + " elements, expected " + expected);
    }
  }

  static void requireRange(int offset, int count, int length, String what) {
    if (offset < 0 || count < 0 || (long) offset + count > length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          what + ": elements " + offset + " to " + ((long) offset + count) + " of " + length);
    }
  }

  /** Checks a new matrix's dimensions and that its size fits an int. */
  static void requireDimensions(int rows, int cols) {
    if (rows < 0 || cols < 0 || (long) rows * cols > Integer.MAX_VALUE - 8) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a matrix of "
              + rows
              + " x "
              + cols
              + " is not possible: negative, or over 2^31 elements");
    }
  }

  /** Checks that x can be broadcast to the shape of y. */
  static void requireBroadcast(Matrix x, Matrix y, String what) {
    boolean rowsFit = x.rows() == y.rows() || x.rows() == 1;
    boolean colsFit = x.cols() == y.cols() || x.cols() == 1;
    if (!rowsFit || !colsFit) {
      throw mismatch(what, x, y.rows() + " x " + y.cols() + ", or a row, column or element of it");
    }
  }

  /** Checks the operands of a product and returns the inner dimension. */
  static int requireProduct(boolean transposeA, boolean transposeB, Matrix a, Matrix b, Matrix c) {
    int m = transposeA ? a.cols() : a.rows();
    int k = transposeA ? a.rows() : a.cols();
    int kb = transposeB ? b.cols() : b.rows();
    int n = transposeB ? b.rows() : b.cols();
    if (k != kb || c.rows() != m || c.cols() != n) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "gemm: op(a) is %d x %d, op(b) is %d x %d and c is %d x %d; expected m x k, k x n, m x n"
              .formatted(m, k, kb, n, c.rows(), c.cols()));
    }
    return k;
  }

  /** Checks that a stack holds n value rows and whole tangents; returns the number of tangents. */
  static int requireStack(Matrix p, int n) {
    if (n < 0 || (n == 0 ? p.rows() != 0 : p.rows() % n != 0 || p.rows() == 0)) {
      throw mismatch("stack", p, "a whole multiple of " + n + " rows");
    }
    return n == 0 ? 0 : p.rows() / n - 1;
  }

  /** Checks rows [query, key, value] of whole sequences against what comes out. */
  static void requireGroups(Matrix x, int pixels, Matrix scale, String what) {
    boolean whole = pixels > 0 && x.rows() % pixels == 0;
    boolean divides = scale.cols() > 0 && x.cols() % scale.cols() == 0;
    if (!whole || !divides || scale.rows() != x.rows() / pixels) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s of %d x %d in images of %d rows, scale %d x %d; expected whole images, a row of the scale for each, and columns that its columns divide"
              .formatted(what, x.rows(), x.cols(), pixels, scale.rows(), scale.cols()));
    }
  }

  static void requireSequences(Matrix qkv, int tokens, int heads, Matrix y, String what) {
    boolean whole = tokens > 0 && qkv.rows() % tokens == 0;
    boolean divides = heads > 0 && y.cols() % heads == 0 && y.cols() > 0;
    if (!whole || !divides || qkv.rows() != y.rows() || qkv.cols() != 3 * y.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: %d x %d with %d tokens and %d heads for a result of %d x %d; expected three times as many columns, whole sequences, and heads that divide the result's columns"
              .formatted(what, qkv.rows(), qkv.cols(), tokens, heads, y.rows(), y.cols()));
    }
  }

  /** Checks that a cache of keys and values has room for a token of rows [query, key, value]. */
  static void requireCache(Matrix cache, Matrix qkv, int token, String what) {
    boolean room = token >= 0 && cache.rows() >= (token + 1L) * qkv.rows();
    if (!room || cache.cols() != qkv.cols() / 3 * 2) {
      throw mismatch(
          "cache of " + what,
          cache,
          "at least %d x %d".formatted((token + 1L) * qkv.rows(), qkv.cols() / 3 * 2));
    }
  }

  /** Checks whole images, a weight of as many inputs as these have channels, and results. */
  static void requireConvolution(
      Matrix x, Backend.Window window, Matrix weight, Matrix y, String what) {
    int images = x.rows() / window.pixels();
    if (x.rows() % window.pixels() != 0
        || weight.cols() != window.taps() * x.cols()
        || y.rows() != images * window.results()
        || y.cols() != weight.rows()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: %d x %d with a weight of %d x %d for results of %d x %d; expected whole images and results of %s"
              .formatted(
                  what,
                  x.rows(),
                  x.cols(),
                  weight.rows(),
                  weight.cols(),
                  y.rows(),
                  y.cols(),
                  window));
    }
  }

  private static FjordException mismatch(String what, Matrix m, String expected) {
    return new FjordException(
        ErrorKey.SHAPE_MISMATCH,
        what + " is " + m.rows() + " x " + m.cols() + ", expected " + expected);
  }
}
