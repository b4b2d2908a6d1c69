package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * A batch of independent rows, each a small system with the same parameters. Rows are dealt out to
 * parts in turn, so that parts are interleaved in the state and of different sizes. Counts what is
 * open, and notes uses against the contract.
 */
final class RowParts implements PartitionedOdeSystem {

  /** How tasks are run. */
  enum Order {
    FORWARD,
    BACKWARD
  }

  private final int rows;
  private final CountingSystem[] systems;
  private final int width;
  private final Order order;
  private final @Nullable ExecutorService executor;
  final AtomicInteger openInstants = new AtomicInteger();
  final AtomicInteger openLinearizations = new AtomicInteger();
  final AtomicInteger linearizations = new AtomicInteger();
  final AtomicInteger violations = new AtomicInteger();
  private final AtomicInteger evaluations = new AtomicInteger();

  /** Evaluation of a part, counted from 1 over all parts, that fails; 0 for none. */
  int failsAt;

  RowParts(
      int rows,
      int parts,
      Supplier<? extends CountingSystem> row,
      Order order,
      @Nullable ExecutorService executor) {
    this.rows = rows;
    this.systems = new CountingSystem[parts];
    for (int part = 0; part < parts; part++) {
      systems[part] = row.get();
    }
    this.width = systems[0].dimension();
    this.order = order;
    this.executor = executor;
  }

  static RowParts of(int rows, int parts, Supplier<? extends CountingSystem> row) {
    return new RowParts(rows, parts, row, Order.FORWARD, null);
  }

  /** Returns the same equations as a system that knows nothing of parts. */
  DifferentiableOdeSystem plain() {
    return new DifferentiableOdeSystem() {
      @Override
      public int dimension() {
        return RowParts.this.dimension();
      }

      @Override
      public void derivatives(double t, double[] y, double[] yDot) {
        RowParts.this.derivatives(t, y, yDot);
      }

      @Override
      public Linearization linearize(double t, double[] y) {
        return RowParts.this.linearize(t, y);
      }
    };
  }

