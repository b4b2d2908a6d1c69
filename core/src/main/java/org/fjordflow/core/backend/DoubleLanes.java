package org.fjordflow.core.backend;

import java.lang.ref.Reference;
import java.util.Arrays;

/** {@link Lanes} in double precision. */
final class DoubleLanes extends Lanes {

  private final double[][] registers = new double[REGISTERS][0];
  private final DoubleActivations activations = new DoubleActivations();

  DoubleLanes() {
    super(DType.FLOAT64);
  }

  @Override
  void ensure(int length) {
    if (registers[0].length < length) {
      for (int i = 0; i < REGISTERS; i++) {
        registers[i] = new double[length];
      }
    }
  }

  @Override
  void load(int r, CpuMatrix m, int from, int n) {
    load(r, 0, m, from, n);
  }

  @Override
  void load(int r, int at, CpuMatrix m, int from, int n) {
    try {
      m.storage().doubles().get(m.offset() + from, registers[r], at, n);
    } finally {
      Reference.reachabilityFence(m); // else its memory might be freed in the middle
    }
  }

  @Override
  void windows(int line, int step, int r, int length, int count) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(registers[line], i * step, registers[r], i * length, length);
    }
  }

  @Override
  void store(int r, CpuMatrix m, int from, int n) {
    try {
      m.storage().doubles().put(m.offset() + from, registers[r], 0, n);
    } finally {
      Reference.reachabilityFence(m); // else its memory might be freed in the middle
    }
  }

  @Override
  void pack(double[] source, int from, int r, int n) {
    System.arraycopy(source, from, registers[r], 0, n);
  }

  @Override
  void unpack(int r, double[] target, int from, int n) {
    System.arraycopy(registers[r], 0, target, from, n);
  }

  @Override
  void fill(int r, double value, int n) {
    Arrays.fill(registers[r], 0, n, value);
  }

  @Override
  void repeat(int r, int period, int n) {
    double[] x = registers[r];
    for (int i = period; i < n; i += i) { // twice as many each time
      System.arraycopy(x, 0, x, i, Math.min(i, n - i));
    }
  }

  @Override
  void swap(int a, int b) {
    double[] x = registers[a];
    registers[a] = registers[b];
    registers[b] = x;
  }

  @Override
  void spread(int c, int r, int rows, int cols) {
    double[] from = registers[c];
    double[] to = registers[r];
    for (int i = 0; i < rows; i++) {
      Arrays.fill(to, i * cols, (i + 1) * cols, from[i]);
    }
  }

  @Override
  void addScaled(double alpha, int x, int y, int n) {
    double[] from = registers[x];
    double[] to = registers[y];
    for (int i = 0; i < n; i++) {
      to[i] += alpha * from[i];
    }
  }

  @Override
  void scale(double alpha, int r, int n) {
    double[] x = registers[r];
    for (int i = 0; i < n; i++) {
      x[i] *= alpha;
    }
  }

  @Override
  void multiply(int a, int b, int c, int n) {
    double[] x = registers[a];
    double[] y = registers[b];
    double[] z = registers[c];
    for (int i = 0; i < n; i++) {
      z[i] = x[i] * y[i];
    }
  }

  @Override
  void multiplyAdd(int a, int b, int c, int n) {
    double[] x = registers[a];
    double[] y = registers[b];
    double[] z = registers[c];
    for (int i = 0; i < n; i++) {
      z[i] += x[i] * y[i];
    }
  }

  @Override
  void affine(int r, int a, int b, int n) {
    double[] x = registers[r];
    double[] scale = registers[a];
    double[] shift = registers[b];
    for (int i = 0; i < n; i++) {
      x[i] = x[i] * scale[i] + shift[i];
    }
  }

  @Override
  void sumOfProducts(int a, int b, int c, int d, int r, int n) {
    double[] w = registers[a];
    double[] x = registers[b];
    double[] y = registers[c];
    double[] z = registers[d];
    double[] sum = registers[r];
    for (int i = 0; i < n; i++) {
      sum[i] = w[i] * x[i] + y[i] * z[i];
    }
  }

  @Override
  void addProducts(int a, int b, int c, int d, int r, int n) {
    double[] w = registers[a];
    double[] x = registers[b];
    double[] y = registers[c];
    double[] z = registers[d];
    double[] sum = registers[r];
    for (int i = 0; i < n; i++) {
      sum[i] += w[i] * x[i] + y[i] * z[i];
    }
  }

  @Override
  void sumRows(int a, int r, int rows, int cols) {
    double[] x = registers[a];
    double[] sums = registers[r];
    int fours = cols - cols % 4;
    for (int i = 0; i < rows; i++) {
      int start = i * cols;
      double first = 0; // four sums at once, none of which waits for another
      double second = 0;
      double third = 0;
      double fourth = 0;
      for (int j = start; j < start + fours; j += 4) {
        first += x[j];
        second += x[j + 1];
        third += x[j + 2];
        fourth += x[j + 3];
      }
      for (int j = start + fours; j < start + cols; j++) {
        first += x[j];
      }
      sums[i] = (first + second) + (third + fourth);
    }
  }

  @Override
  void foldColumns(int r, int rows, int cols) {
    double[] x = registers[r];
    for (int left = rows; left > 1; left -= left / 2) {
      // The last half onto the first: as a tree, so that errors grow with its height only.
      int n = left / 2 * cols;
      int from = left * cols - n;
      for (int i = 0; i < n; i++) {
        x[i] += x[from + i];
      }
    }
  }

  @Override
  void copyColumns(
      int a,
      int aCols,
      int fromColumn,
      int b,
      int bCols,
      int toColumn,
      int rows,
      int count,
      boolean accumulate) {
    double[] from = registers[a];
    double[] to = registers[b];
    if (count >= RUN) {
      for (int i = 0; i < rows; i++) {
        run(from, i * aCols + fromColumn, to, i * bCols + toColumn, count, accumulate);
      }
      return;
    }
    for (int j = 0; j < count; j++) {
      int source = fromColumn + j;
      int target = toColumn + j;
      for (int i = 0; i < rows; i++) {
        double x = from[i * aCols + source];
        to[i * bCols + target] = accumulate ? to[i * bCols + target] + x : x;
      }
    }
  }

  /** Copies or adds a run of elements. */
  private static void run(
      double[] from, int source, double[] to, int target, int count, boolean accumulate) {
    if (!accumulate) {
      System.arraycopy(from, source, to, target, count);
      return;
    }
    for (int j = 0; j < count; j++) {
      to[target + j] += from[source + j];
    }
  }

  @Override
  void gatherColumns(
      int a, int aCols, int[] sources, int block, int b, int bCols, int rows, boolean accumulate) {
    double[] from = registers[a];
    double[] to = registers[b];
    for (int row = 0; row < rows; row++) {
      int start = row * aCols;
      int target = row * bCols;
      if (block >= RUN) {
        for (int j = 0; j < bCols; j += block) {
          if (sources[j] >= 0) {
            run(from, start + sources[j], to, target + j, block, accumulate);
          } else if (!accumulate) {
            Arrays.fill(to, target + j, target + j + block, 0);
          }
        }
        continue;
      }
      for (int j = 0; j < bCols; j++) {
        int source = sources[j];
        double value = source < 0 ? 0 : from[start + source];
        to[target + j] = accumulate ? to[target + j] + value : value;
      }
    }
  }

  @Override
  void scatterColumns(int a, int aCols, int[] sources, int block, int b, int bCols, int rows) {
    double[] from = registers[a];
    double[] to = registers[b];
    for (int row = 0; row < rows; row++) {
      int start = row * aCols;
      int target = row * bCols;
      if (block >= RUN) {
        for (int j = 0; j < aCols; j += block) {
          if (sources[j] >= 0) {
            run(from, start + j, to, target + sources[j], block, true);
          }
        }
        continue;
      }
      for (int j = 0; j < aCols; j++) {
        int source = sources[j];
        if (source >= 0) {
          to[target + source] += from[start + j];
        }
      }
    }
  }

  @Override
  void softmax(int r, int c, int rows, int cols) {
    double[] x = registers[r];
    double[] logs = registers[c];
    for (int i = 0; i < rows; i++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int j = i * cols; j < (i + 1) * cols; j++) {
        max = Math.max(max, x[j]);
      }
      double shift = Double.isInfinite(max) ? 0 : max;
      double sum = 0;
      for (int j = i * cols; j < (i + 1) * cols; j++) {
        double e = Math.exp(x[j] - shift);
        x[j] = e;
        sum += e;
      }
      for (int j = i * cols; j < (i + 1) * cols; j++) {
        x[j] = (x[j] / sum);
      }
      logs[i] = (shift + Math.log(sum));
    }
  }

  @Override
  void causalSoftmax(int r, int d1, int d2, int rows, int cols, int seen) {
    double[] x = registers[r];
    for (int i = 0; i < rows; i++) {
      int start = i * cols;
      int end = start + seen + i;
      double max = Double.NEGATIVE_INFINITY;
      for (int j = start; j < end; j++) {
        max = Math.max(max, x[j]);
      }
      for (int j = start; j < end; j++) {
        x[j] -= max;
      }
      Arrays.fill(x, end, start + cols, 0);
    }
    // Nothing is above zero, and there exp is elu + 1, which is vectorised.
    activate(Elementwise.ELU, r, r, d1, d2, 0, rows * cols);
    for (int i = 0; i < rows; i++) {
      int start = i * cols;
      int end = start + seen + i;
      double sum = 0;
      for (int j = start; j < end; j++) {
        x[j] += 1;
        sum += x[j];
      }
      double factor = (1 / sum);
      for (int j = start; j < end; j++) {
        x[j] *= factor;
      }
    }
  }

  @Override
  void maxColumns(int r, int c, int row, int rows, int cols) {
    double[] x = registers[r];
    double[] most = registers[c];
    double[] next = registers[row];
    System.arraycopy(x, 0, most, 0, cols);
    for (int i = 1; i < rows; i++) {
      System.arraycopy(x, i * cols, next, 0, cols);
      for (int j = 0; j < cols; j++) {
        most[j] = Math.max(most[j], next[j]);
      }
    }
  }

  @Override
  void sumColumns(int r, int c, int row, int rows, int cols) {
    double[] x = registers[r];
    double[] sums = registers[c];
    double[] next = registers[row];
    System.arraycopy(x, 0, sums, 0, cols);
    for (int i = 1; i < rows; i++) {
      System.arraycopy(x, i * cols, next, 0, cols);
      for (int j = 0; j < cols; j++) {
        sums[j] += next[j];
      }
    }
  }

  @Override
  void expUpToOne(int r, int most, int d1, int d2, int n) {
    double[] x = registers[r];
    double[] from = registers[most];
    for (int i = 0; i < n; i++) {
      x[i] -= from[i];
    }
    activate(Elementwise.ELU, r, r, d1, d2, 0, n);
    for (int i = 0; i < n; i++) {
      x[i] += 1;
    }
  }

  @Override
  void fill(int r, int at, double value, int n) {
    Arrays.fill(registers[r], at, at + n, value);
  }

  @Override
  void activate(Elementwise f, int x, int y, int d1, int d2, int order, int n) {
    activations.apply(f, registers[x], registers[y], registers[d1], registers[d2], order, n);
  }
}
