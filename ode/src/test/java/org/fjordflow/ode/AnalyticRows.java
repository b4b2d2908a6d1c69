package org.fjordflow.ode;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/**
 * Rows of two positions and an integral, by a formula; the right-hand side differs from row to row
 * as its start does. Counts how often each row is evaluated.
 */
final class AnalyticRows implements RowSystem {
  static final int WIDTH = 3;

  private static final List<OdeSystem.Group> GROUPS =
      List.of(new OdeSystem.Group("positions", 2), new OdeSystem.Group("integrals", 1, true));

  /** A right-hand side. */
  @FunctionalInterface
  interface Field {
    void at(double t, double[] y, double[] yDot);
  }

  private final Field field;
  private final int rows;
  private final int ranges;
  private final int most;
  private final @Nullable ExecutorService executor;
  final AtomicIntegerArray evaluated;

  /**
   * Takes a right-hand side.
   *
   * @param executor runs ranges, or null for the calling thread
   */
  AnalyticRows(Field field, int rows, int ranges, int most, @Nullable ExecutorService executor) {
    this.field = field;
    this.rows = rows;
    this.ranges = ranges;
    this.most = most;
    this.executor = executor;
    this.evaluated = new AtomicIntegerArray(rows);
  }

  /** One row as a system of its own. */
  OdeSystem alone() {
    return new OdeSystem() {
      @Override
      public int dimension() {
        return WIDTH;
      }

      @Override
      public List<Group> groups() {
        return GROUPS;
      }

      @Override
      public void derivatives(double t, double[] y, double[] yDot) {
        field.at(t, y, yDot);
      }
    };
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public List<OdeSystem.Group> groups() {
    return GROUPS;
  }

  @Override
  public double precision() {
    return 0;
  }

  @Override
  public String describe(int row, int component) {
    return component < 0 ? "row " + row : "row " + row + ", component " + component;
  }

  @Override
  public int ranges() {
    return ranges;
  }

  @Override
  public int start(int range) {
    return rows * range / ranges;
  }

  @Override
  public int most() {
    return most;
  }

  @Override
  public void forEachRange(IntConsumer task) {
    ExecutorService runs = executor;
    if (runs == null) {
      IntStream.range(0, ranges).forEach(task);
      return;
    }
    List<? extends Future<?>> tasks =
        IntStream.range(0, ranges)
            .mapToObj(range -> runs.submit(() -> task.accept(range)))
            .toList();
    for (Future<?> each : tasks) {
      try {
        each.get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public Evaluator evaluator() {
    return new Evaluator() {
      private int[] selected = {};
      private double[] when = {};

      @Override
      public void select(int[] chosen, int count) {
        if (count > most) {
          throw new IllegalArgumentException(count + " rows, at most " + most);
        }
        selected = IntStream.range(0, count).map(i -> chosen[i]).toArray();
      }

      @Override
      public void at(double[] times) {
        when = times.clone();
      }

      @Override
      public void derivatives(boolean integrals, double[] y, double[] yDot) {
        double[] own = new double[WIDTH];
        double[] slope = new double[WIDTH];
        for (int i = 0; i < selected.length; i++) {
          evaluated.incrementAndGet(selected[i]);
          System.arraycopy(y, i * WIDTH, own, 0, WIDTH);
          field.at(when[i], own, slope);
          System.arraycopy(slope, 0, yDot, i * WIDTH, WIDTH);
          if (!integrals) {
            yDot[i * WIDTH + 2] = 0;
          }
        }
      }

      @Override
      public void close() {
        selected = new int[0];
      }
    };
  }
}
