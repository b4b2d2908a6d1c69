package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertAll;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scalar functions, their derivatives and softmax against their definition in float64. */
abstract class BackendFunctionContract extends BackendLinearContract {

  /** Returns the largest error of a function, absolute up to one and relative above. */
  protected double functionTolerance(DType dtype) {
    return dtype == DType.FLOAT32 ? 5e-7 : 1e-13;
  }

  /** Where the function and its derivatives are smooth and finite. */
  private static double[] grid(Elementwise f) {
    double[] positive =
        DoubleStream.concat(
                DoubleStream.iterate(1e-4, x -> x < 100, x -> x * 1.013),
                DoubleStream.iterate(0.5, x -> x <= 100, x -> x + 0.37))
            .toArray();
    DoubleStream all =
        switch (f) {
          case LOG, SQRT -> Arrays.stream(positive);
          case RECIPROCAL -> mirrored(positive);
          default ->
              DoubleStream.concat(
                  mirrored(positive),
                  mirrored(0, 1e-6, 1e-10, 1e-20, 1e-37, 1e-40, 1e-45, 4e-320, Double.MIN_VALUE));
        };
    return all.toArray();
  }

  private static DoubleStream mirrored(double... positive) {
    return Arrays.stream(positive).flatMap(x -> DoubleStream.of(x, -x));
  }

  @ParameterizedTest
  @EnumSource
  void functionsMatchTheirDefinition(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      assertAll(Arrays.stream(Elementwise.values()).map(f -> () -> functionOnItsGrid(bench, f)));
    }
  }

  private void functionOnItsGrid(Workbench bench, Elementwise f) {
    double[] grid = Arrays.stream(grid(f)).map(bench::round).toArray();
    for (int cols : new int[] {grid.length, 1, 7}) {
      int rows = grid.length / cols;
      Values x = new Values(rows, cols, Arrays.copyOf(grid, rows * cols));
      for (int outputs = 0; outputs < 8; outputs++) {
        functions(bench, f, x, outputs);
      }
    }
    functions(bench, f, Values.zeros(0, 3), 3);
    functions(bench, f, Values.constant(1, 1, 0.25), 3);
  }

  @ParameterizedTest
  @EnumSource
  void nonFiniteNumbersGoThroughFunctions(DType dtype) {
    double[] special = {1, Double.NaN, Double.POSITIVE_INFINITY, 2, Double.NEGATIVE_INFINITY};
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (Elementwise f : Elementwise.values()) {
        // Where f of an infinity is not defined by its limit but by an inner 0 x infinity, nothing
        // is
        // promised.
        double[] defined =
            Arrays.stream(special)
                .filter(
                    x ->
                        Double.isNaN(x)
                            || !(Double.isNaN(f.value(x))
                                || Double.isNaN(f.first(x))
                                || Double.isNaN(f.second(x))))
                .toArray();
        for (int outputs = 0; outputs < 8; outputs++) {
          functions(bench, f, new Values(1, defined.length, defined), outputs);
        }
        // In the middle of a long array too, where vector instructions are at work.
        Values longer = Values.constant(3, 1000, 0.5);
        for (int i = 0; i < longer.at.length; i += 37) {
          longer.at[i] = defined[(i / 37) % defined.length];
        }
        functions(bench, f, longer, 3);
      }
      for (Elementwise f : new Elementwise[] {Elementwise.LOG, Elementwise.SQRT}) {
        functions(bench, f, new Values(1, 3, -1, Double.NEGATIVE_INFINITY, -0.5), 0);
      }
      functions(bench, Elementwise.LOG, new Values(1, 2, 0, -0.0), 0);
    }
  }

  /** Bits of outputs: 1 the first derivative, 2 the second, 4 the value written over x. */
  private void functions(Workbench bench, Elementwise f, Values x, int outputs) {
    bench.begin("apply %s to %s, outputs %d".formatted(f, x.shape(), outputs));
    Workbench.Item input = bench.put(x);
    Workbench.Item value = (outputs & 4) != 0 ? input : bench.output(x, 0);
    Workbench.Item first = bench.output(x, 0);
    Workbench.Item second = bench.output(x, 0);
    bench.backend.apply(
        f,
        input.matrix(),
        value.matrix(),
        (outputs & 1) != 0 ? first.matrix() : null,
        (outputs & 2) != 0 ? second.matrix() : null);
    expectFunction(bench, value, x.map(f::value), "value");
    if ((outputs & 1) != 0) {
      expectFunction(bench, first, x.map(f::first), "first");
    }
    if ((outputs & 2) != 0) {
      expectFunction(bench, second, x.map(f::second), "second");
    }
    bench.expectOthersUnchanged();
  }

  private void expectFunction(Workbench bench, Workbench.Item item, Values expected, String what) {
    item.expect(
        expected,
        expected.map(y -> Math.max(1, Math.abs(y))),
        functionTolerance(bench.backend.dtype()),
        what);
  }

  @ParameterizedTest
  @EnumSource
  void softmaxMatchesItsDefinition(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : SHAPES) {
        for (double spread : new double[] {1, 30, 1000}) {
          Values x = bench.normal(shape[0], shape[1]).map(v -> bench.round(v * spread));
          softmax(bench, x);
          softmax(bench, x.map(v -> bench.round(v + 1e4)));
          // Masked out: no share, and no effect on the others.
          Values masked = x.map(v -> bench.random.nextInt(3) == 0 ? Double.NEGATIVE_INFINITY : v);
          for (int i = 0; i < masked.at.length; i += masked.cols) {
            masked.at[i] = x.at[i];
          }
          softmax(bench, masked);
          softmax(bench, x.map(v -> bench.random.nextInt(12) == 0 ? Double.NaN : v));
        }
      }
    }
  }

  private static void softmax(Workbench bench, Values x) {
    Values y = ReferenceLoops.softmax(x);
    Values logs = ReferenceLoops.logSumExp(x);
    double tolerance = tolerance(bench.backend.dtype());
    // exp(x - max) carries the rounding of x - max, which is relative to the numbers themselves.
    double size = Arrays.stream(x.at).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    Values magnitudes = y.map(v -> Math.max(1, size * v));
    for (boolean over : new boolean[] {false, true}) {
      bench.begin("softmax of %s up to %s, in place %s".formatted(x.shape(), size, over));
      Workbench.Item input = bench.put(x);
      Workbench.Item output = over ? input : bench.output(x, 0);
      Workbench.Item sums = bench.output(logs, 0);
      bench.backend.softmax(input.matrix(), output.matrix(), sums.matrix());
      output.expect(y, magnitudes, tolerance, "softmax");
      sums.expect(logs, logs.map(v -> Math.max(1, Math.abs(v))), tolerance, "logSumExp");
      bench.expectOthersUnchanged();
    }
  }
}
