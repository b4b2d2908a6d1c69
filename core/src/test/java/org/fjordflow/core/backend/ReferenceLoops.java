package org.fjordflow.core.backend;

import org.jspecify.annotations.Nullable;

/**
 * The primitives of {@link Backend} as their Javadoc has them, in plain loops. The bilinear ones
 * give the sum of the magnitudes of their terms when all that goes in is absolute.
 */
final class ReferenceLoops {

  private ReferenceLoops() {}

  private static double scaled(double beta, double old) {
    return beta == 0 ? 0 : beta * old;
  }

  static Values gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Values a,
      Values b,
      double beta,
      Values c) {
    Values out = Values.zeros(c.rows, c.cols);
    int inner = transposeA ? a.rows : a.cols;
    for (int i = 0; i < c.rows; i++) {
      for (int j = 0; j < c.cols; j++) {
        double sum = 0;
        for (int l = 0; l < inner; l++) {
          double left = transposeA ? a.get(l, i) : a.get(i, l);
          double right = transposeB ? b.get(j, l) : b.get(l, j);
          sum += left * right;
        }
        out.set(i, j, alpha * sum + scaled(beta, c.get(i, j)));
      }
    }
    return out;
  }

  static Values add(double alpha, Values x, double beta, Values y) {
    Values out = Values.zeros(y.rows, y.cols);
    for (int i = 0; i < y.rows; i++) {
      for (int j = 0; j < y.cols; j++) {
        out.set(i, j, alpha * x.broadcast(i, j) + scaled(beta, y.get(i, j)));
      }
    }
    return out;
  }

  static Values multiply(double alpha, Values a, Values b, double beta, Values c) {
    Values out = Values.zeros(c.rows, c.cols);
    for (int i = 0; i < c.rows; i++) {
      for (int j = 0; j < c.cols; j++) {
        double product = a.get(i, j) * b.broadcast(i, j);
        out.set(i, j, alpha * product + scaled(beta, c.get(i, j)));
      }
    }
    return out;
  }

  static Values rowDots(double alpha, Values a, @Nullable Values b, double beta, Values y) {
    Values out = Values.zeros(a.rows, 1);
    for (int i = 0; i < a.rows; i++) {
      double sum = 0;
      for (int j = 0; j < a.cols; j++) {
        sum += a.get(i, j) * (b == null ? 1 : b.get(i, j));
      }
      out.set(i, 0, alpha * sum + scaled(beta, y.get(i, 0)));
    }
    return out;
  }

  static Values columnDots(double alpha, Values a, @Nullable Values b, double beta, Values y) {
    Values out = Values.zeros(1, a.cols);
    for (int j = 0; j < a.cols; j++) {
      double sum = 0;
      for (int i = 0; i < a.rows; i++) {
        sum += a.get(i, j) * (b == null ? 1 : b.get(i, j));
      }
      out.set(0, j, alpha * sum + scaled(beta, y.get(0, j)));
    }
    return out;
  }

  static Values copyColumns(
      Values source, int from, Values target, int to, int count, boolean accumulate) {
    Values out = target.map(x -> x);
    for (int i = 0; i < source.rows; i++) {
      for (int j = 0; j < count; j++) {
        double old = accumulate ? target.get(i, to + j) : 0;
        out.set(i, to + j, old + source.get(i, from + j));
      }
    }
    return out;
  }

  /** What gatherColumns or scatterColumns adds to a target. */
  static Values moveColumns(Values source, int[] sources, boolean gathers, Values target) {
    Values out = target.map(x -> x);
    for (int i = 0; i < source.rows; i++) {
      for (int j = 0; j < sources.length; j++) {
        if (sources[j] >= 0) {
          int from = gathers ? sources[j] : j;
          int to = gathers ? j : sources[j];
          out.set(i, to, out.get(i, to) + source.get(i, from));
        }
      }
    }
    return out;
  }

  /** The logarithm of the sum of exponentials of every row. */
  static Values logSumExp(Values x) {
    Values out = Values.zeros(x.rows, 1);
    for (int i = 0; i < x.rows; i++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < x.cols; j++) {
        largest = Math.max(largest, x.get(i, j));
      }
      double sum = 0;
      for (int j = 0; j < x.cols; j++) {
        sum += Math.exp(x.get(i, j) - largest);
      }
      out.set(i, 0, largest + Math.log(sum));
    }
    return out;
  }

  static Values softmax(Values x) {
    Values logs = logSumExp(x);
    Values out = Values.zeros(x.rows, x.cols);
    for (int i = 0; i < x.rows; i++) {
      for (int j = 0; j < x.cols; j++) {
        out.set(i, j, Math.exp(x.get(i, j) - logs.get(i, 0)));
      }
    }
    return out;
  }

  private static double ofRow(Values all, int i, int j) {
    return all.get(all.rows == 1 ? 0 : i, j);
  }

  /** u of layerForward, from which all its outputs follow. */
  static Values layerArgument(Values p, int n, @Nullable Values gate, @Nullable Values shift) {
    Values out = Values.zeros(p.rows, p.cols);
    for (int i = 0; i < p.rows; i++) {
      for (int j = 0; j < p.cols; j++) {
        double u = p.get(i, j) * (gate == null ? 1 : ofRow(gate, i % n, j));
        out.set(i, j, u + (shift == null || i >= n ? 0 : ofRow(shift, i, j)));
      }
    }
    return out;
  }

  static Values layerForward(
      Elementwise f, Values p, int n, @Nullable Values gate, @Nullable Values shift) {
    Values u = layerArgument(p, n, gate, shift);
    Values out = Values.zeros(p.rows, p.cols);
    for (int i = 0; i < p.rows; i++) {
      for (int j = 0; j < p.cols; j++) {
        double value = i < n ? f.value(u.get(i, j)) : f.first(u.get(i % n, j)) * u.get(i, j);
        out.set(i, j, value);
      }
    }
    return out;
  }

  /** The adjoint of a gate: of each row, or their sum. */
  static Values gateBar(Values p, int n, Values bar, boolean ofRows) {
    Values out = Values.zeros(ofRows ? n : 1, p.cols);
    for (int i = 0; i < p.rows; i++) {
      for (int j = 0; j < p.cols; j++) {
        int row = ofRows ? i % n : 0;
        out.set(row, j, out.get(row, j) + p.get(i, j) * bar.get(i, j));
      }
    }
    return out;
  }

  /** A stack times the gate, of all rows or of each. */
  static Values gated(Values stack, int n, Values gate) {
    Values out = Values.zeros(stack.rows, stack.cols);
    for (int i = 0; i < stack.rows; i++) {
      for (int j = 0; j < stack.cols; j++) {
        out.set(i, j, stack.get(i, j) * ofRow(gate, i % n, j));
      }
    }
    return out;
  }

  /** uBar of layerBackward, from which all its outputs follow. */
  static Values layerArgumentBar(
      Values p,
      int n,
      @Nullable Values gate,
      @Nullable Values first,
      @Nullable Values second,
      Values yBar) {
    Values out = Values.zeros(p.rows, p.cols);
    for (int i = 0; i < p.rows; i++) {
      for (int j = 0; j < p.cols; j++) {
        double bar = (first == null ? 1 : first.get(i % n, j)) * yBar.get(i, j);
        if (i < n && second != null && p.rows > n) {
          double sum = 0;
          for (int k = i + n; k < p.rows; k += n) {
            sum += p.get(k, j) * yBar.get(k, j);
          }
          bar += second.get(i, j) * sum * (gate == null ? 1 : ofRow(gate, i % n, j));
        }
        out.set(i, j, bar);
      }
    }
    return out;
  }
}
