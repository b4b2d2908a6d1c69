package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;

import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Normalisation of rows and attention against their definition in plain loops. */
abstract class BackendSequenceContract extends BackendParallelContract {

  private static final double EPSILON = 1e-5;

  /** Sequences, tokens, heads, size of a head. */
  private static final int[][] ATTENTIONS = {
    {0, 3, 1, 2}, {1, 1, 1, 1}, {2, 3, 1, 4}, {3, 4, 2, 1}, {2, 16, 3, 8}, {1, 40, 2, 5}
  };

  private static double sequenceTolerance(DType dtype) {
    return dtype == DType.FLOAT32 ? 5e-6 : 1e-13;
  }

  @ParameterizedTest
  @EnumSource
  void normalizedRowsMatchLoops(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        if (shape[1] > 0) {
          for (double offset : new double[] {0, 20}) {
            normalize(bench, bench.normal(shape[0], shape[1]).map(x -> bench.round(x + offset)));
          }
        }
      }
      normalize(bench, Values.constant(3, 7, 0.1).map(bench::round));
    }
  }

  private static void normalize(Workbench bench, Values x) {
    bench.begin("normalizeRows of " + x.shape());
    Values y = Values.zeros(x.rows, x.cols);
    Values scale = Values.zeros(x.rows, 1);
    for (int i = 0; i < x.rows; i++) {
      double mean = 0;
      double squares = 0;
      for (int j = 0; j < x.cols; j++) {
        mean += x.get(i, j) / x.cols;
      }
      for (int j = 0; j < x.cols; j++) {
        squares += (x.get(i, j) - mean) * (x.get(i, j) - mean) / x.cols;
      }
      scale.set(i, 0, 1 / Math.sqrt(squares + EPSILON));
      for (int j = 0; j < x.cols; j++) {
        y.set(i, j, (x.get(i, j) - mean) * scale.get(i, 0));
      }
    }
    // The mean is taken away from numbers of this size; where all are equal, 1 / sqrt(epsilon)
    // multiplies what rounding leaves.
    double size = largest(x) * largest(scale);
    double tolerance = sequenceTolerance(bench.backend.dtype());
    Workbench.Item in = bench.put(x);
    Workbench.Item out = bench.output(y, 0);
    Workbench.Item scales = bench.output(scale, 0);
    bench.backend.normalizeRows(in.matrix(), EPSILON, out.matrix(), scales.matrix());
    out.expect(y, Values.constant(x.rows, x.cols, 1 + size), tolerance, "y");
    scales.expect(scale, scale.map(s -> s * (1 + size)), tolerance, "scale");
    for (boolean accumulate : new boolean[] {false, true}) {
      normalizeBackward(bench, y.map(bench::round), scale.map(bench::round), accumulate);
    }
  }

  private static double largest(Values values) {
    double result = 0;
    for (double v : values.at) {
      result = Math.max(result, Math.abs(v));
    }
    return result;
  }

  private static void normalizeBackward(
      Workbench bench, Values y, Values scale, boolean accumulate) {
    bench.begin("normalizeRowsBackward of " + y.shape() + ", accumulate " + accumulate);
    Values bar = bench.normal(y.rows, y.cols);
    Values old = bench.normal(y.rows, y.cols);
    Values expected = Values.zeros(y.rows, y.cols);
    for (int i = 0; i < y.rows; i++) {
      double mean = 0;
      double product = 0;
      for (int j = 0; j < y.cols; j++) {
        mean += bar.get(i, j) / y.cols;
        product += bar.get(i, j) * y.get(i, j) / y.cols;
      }
      for (int j = 0; j < y.cols; j++) {
        double value = scale.get(i, 0) * (bar.get(i, j) - mean - y.get(i, j) * product);
        expected.set(i, j, value + (accumulate ? old.get(i, j) : 0));
      }
    }
    Workbench.Item given = bench.put(y);
    Workbench.Item scales = bench.put(scale);
    Workbench.Item bars = bench.put(bar);
    Workbench.Item out = bench.output(old, accumulate ? 1 : 0);
    bench.backend.normalizeRowsBackward(
        given.matrix(), scales.matrix(), bars.matrix(), accumulate, out.matrix());
    Values magnitudes = Values.constant(y.rows, y.cols, 5 + 10 * largest(scale));
    out.expect(expected, magnitudes, sequenceTolerance(bench.backend.dtype()), "xBar");
    bench.expectOthersUnchanged();
  }

  @ParameterizedTest
  @EnumSource
  void attentionMatchesLoops(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : ATTENTIONS) {
        // Large queries make weights far below one, and scores beyond the range of exp.
        for (double factor : new double[] {1, 50}) {
          attention(bench, shape[0], shape[1], shape[2], shape[3], factor);
        }
      }
    }
  }

  private static void attention(
      Workbench bench, int sequences, int tokens, int heads, int size, double factor) {
    int width = heads * size;
    String label =
        "attention of %d sequences, %d tokens, %d heads of %d, queries times %s"
            .formatted(sequences, tokens, heads, size, factor);
    bench.begin(label);
    Values qkv = bench.normal(sequences * tokens, 3 * width);
    for (int i = 0; i < qkv.rows; i++) {
      for (int j = 0; j < width; j++) {
        qkv.set(i, j, bench.round(factor * qkv.get(i, j)));
      }
    }
    Values bar = bench.normal(sequences * tokens, width);
    Values old = bench.normal(sequences * tokens, 3 * width);
    AttentionLoops loops = new AttentionLoops(qkv, tokens, heads, bar);
    double tolerance = factor * sequenceTolerance(bench.backend.dtype());
    Workbench.Item in = bench.put(qkv);
    Workbench.Item out = bench.output(loops.y, 0);
    bench.backend.attention(in.matrix(), tokens, heads, out.matrix());
    out.expect(loops.y, loops.y.map(v -> 5), tolerance, "y");
    bench.expectOthersUnchanged();
    for (boolean accumulate : new boolean[] {false, true}) {
      bench.begin(label + ", reverse, accumulate " + accumulate);
      Workbench.Item again = bench.put(qkv);
      Workbench.Item bars = bench.put(bar);
      Workbench.Item target = bench.output(old, accumulate ? 1 : 0);
      bench.backend.attentionBackward(
          again.matrix(), tokens, heads, bars.matrix(), accumulate, target.matrix());
      Values expected = accumulate ? ReferenceLoops.add(1, old, 1, loops.qkvBar) : loops.qkvBar;
      target.expect(expected, expected.map(v -> 10 * (1 + factor)), tolerance, "qkvBar");
      bench.expectOthersUnchanged();
    }
    steps(bench, qkv, sequences, tokens, heads, loops.y, tolerance);
  }

  /** Token after token with a cache gives what all at once gave. */
  private static void steps(
      Workbench bench,
      Values qkv,
      int sequences,
      int tokens,
      int heads,
      Values expected,
      double tolerance) {
    int width = expected.cols;
    Matrix cache = bench.backend.allocate((tokens + 1) * sequences, 2 * width);
    bench.backend.fill(Double.NaN, cache);
    for (int t = 0; t < tokens; t++) {
      bench.begin("step %d of %d, %d sequences".formatted(t, tokens, sequences));
      Values token = Values.zeros(sequences, 3 * width);
      Values y = Values.zeros(sequences, width);
      for (int s = 0; s < sequences; s++) {
        System.arraycopy(qkv.at, (s * tokens + t) * 3 * width, token.at, s * 3 * width, 3 * width);
        System.arraycopy(expected.at, (s * tokens + t) * width, y.at, s * width, width);
      }
      Workbench.Item in = bench.put(token);
      Workbench.Item out = bench.output(y, 0);
      bench.backend.attentionStep(in.matrix(), t, heads, cache, out.matrix());
      out.expect(y, y.map(v -> 5), tolerance, "y");
      bench.expectOthersUnchanged();
    }
  }

  /** Images, pixels, channels, groups. */
  private static final int[][] GROUPS = {
    {0, 2, 2, 1}, {1, 1, 1, 1}, {3, 4, 2, 2}, {2, 9, 6, 3}, {5, 64, 48, 8}, {1, 3, 1030, 2}
  };

  /** Groups that are brought together are rows. */
  @ParameterizedTest
  @EnumSource
  void normalizedGroupsAreNormalizedRows(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : GROUPS) {
        int pixels = shape[1];
        int rows = shape[0] * pixels;
        int images = shape[0];
        int channels = shape[2];
        int groups = shape[3];
        ColumnIndex index = ColumnIndex.byGroup(pixels, channels, groups);
        bench.begin("normalizeGroups of %d x %d".formatted(rows, channels));
        Values x = bench.normal(rows, channels);
        Values bar = bench.normal(rows, channels);
        Values old = bench.normal(rows, channels);
        Matrix size = backend.allocate(images, pixels * channels);
        Matrix inRows = backend.allocate(images * groups, pixels * channels / groups);
        Matrix normal = backend.allocate(inRows.rows(), inRows.cols());
        Matrix column = backend.allocate(inRows.rows(), 1);
        Workbench.Item in = bench.put(x);
        backend.gatherColumns(
            in.matrix().view(0, images, pixels * channels),
            index,
            false,
            inRows.view(0, images, pixels * channels));
        backend.normalizeRows(inRows, EPSILON, normal, column);
        backend.scatterColumns(normal.view(0, images, pixels * channels), index, false, size);
        Values y = valuesOf(backend, size, rows, channels);
        Values scale = valuesOf(backend, column, images, groups);
        Workbench.Item out = bench.output(Values.zeros(rows, channels), 0);
        Workbench.Item scales = bench.output(Values.zeros(images, groups), 0);
        backend.normalizeGroups(in.matrix(), pixels, EPSILON, out.matrix(), scales.matrix());
        double tolerance = sequenceTolerance(dtype);
        out.expect(y, Values.constant(rows, channels, 1 + largest(scale)), tolerance, "y");
        scales.expect(scale, scale.map(s -> s * (1 + s)), tolerance, "scale");
        for (boolean accumulate : new boolean[] {false, true}) {
          bench.begin("normalizeGroupsBackward, accumulate " + accumulate);
          Workbench.Item given = bench.put(y);
          Workbench.Item scalesGiven = bench.put(scale);
          Workbench.Item bars = bench.put(bar);
          Workbench.Item target = bench.output(old, accumulate ? 1 : 0);
          backend.gatherColumns(
              bars.matrix().view(0, images, pixels * channels),
              index,
              false,
              inRows.view(0, images, pixels * channels));
          Matrix sums = backend.allocate(inRows.rows(), inRows.cols());
          backend.normalizeRowsBackward(normal, column, inRows, false, sums);
          backend.scatterColumns(sums.view(0, images, pixels * channels), index, false, size);
          Values expected = valuesOf(backend, size, rows, channels);
          for (int i = 0; accumulate && i < expected.at.length; i++) {
            expected.at[i] += old.at[i];
          }
          backend.normalizeGroupsBackward(
              given.matrix(),
              pixels,
              scalesGiven.matrix(),
              bars.matrix(),
              accumulate,
              target.matrix());
          Values magnitudes = Values.constant(rows, channels, 5 + 10 * largest(scale));
          target.expect(expected, magnitudes, tolerance, "xBar");
          bench.expectOthersUnchanged();
        }
      }
    }
  }

  private static Values valuesOf(Backend backend, Matrix m, int rows, int cols) {
    Values values = Values.zeros(rows, cols);
    backend.download(m, values.at, 0);
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void sequencesThatDoNotFitAreRefused(DType dtype) {
    try (Backend backend = create(dtype)) {
      Matrix x = backend.allocate(4, 6);
      Matrix wrong = backend.allocate(4, 5);
      Matrix column = backend.allocate(4, 1);
      Matrix y = backend.allocate(4, 2);
      Matrix cache = backend.allocate(4, 4);
      shape(() -> backend.normalizeRows(x, 1, wrong, column));
      shape(() -> backend.normalizeRows(x, 1, backend.allocate(4, 6), y));
      shape(() -> backend.normalizeRowsBackward(x, y, x, false, backend.allocate(4, 6)));
      shape(() -> backend.normalizeRowsBackward(x, column, wrong, false, wrong));
      shape(() -> backend.normalizeRowsBackward(x, column, x, false, wrong));
      shape(() -> backend.normalizeGroups(x, 3, 1, x, y));
      shape(() -> backend.normalizeGroups(x, 2, 1, x, column));
      shape(() -> backend.normalizeGroups(x, 1, 1, x, cache));
      shape(() -> backend.normalizeGroups(x, 1, 1, wrong, y));
      shape(() -> backend.normalizeGroupsBackward(x, 1, y, wrong, false, x));
      shape(() -> backend.normalizeGroupsBackward(x, 0, y, x, false, x));
      shape(() -> backend.attention(x, 3, 1, y));
      shape(() -> backend.attention(x, 0, 1, y));
      shape(() -> backend.attention(x, 2, 0, y));
      shape(() -> backend.attention(x, 2, 3, y));
      shape(() -> backend.attention(wrong, 2, 1, y));
      shape(() -> backend.attention(x, 2, 1, backend.allocate(2, 2)));
      shape(() -> backend.attentionBackward(x, 3, 1, y, false, x));
      shape(() -> backend.attentionBackward(x, 2, 1, y, false, wrong));
      shape(() -> backend.attentionStep(x, 1, 1, cache, y));
      shape(() -> backend.attentionStep(x, -1, 1, cache, y));
      shape(() -> backend.attentionStep(x, 0, 1, wrong, y));
      try (Backend other = create(dtype)) {
        Matrix foreign = other.allocate(4, 6);
        Matrix result = backend.allocate(4, 6);
        type(() -> backend.normalizeRows(foreign, 1, result, column));
        type(() -> backend.normalizeRows(x, 1, foreign, column));
        type(() -> backend.normalizeRowsBackward(x, column, foreign, false, result));
        type(() -> backend.attention(foreign, 2, 1, y));
        type(() -> backend.attentionBackward(foreign, 2, 1, y, false, result));
        type(() -> backend.attentionStep(foreign, 0, 1, cache, y));
      }
    }
  }

  private static void shape(Executable action) {
    assertFails(ErrorKey.SHAPE_MISMATCH, action);
  }

  private static void type(Executable action) {
    assertFails(ErrorKey.TYPE_MISMATCH, action);
  }
}
