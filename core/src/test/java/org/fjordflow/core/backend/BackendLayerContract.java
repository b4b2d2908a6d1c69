package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** layerForward and layerBackward against loops and against finite differences of each other. */
abstract class BackendLayerContract extends BackendFunctionContract {
  private static final int[] ROWS = {0, 1, 5, 40};
  private static final int[] TANGENTS = {0, 1, 3};
  private static final int[] COLUMNS = {0, 1, 2, 64, 1030};

  private interface Case {
    void run(Workbench bench, int n, int tangents, int cols, int options);
  }

  private void everyShape(DType dtype, int optionCount, Case test) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      int turn = 0;
      for (int n : ROWS) {
        for (int tangents : TANGENTS) {
          for (int cols : COLUMNS) {
            // Some of the options, others from one shape to the next; fewer of large ones.
            int stride = n * cols > 3000 ? 29 : 3;
            for (int options = turn++ % stride; options < optionCount; options += stride) {
              test.run(bench, n, tangents, cols, options);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void layerForwardMatchesLoops(DType dtype) {
    everyShape(dtype, 128, BackendLayerContract::forward);
  }

  /**
   * Bits of options: 1 gate, 2 shift, 4 first, 8 second, 16 y is p, 32 gate of each row, 64 shift
   * of each row.
   */
  private static void forward(Workbench bench, int n, int tangents, int cols, int options) {
    Elementwise[] functions = Elementwise.values();
    Elementwise f = functions[bench.random.nextInt(functions.length)];
    bench.begin(
        "layerForward %s n %d k %d cols %d options %d".formatted(f, n, tangents, cols, options));
    // Arguments between 0.6 and 3, away from the singularities of log, sqrt and 1 / x.
    boolean positive = f == Elementwise.LOG || f == Elementwise.SQRT || f == Elementwise.RECIPROCAL;
    int rows = (1 + tangents) * n;
    Values p = positive ? bench.uniform(rows, cols, 0.75, 1.75) : bench.normal(rows, cols);
    Values gate =
        when((options & 1) != 0, bench.uniform((options & 32) == 0 ? 1 : n, cols, 0.8, 1.2));
    Values shift =
        when((options & 2) != 0, bench.uniform((options & 64) == 0 ? 1 : n, cols, 0, 0.9));
    Workbench.Item products = bench.put(p);
    Matrix gates = gate == null ? null : bench.put(gate).matrix();
    Matrix shifts = shift == null ? null : bench.put(shift).matrix();
    Workbench.Item y = (options & 16) != 0 ? products : bench.output(p, 0);
    Workbench.Item first = bench.output(Values.zeros(n, cols), 0);
    Workbench.Item second = bench.output(Values.zeros(n, cols), 0);
    bench.backend.layerForward(
        f,
        products.matrix(),
        n,
        gates,
        shifts,
        y.matrix(),
        (options & 4) != 0 ? first.matrix() : null,
        (options & 8) != 0 ? second.matrix() : null);

    Values u = ReferenceLoops.layerArgument(p, n, gate, shift);
    Values value = u.rows(0, n);
    Values one = value.map(f::first);
    Values two = value.map(f::second);
    Values size = ReferenceLoops.layerArgument(p.abs(), n, when(gate), when(shift)).rows(0, n);
    // Errors of u, a few units in the last place of its terms, are carried on by the derivatives.
    Values out = Values.zeros(rows, cols);
    Values slope = Values.zeros(n, cols);
    Values bend = Values.zeros(n, cols);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        int v = i % n;
        double carried = Math.abs(two.get(v, j)) * size.get(v, j);
        double d = Math.max(1, Math.abs(one.get(v, j)));
        slope.set(v, j, d + carried);
        bend.set(v, j, Math.max(1, Math.abs(two.get(v, j))) * (1 + 3 * size.get(v, j)));
        double tangent = Math.abs(u.get(i, j)) * (d + carried);
        double magnitude = Math.max(1, Math.abs(f.value(u.get(v, j)))) + d * size.get(v, j);
        out.set(i, j, i < n ? magnitude : tangent);
      }
    }
    double tolerance = tolerance(bench.backend.dtype());
    y.expect(ReferenceLoops.layerForward(f, p, n, gate, shift), out, tolerance, "y");
    if ((options & 4) != 0) {
      first.expect(one, slope, tolerance, "first");
    }
    if ((options & 8) != 0) {
      second.expect(two, bend, tolerance, "second");
    }
    bench.expectOthersUnchanged();
  }

  @ParameterizedTest
  @EnumSource
  void timedLayerForwardMatchesLoops(DType dtype) {
    everyShape(dtype, 4, BackendLayerContract::timed);
  }

  /** Bits of options: 1 drift, 2 y is p. */
  private static void timed(Workbench bench, int n, int tangents, int cols, int options) {
    Elementwise[] functions = {Elementwise.TANH, Elementwise.SOFTPLUS, Elementwise.IDENTITY};
    Elementwise f = functions[bench.random.nextInt(functions.length)];
    bench.begin(
        "timedLayerForward %s n %d k %d cols %d options %d"
            .formatted(f, n, tangents, cols, options));
    int rows = (1 + tangents) * n;
    Values p = bench.normal(rows, cols);
    Values times = bench.uniform(n, 1, 0, 1);
    Values gateWeight = bench.normal(1, cols);
    Values gateBias = bench.normal(1, cols);
    Values bias = bench.normal(1, cols);
    Values drift = when((options & 1) != 0, bench.normal(1, cols));
    Workbench.Item products = bench.put(p);
    Workbench.Item y = (options & 2) != 0 ? products : bench.output(p, 0);
    bench.backend.timedLayerForward(
        f,
        products.matrix(),
        bench.put(times).matrix(),
        bench.put(gateWeight).matrix(),
        bench.put(gateBias).matrix(),
        bench.put(bias).matrix(),
        drift == null ? null : bench.put(drift).matrix(),
        y.matrix());

    Values gates = Values.zeros(n, cols);
    Values shifts = Values.zeros(n, cols);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < cols; j++) {
        double t = times.get(i, 0);
        double gate = 1 / (1 + Math.exp(-t * gateWeight.get(0, j) - gateBias.get(0, j)));
        gates.set(i, j, gate);
        shifts.set(i, j, gate * bias.get(0, j) + (drift == null ? 0 : t * drift.get(0, j)));
      }
    }
    Values size = Values.zeros(rows, cols);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        // Errors of gates and shifts are some of their terms' own, and derivatives carry them on.
        double argument = Math.abs(p.get(i % n, j)) + Math.abs(bias.get(0, j)) + 8;
        size.set(i, j, argument * (1 + Math.abs(p.get(i, j))));
      }
    }
    Values expected = ReferenceLoops.layerForward(f, p, n, gates, shifts);
    y.expect(expected, size, tolerance(bench.backend.dtype()), "y");
    bench.expectOthersUnchanged();
  }

  private static @Nullable Values when(@Nullable Values values) {
    return values == null ? null : values.abs();
  }

  private static @Nullable Values when(boolean wanted, Values values) {
    return wanted ? values : null;
  }

  @ParameterizedTest
  @EnumSource
  void layerBackwardMatchesLoops(DType dtype) {
    everyShape(dtype, 512, BackendLayerContract::backward);
  }

  /**
   * Bits of options: 1 gate, 2 first, 4 second, 8 gateBar, 16 shiftBar, 32 pBar is yBar, 64 gate of
   * each row, 128 gateBar of each row, 256 shiftBar of each row.
   */
  private static void backward(Workbench bench, int n, int tangents, int cols, int options) {
    bench.begin("layerBackward n %d k %d cols %d options %d".formatted(n, tangents, cols, options));
    int rows = (1 + tangents) * n;
    Values p = bench.normal(rows, cols);
    Values yBar = bench.normal(rows, cols);
    if (bench.random.nextInt(4) == 0) {
      p = bench.wild(p);
      yBar = bench.wild(yBar);
    }
    Values gate = when((options & 1) != 0, bench.normal((options & 64) == 0 ? 1 : n, cols));
    boolean gateBarOfRows = (options & 128) != 0;
    boolean shiftBarOfRows = (options & 256) != 0;
    Values first = when((options & 2) != 0, bench.normal(n, cols));
    Values second = when((options & 4) != 0, bench.normal(n, cols));
    Workbench.Item products = bench.put(p);
    Workbench.Item given = bench.put(yBar);
    Matrix gates = gate == null ? null : bench.put(gate).matrix();
    Matrix firsts = first == null ? null : bench.put(first).matrix();
    Matrix seconds = second == null ? null : bench.put(second).matrix();
    Workbench.Item out = (options & 32) != 0 ? given : bench.output(yBar, 0);
    Workbench.Item gateBar = bench.output(Values.zeros(gateBarOfRows ? n : 1, cols), 0);
    Workbench.Item shiftBar = bench.output(Values.zeros(shiftBarOfRows ? n : 1, cols), 0);
    boolean gateWanted = (options & 8) != 0;
    boolean shiftWanted = (options & 16) != 0;
    bench.backend.layerBackward(
        products.matrix(),
        n,
        gates,
        firsts,
        seconds,
        given.matrix(),
        out.matrix(),
        gateWanted ? gateBar.matrix() : null,
        shiftWanted ? shiftBar.matrix() : null);

    Values bar = ReferenceLoops.layerArgumentBar(p, n, gate, first, second, yBar);
    Values size =
        ReferenceLoops.layerArgumentBar(
            p.abs(), n, when(gate), when(first), when(second), yBar.abs());
    Values none = Values.zeros(1, cols);
    double tolerance = tolerance(bench.backend.dtype());
    out.expect(
        gate == null ? bar : ReferenceLoops.gated(bar, n, gate),
        gate == null ? size : ReferenceLoops.gated(size, n, gate.abs()),
        tolerance,
        "pBar");
    if (gateWanted) {
      gateBar.expect(
          ReferenceLoops.gateBar(p, n, bar, gateBarOfRows),
          ReferenceLoops.gateBar(p.abs(), n, size, gateBarOfRows),
          tolerance,
          "gateBar");
    }
    if (shiftWanted) {
      shiftBar.expect(
          shiftBarOfRows
              ? bar.rows(0, n)
              : ReferenceLoops.columnDots(1, bar.rows(0, n), null, 0, none),
          shiftBarOfRows
              ? size.rows(0, n)
              : ReferenceLoops.columnDots(1, size.rows(0, n), null, 0, none),
          tolerance,
          "shiftBar");
    }
    bench.expectOthersUnchanged();
  }

  @Test
  void layerBackwardIsTheGradientOfLayerForward() {
    try (Backend backend = create(DType.FLOAT64)) {
      Workbench bench = new Workbench(backend, SEED);
      for (Elementwise f : Elementwise.values()) {
        for (int tangents : TANGENTS) {
          gradient(bench, f, 3, tangents, 2);
        }
      }
    }
  }

  private static void gradient(Workbench bench, Elementwise f, int n, int tangents, int cols) {
    bench.begin("gradient of %s with %d tangents".formatted(f, tangents));
    Backend backend = bench.backend;
    int rows = (1 + tangents) * n;
    Values p = bench.uniform(rows, cols, 0.5, 1.5);
    Values gate = bench.uniform(1, cols, 0.5, 1.5);
    Values shift = bench.uniform(1, cols, 0.1, 0.5);
    if (f != Elementwise.LOG && f != Elementwise.SQRT && f != Elementwise.RECIPROCAL) {
      p = bench.normal(rows, cols);
    }
    Matrix products = bench.put(p).matrix();
    Matrix gates = bench.put(gate).matrix();
    Matrix shifts = bench.put(shift).matrix();
    Matrix weights = bench.put(bench.normal(rows, cols)).matrix();
    Matrix y = backend.allocate(rows, cols);
    Matrix first = backend.allocate(n, cols);
    Matrix second = backend.allocate(n, cols);
    Matrix dots = backend.allocate(rows, 1);
    // The weighted sum of y, whose gradient the reverse sweep has to give.
    DoubleSupplier loss =
        () -> {
          backend.layerForward(f, products, n, gates, shifts, y, first, second);
          backend.rowDots(1, y, weights, 0, dots);
          double sum = 0;
          for (double term : download(backend, dots)) {
            sum += term;
          }
          return sum;
        };
    backend.layerForward(f, products, n, gates, shifts, y, first, second);
    Matrix pBar = backend.allocate(rows, cols);
    Matrix gateBar = backend.allocate(1, cols);
    Matrix shiftBar = backend.allocate(1, cols);
    backend.layerBackward(products, n, gates, first, second, weights, pBar, gateBar, shiftBar);
    expectGradient(bench, loss, products, pBar, "pBar");
    expectGradient(bench, loss, gates, gateBar, "gateBar");
    expectGradient(bench, loss, shifts, shiftBar, "shiftBar");
  }

  private static void expectGradient(
      Workbench bench, DoubleSupplier loss, Matrix input, Matrix gradient, String what) {
    double[] at = download(bench.backend, input);
    double[] expected = download(bench.backend, gradient);
    double step = 1e-5;
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + step;
      bench.backend.upload(moved, 0, input);
      double above = loss.getAsDouble();
      moved[i] = at[i] - step;
      bench.backend.upload(moved, 0, input);
      double below = loss.getAsDouble();
      double difference = (above - below) / (2 * step);
      assertEquals(
          difference,
          expected[i],
          1e-7 * Math.max(1, Math.abs(difference)),
          what + " element " + i + ", " + bench.context());
    }
    bench.backend.upload(at, 0, input);
  }

  private static double[] download(Backend backend, Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }
}
