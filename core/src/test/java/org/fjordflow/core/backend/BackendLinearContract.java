package org.fjordflow.core.backend;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bilinear primitives and the copies against {@link ReferenceLoops}. */
abstract class BackendLinearContract {
  static final long SEED = Long.getLong("fjord.test.seed", 20_260_101L);
  static final int[][] SHAPES = {
    {0, 0}, {0, 4}, {4, 0}, {1, 1}, {1, 9}, {9, 1}, {3, 5}, {7, 64}, {33, 257}, {2, 1500}, {700, 3}
  };
  private static final double[] FACTORS = {0, 1, -0.5};

  /** Creates the backend under test. */
  protected abstract Backend create(DType dtype);

  /** Returns the largest error of a sum, relative to the sum of its terms' magnitudes. */
  static double tolerance(DType dtype) {
    return dtype == DType.FLOAT32 ? 2e-6 : 1e-13;
  }

  @ParameterizedTest
  @EnumSource
  void gemmMatchesLoops(DType dtype) {
    int[][] products = {
      {0, 3, 4},
      {3, 0, 4},
      {3, 4, 0},
      {1, 1, 1},
      {1, 9, 5},
      {9, 1, 5},
      {9, 5, 1},
      {1, 1, 300},
      {3, 5, 4},
      {7, 64, 33},
      {33, 257, 65},
      {2, 1500, 3},
      {700, 3, 5}
    };
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] mnk : products) {
        for (int transposes = 0; transposes < 4; transposes++) {
          for (double alpha : FACTORS) {
            for (double beta : FACTORS) {
              gemm(bench, mnk, (transposes & 1) != 0, (transposes & 2) != 0, alpha, beta, false);
            }
          }
          gemm(bench, mnk, (transposes & 1) != 0, (transposes & 2) != 0, -0.5, 0, true);
          gemm(bench, mnk, (transposes & 1) != 0, (transposes & 2) != 0, 1, 1, true);
        }
      }
    }
  }

  private static void gemm(
      Workbench bench, int[] mnk, boolean ta, boolean tb, double alpha, double beta, boolean wild) {
    int m = mnk[0];
    int n = mnk[1];
    int k = mnk[2];
    bench.begin(
        "gemm %dx%dx%d, transposes %s %s, alpha %s, beta %s, wild %s"
            .formatted(m, n, k, ta, tb, alpha, beta, wild));
    Values a = ta ? bench.normal(k, m) : bench.normal(m, k);
    Values b = tb ? bench.normal(n, k) : bench.normal(k, n);
    Values c = bench.normal(m, n);
    if (wild) {
      sprinkle(bench, a);
      sprinkle(bench, b);
      sprinkle(bench, c);
    }
    Workbench.Item left = bench.put(a);
    Workbench.Item right = bench.put(b);
    Workbench.Item out = bench.output(c, beta);
    bench.backend.gemm(ta, tb, alpha, left.matrix(), right.matrix(), beta, out.matrix());
    out.expect(
        ReferenceLoops.gemm(ta, tb, alpha, a, b, beta, c),
        ReferenceLoops.gemm(ta, tb, Math.abs(alpha), a.abs(), b.abs(), Math.abs(beta), c.abs()),
        tolerance(bench.backend.dtype()),
        "c");
    bench.expectOthersUnchanged();
  }

  /** One bad element only: in a product it spreads over a whole row or column. */
  private static void sprinkle(Workbench bench, Values values) {
    double[] bad = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    if (values.at.length > 0) {
      values.at[bench.random.nextInt(values.at.length)] = bad[bench.random.nextInt(3)];
    }
  }

  @ParameterizedTest
  @EnumSource
  void sumsAndProductsMatchLoopsInEveryBroadcastForm(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        int[][] operands = {{shape[0], shape[1]}, {1, shape[1]}, {shape[0], 1}, {1, 1}};
        for (int[] operand : operands) {
          for (double alpha : FACTORS) {
            for (double beta : FACTORS) {
              for (boolean wild : new boolean[] {false, true}) {
                if (!wild || alpha != 0) {
                  add(bench, shape, operand, alpha, beta, wild);
                  multiply(bench, shape, operand, alpha, beta, wild);
                }
              }
            }
          }
        }
      }
    }
  }

  private static void add(
      Workbench bench, int[] shape, int[] operand, double alpha, double beta, boolean wild) {
    bench.begin(
        "add %dx%d to %dx%d, alpha %s, beta %s, wild %s"
            .formatted(operand[0], operand[1], shape[0], shape[1], alpha, beta, wild));
    Values x = draw(bench, operand, wild);
    Values y = draw(bench, shape, wild);
    Workbench.Item operandItem = bench.put(x);
    Workbench.Item out = bench.output(y, beta);
    bench.backend.add(alpha, operandItem.matrix(), beta, out.matrix());
    out.expect(
        ReferenceLoops.add(alpha, x, beta, y),
        ReferenceLoops.add(Math.abs(alpha), x.abs(), Math.abs(beta), y.abs()),
        tolerance(bench.backend.dtype()),
        "y");
    if (operand[0] == shape[0] && operand[1] == shape[1]) {
      Workbench.Item both = bench.put(y);
      bench.backend.add(alpha, both.matrix(), beta, both.matrix());
      both.expect(
          ReferenceLoops.add(alpha, y, beta, y),
          ReferenceLoops.add(Math.abs(alpha), y.abs(), Math.abs(beta), y.abs()),
          tolerance(bench.backend.dtype()),
          "y that is x");
    }
    bench.expectOthersUnchanged();
  }

  private static void multiply(
      Workbench bench, int[] shape, int[] operand, double alpha, double beta, boolean wild) {
    bench.begin(
        "multiply %dx%d by %dx%d, alpha %s, beta %s, wild %s"
            .formatted(shape[0], shape[1], operand[0], operand[1], alpha, beta, wild));
    Values a = draw(bench, shape, wild);
    Values b = draw(bench, operand, wild);
    Values c = draw(bench, shape, wild);
    Workbench.Item left = bench.put(a);
    Workbench.Item right = bench.put(b);
    Workbench.Item out = bench.output(c, beta);
    bench.backend.multiply(alpha, left.matrix(), right.matrix(), beta, out.matrix());
    double tolerance = tolerance(bench.backend.dtype());
    out.expect(
        ReferenceLoops.multiply(alpha, a, b, beta, c),
        ReferenceLoops.multiply(Math.abs(alpha), a.abs(), b.abs(), Math.abs(beta), c.abs()),
        tolerance,
        "c");
    Workbench.Item both = bench.put(a);
    bench.backend.multiply(alpha, both.matrix(), right.matrix(), beta, both.matrix());
    both.expect(
        ReferenceLoops.multiply(alpha, a, b, beta, a),
        ReferenceLoops.multiply(Math.abs(alpha), a.abs(), b.abs(), Math.abs(beta), a.abs()),
        tolerance,
        "c that is a");
    bench.expectOthersUnchanged();
  }

  private static Values draw(Workbench bench, int[] shape, boolean wild) {
    Values values = bench.normal(shape[0], shape[1]);
    return wild ? bench.wild(values) : values;
  }

  @ParameterizedTest
  @EnumSource
  void dotsMatchLoops(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        for (double alpha : FACTORS) {
          for (double beta : FACTORS) {
            for (int variant = 0; variant < 4; variant++) {
              boolean wild = (variant & 1) != 0;
              if (!wild || alpha != 0) {
                dots(bench, shape, alpha, beta, wild, (variant & 2) != 0);
              }
            }
          }
        }
      }
    }
  }

  private static void dots(
      Workbench bench, int[] shape, double alpha, double beta, boolean wild, boolean two) {
    bench.begin(
        "dots of %dx%d, alpha %s, beta %s, wild %s, second operand %s"
            .formatted(shape[0], shape[1], alpha, beta, wild, two));
    Values a = draw(bench, shape, wild);
    Values b = two ? draw(bench, shape, wild) : null;
    Values absolute = b == null ? null : b.abs();
    Values rows = draw(bench, new int[] {shape[0], 1}, wild);
    Values columns = draw(bench, new int[] {1, shape[1]}, wild);
    Workbench.Item left = bench.put(a);
    Matrix right = b == null ? null : bench.put(b).matrix();
    Workbench.Item rowItem = bench.output(rows, beta);
    Workbench.Item columnItem = bench.output(columns, beta);
    bench.backend.rowDots(alpha, left.matrix(), right, beta, rowItem.matrix());
    bench.backend.columnDots(alpha, left.matrix(), right, beta, columnItem.matrix());
    double tolerance = tolerance(bench.backend.dtype());
    rowItem.expect(
        ReferenceLoops.rowDots(alpha, a, b, beta, rows),
        ReferenceLoops.rowDots(Math.abs(alpha), a.abs(), absolute, Math.abs(beta), rows.abs()),
        tolerance,
        "rowDots");
    columnItem.expect(
        ReferenceLoops.columnDots(alpha, a, b, beta, columns),
        ReferenceLoops.columnDots(
            Math.abs(alpha), a.abs(), absolute, Math.abs(beta), columns.abs()),
        tolerance,
        "columnDots");
    bench.expectOthersUnchanged();
  }

  @ParameterizedTest
  @EnumSource
  void copiesKeepEveryValue(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        bench.begin("copy of %dx%d".formatted(shape[0], shape[1]));
        Values source = bench.wild(bench.normal(shape[0], shape[1]));
        Workbench.Item from = bench.put(source);
        Workbench.Item to = bench.output(new Values(1, source.at.length, source.at), 0);
        backend.copy(from.matrix(), to.matrix());
        to.expect(source, source.map(x -> 0), 0, "copy");
        for (double value : new double[] {0, -1.5, Double.NaN, Double.NEGATIVE_INFINITY}) {
          backend.fill(value, to.matrix());
          to.expect(source.map(x -> value), source.map(x -> 0), 0, "fill");
        }
        bench.expectOthersUnchanged();
      }
    }
  }

  /** Of windows in larger matrices, and of values that no arithmetic may touch. */
  @ParameterizedTest
  @EnumSource
  void transposesHaveEveryElementInItsPlace(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        bench.begin("transpose of %dx%d".formatted(shape[0], shape[1]));
        Values source = bench.wild(bench.normal(shape[0], shape[1]));
        Values expected = Values.zeros(shape[1], shape[0]);
        for (int i = 0; i < shape[0]; i++) {
          for (int j = 0; j < shape[1]; j++) {
            expected.set(j, i, source.get(i, j));
          }
        }
        Workbench.Item from = bench.put(source);
        Workbench.Item to = bench.output(bench.normal(shape[1], shape[0]), 0);
        backend.transpose(from.matrix(), to.matrix());
        to.expect(expected, expected.map(x -> 0), 0, "transpose");
        bench.expectOthersUnchanged();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void columnsAreCopiedAndAdded(DType dtype) {
    // Rows, source columns, from, target columns, to, count.
    int[][] cases = {
      {0, 3, 1, 4, 2, 2}, {3, 5, 1, 4, 2, 2}, {3, 5, 0, 5, 0, 5}, {4, 3, 3, 2, 0, 0},
      {1, 9, 4, 7, 3, 4}, {9, 1, 0, 1, 0, 1}, {1, 1, 0, 3, 2, 1}, {9, 1, 0, 6, 5, 1},
      {33, 257, 100, 130, 1, 129}, {2, 1500, 200, 1400, 99, 1300}, {700, 3, 1, 2, 0, 2}
    };
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] c : cases) {
        for (boolean accumulate : new boolean[] {false, true}) {
          bench.begin(
              "copyColumns of %d rows, %d columns from %d of %d to %d of %d, accumulate %s"
                  .formatted(c[0], c[5], c[2], c[1], c[4], c[3], accumulate));
          Values source = bench.wild(bench.normal(c[0], c[1]));
          Values target = bench.wild(bench.normal(c[0], c[3]));
          Workbench.Item from = bench.put(source);
          Workbench.Item to = bench.put(target);
          backend.copyColumns(from.matrix(), c[2], to.matrix(), c[4], c[5], accumulate);
          to.expect(
              ReferenceLoops.copyColumns(source, c[2], target, c[4], c[5], accumulate),
              ReferenceLoops.copyColumns(source.abs(), c[2], target.abs(), c[4], c[5], accumulate),
              accumulate ? tolerance(dtype) : 0,
              "target");
          bench.expectOthersUnchanged();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void columnsAreGatheredAndScattered(DType dtype) {
    // Rows, columns of the source, columns of the target.
    int[][] cases = {
      {0, 3, 4},
      {3, 5, 0},
      {1, 1, 1},
      {3, 5, 9},
      {9, 4, 4},
      {33, 257, 130},
      {2, 300, 2700},
      {700, 3, 2},
      {61, 700, 1700}
    };
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] c : cases) {
        int[] sources = sources(bench, c[1], c[2]);
        ColumnIndex index = ColumnIndex.of(c[1], sources);
        for (int choice = 0; choice < 4; choice++) {
          boolean gathers = choice < 2;
          boolean accumulate = choice % 2 == 1;
          bench.begin(
              "%s of %d rows, %d and %d columns, accumulate %s"
                  .formatted(gathers ? "gather" : "scatter", c[0], c[1], c[2], accumulate));
          Values source = bench.wild(bench.normal(c[0], gathers ? c[1] : c[2]));
          Values target = bench.normal(c[0], gathers ? c[2] : c[1]);
          Workbench.Item from = bench.put(source);
          Workbench.Item to = bench.output(target, accumulate ? 1 : 0);
          if (gathers) {
            backend.gatherColumns(from.matrix(), index, accumulate, to.matrix());
          } else {
            backend.scatterColumns(from.matrix(), index, accumulate, to.matrix());
          }
          Values old = accumulate ? target : target.map(x -> 0);
          to.expect(
              ReferenceLoops.moveColumns(source, sources, gathers, old),
              ReferenceLoops.moveColumns(source.abs(), sources, gathers, old.abs()),
              tolerance(dtype),
              "target");
          bench.expectOthersUnchanged();
        }
      }
    }
  }

  /** Single columns, runs of them, and none. */
  private static int[] sources(Workbench bench, int sourceCols, int targetCols) {
    int[] sources = new int[targetCols];
    for (int j = 0; j < targetCols; j++) {
      boolean follows = j > 0 && bench.random.nextBoolean();
      int next = follows ? sources[j - 1] + 1 : bench.random.nextInt(-1, sourceCols);
      sources[j] = next < sourceCols ? next : ColumnIndex.NONE;
    }
    return sources;
  }
}
