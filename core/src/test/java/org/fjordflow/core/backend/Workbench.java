package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Puts matrices at odd offsets into larger ones full of NaN, so that reading beyond a window shows,
 * and checks after a primitive that outputs are right and all else is as it was.
 */
final class Workbench {
  private static final int GUARD = 3;

  /** A matrix under test, and what it must hold. */
  final class Item {
    private final Matrix whole;
    private final int offset;
    private Values held;

    Item(Values held) {
      this.held = held;
      offset = random.nextInt(GUARD + 1);
      whole = backend.allocate(1, offset + held.at.length + GUARD);
      backend.fill(Double.NaN, whole);
      backend.upload(held.at, 0, matrix());
    }

    /** Returns a new view on the item, so that aliases are never the same object. */
    Matrix matrix() {
      return whole.view(offset, held.rows, held.cols);
    }

    /** Compares with expected values and takes what is there for what is held. */
    void expect(Values expected, Values magnitudes, double tolerance, String what) {
      double[] all = new double[whole.size()];
      backend.download(whole, all, 0);
      double[] got = Arrays.copyOfRange(all, offset, offset + expected.at.length);
      for (int i = 0; i < got.length; i++) {
        if (!close(got[i], expected.at[i], tolerance * magnitudes.at[i])) {
          fail(
              "%s of %s at row %d, column %d: %s, expected %s (magnitude %s, tolerance %s); %s"
                  .formatted(
                      what,
                      expected.shape(),
                      i / expected.cols,
                      i % expected.cols,
                      got[i],
                      expected.at[i],
                      magnitudes.at[i],
                      tolerance,
                      context()));
        }
      }
      expectGuards(all, what);
      held = new Values(held.rows, held.cols, got);
    }

    private void expectUnchanged() {
      double[] all = new double[whole.size()];
      backend.download(whole, all, 0);
      double[] got = Arrays.copyOfRange(all, offset, offset + held.at.length);
      if (!Arrays.equals(got, held.at)) {
        fail("an input of " + held.shape() + " was modified; " + context());
      }
      expectGuards(all, "input");
    }

    private void expectGuards(double[] all, String what) {
      for (int i = 0; i < all.length; i++) {
        if ((i < offset || i >= offset + held.at.length) && !Double.isNaN(all[i])) {
          fail(what + ": element " + (i - offset) + " outside the window changed; " + context());
        }
      }
    }
  }

  final Backend backend;
  final RandomGenerator random;
  private final long seed;
  private final List<Item> items = new ArrayList<>();
  private String label = "";

  Workbench(Backend backend, long seed) {
    this.backend = backend;
    this.seed = seed;
    this.random = new SplittableRandom(seed);
  }

  /** Forgets earlier items and names the case that follows. */
  void begin(String name) {
    items.clear();
    label = name;
  }

  Item put(Values values) {
    Item item = new Item(values);
    items.add(item);
    return item;
  }

  /** An output: it holds NaN when the primitive must overwrite it. */
  Item output(Values old, double beta) {
    return put(beta == 0 ? old.map(x -> Double.NaN) : old);
  }

  void expectOthersUnchanged() {
    items.forEach(Item::expectUnchanged);
  }

  /** Normal numbers, representable in the backend's type. */
  Values normal(int rows, int cols) {
    return Values.zeros(rows, cols).map(x -> round(random.nextGaussian()));
  }

  /** Uniform numbers, representable in the backend's type. */
  Values uniform(int rows, int cols, double from, double to) {
    return Values.zeros(rows, cols).map(x -> round(random.nextDouble(from, to)));
  }

  /** The same with a few NaN and infinities. */
  Values wild(Values values) {
    double[] bad = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    return values.map(x -> random.nextInt(12) == 0 ? bad[random.nextInt(3)] : x);
  }

  double round(double x) {
    return backend.dtype() == DType.FLOAT32 ? (float) x : x;
  }

  private boolean close(double got, double expected, double bound) {
    if (Double.isNaN(expected)) {
      return Double.isNaN(got);
    }
    double rounded = round(expected);
    if (Double.isInfinite(rounded)) {
      return got == rounded;
    }
    return Math.abs(got - expected) <= bound + smallest();
  }

  private double smallest() {
    return backend.dtype() == DType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
  }

  String context() {
    return "%s %s, %s, seed %d".formatted(backend.name(), backend.dtype(), label, seed);
  }

  void expectBits(double[] expected, Matrix m) {
    double[] got = new double[m.size()];
    backend.download(m, got, 0);
    assertEquals(Arrays.toString(expected), Arrays.toString(got), this::context);
  }
}