  /** Returns the gradient of the parameters, added up in the order of parts. */
  double[] gradient() {
    double[] sum = new double[systems[0].gradient.length];
    for (CountingSystem system : systems) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += system.gradient[i];
      }
    }
    return sum;
  }

  int evaluations() {
    return evaluations.get();
  }

  @Override
  public int dimension() {
    return rows * width;
  }

  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    for (int part = 0; part < systems.length; part++) {
      double[] own = new double[dimension(part)];
      gather(part, y, own);
      double[] result = new double[own.length];
      field(part, t, own, result);
      scatter(part, result, yDot);
    }
  }

  @Override
  public Linearization linearize(double t, double[] y) {
    double[] state = y.clone();
    return new Linearization() {
      private double[] last = {};

      @Override
      public void derivative(double[] yDot) {
        derivatives(t, state, yDot);
      }

      @Override
      public double pullback(double[] cotangent, double[] yBar) {
        last = cotangent.clone();
        double timeBar = 0;
        for (int row = 0; row < rows; row++) {
          double[] rowBar = new double[width];
          timeBar += systems[0].pull(t, row(state, row), row(cotangent, row), rowBar);
          System.arraycopy(rowBar, 0, yBar, row * width, width);
        }
        return timeBar;
      }

      @Override
      public void accumulateGradient(double weight) {
        for (int row = 0; row < rows; row++) {
          systems[0].pullParameters(weight, t, row(state, row), row(last, row));
        }
      }

      @Override
      public long bytes() {
        return 100;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public int parts() {
    return systems.length;
  }

  @Override
  public int dimension(int part) {
    return width * ((rows - part + systems.length - 1) / systems.length);
  }

  @Override
  public void gather(int part, double[] state, double[] target) {
    for (int i = 0; i < target.length / width; i++) {
      System.arraycopy(state, (part + i * systems.length) * width, target, i * width, width);
    }
  }

  @Override
  public void scatter(int part, double[] source, double[] state) {
    for (int i = 0; i < source.length / width; i++) {
      System.arraycopy(source, i * width, state, (part + i * systems.length) * width, width);
    }
  }

  @Override
  public void forEachPart(IntConsumer task) {
    if (executor == null) {
      for (int i = 0; i < systems.length; i++) {
        task.accept(order == Order.FORWARD ? i : systems.length - 1 - i);
      }
      return;
    }
    List<Future<?>> futures = new ArrayList<>();
    for (int i = 0; i < systems.length; i++) {
      int part = i;
      futures.add(executor.submit(() -> task.accept(part)));
    }
    RuntimeException failure = null;
    for (Future<?> future : futures) {
      try {
        future.get();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      } catch (ExecutionException e) {
        failure = (RuntimeException) e.getCause();
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public Instants at(double[] times, boolean reversible) {
    openInstants.incrementAndGet();
    return new RowInstants(times.clone(), reversible);
  }

  private void field(int part, double t, double[] y, double[] yDot) {
    double[] result = new double[width];
    for (int row = 0; row < y.length / width; row++) {
      systems[part].field(t, row(y, row), result);
      System.arraycopy(result, 0, yDot, row * width, width);
    }
  }

  private double[] row(double[] y, int row) {
    double[] result = new double[width];
    System.arraycopy(y, row * width, result, 0, width);
    return result;
  }

  private void require(boolean allowed) {
    if (!allowed) {
      violations.incrementAndGet();
    }
  }

  private void evaluated() {
    if (evaluations.incrementAndGet() == failsAt) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "asked to fail");
    }
  }

  /** Instants that check how they are used. */
  private final class RowInstants implements Instants {
    private final double[] times;
    private final boolean reversible;
    private final double[][] timeBars;
    private final AtomicInteger open = new AtomicInteger();
    private boolean reversed;
    private boolean closed;

    RowInstants(double[] times, boolean reversible) {
      this.times = times;
      this.reversible = reversible;
      this.timeBars = new double[systems.length][times.length];
    }

    @Override
    public void derivatives(int instant, int part, boolean integrals, double[] y, double[] yDot) {
      require(!closed && !reversed);
      evaluated();
      field(part, times[instant], y, yDot);
    }

    @Override
    public PartLinearization linearize(int instant, int part, boolean integrals, double[] y) {
      require(!closed && !reversed && reversible);
      evaluated();
      linearizations.incrementAndGet();
      openLinearizations.incrementAndGet();
      open.incrementAndGet();
      return new RowLinearization(this, instant, part, y.clone());
    }

    @Override
    public void reverse(double[] timeBar) {
      require(!closed && !reversed && reversible && open.get() == 0);
      reversed = true;
      for (double[] bars : timeBars) {
        for (int i = 0; i < timeBar.length; i++) {
          timeBar[i] += bars[i];
        }
      }
    }

    @Override
    public void close() {
      require(!closed && open.get() == 0);
      closed = true;
      openInstants.decrementAndGet();
    }
  }

  /** A part at one instant. */
  private final class RowLinearization implements PartLinearization {
    private final RowInstants instants;
    private final int instant;
    private final int part;
    private final double[] state;
    private boolean pulledBack;
    private boolean closed;

    RowLinearization(RowInstants instants, int instant, int part, double[] state) {
      this.instants = instants;
      this.instant = instant;
      this.part = part;
      this.state = state;
    }

    @Override
    public void derivative(double[] yDot) {
      require(!closed);
      field(part, instants.times[instant], state, yDot);
    }

    @Override
    public void pullback(double[] cotangent, double[] yBar) {
      require(!closed && !pulledBack && !instants.reversed && !instants.closed);
      pulledBack = true;
      double t = instants.times[instant];
      for (int row = 0; row < state.length / width; row++) {
        double[] rowBar = new double[width];
        double[] own = row(state, row);
        double[] bar = row(cotangent, row);
        instants.timeBars[part][instant] += systems[part].pull(t, own, bar, rowBar);
        systems[part].pullParameters(1, t, own, bar);
        System.arraycopy(rowBar, 0, yBar, row * width, width);
      }
    }

    @Override
    public long bytes() {
      return 100;
    }

    @Override
    public void close() {
      require(!closed);
      closed = true;
      openLinearizations.decrementAndGet();
      instants.open.decrementAndGet();
    }
  }
}
